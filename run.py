"""Run an experiment: `python run.py architectures/lenet5.json`."""

import sys

from cnnkeras.cli import main

if __name__ == "__main__":
    sys.exit(main())
