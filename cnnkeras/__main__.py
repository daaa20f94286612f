"""`python -m cnnkeras`: the command line."""

import sys

from cnnkeras.cli import main

if __name__ == "__main__":
    sys.exit(main())
