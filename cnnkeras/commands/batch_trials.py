"""The process in which batch sizes are tried: `python -m cnnkeras.commands.batch_trials FILE section.key=value …`.

It says what it trains on, reads a size a line and answers each, all as JSON. Whoever started it watches its memory
and may end it at any time.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cnnkeras.commands.quiet import quiet_import
from cnnkeras.errors import CnnkerasError


def main(words: Sequence[str]) -> int:
    """Answer until there are no more sizes; give the exit status."""
    go_first()
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    # What anything else writes must not come between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    try:
        with quiet_import():
            from cnnkeras.commands.reading import experiment
            from cnnkeras.commands.settling import open_data
            from cnnkeras.datasets.loading import read_ahead
            from cnnkeras.datasets.tiling import epoch_size
            from cnnkeras.training.batch_trial import Trials
            from cnnkeras.training.setup import begin, prepare
        architecture = experiment("find-batch", words)
        begin(architecture)
        architecture, task, data = open_data(architecture)
        read_ahead(data, architecture)
        part = data.parts["train"]
        pictures = epoch_size(part, architecture)
        setup = prepare(architecture, pictures)
        trials = Trials(architecture, task, part, setup)
        devices = list(setup.devices.value)
        _say(answers, {"pictures": pictures, "replicas": setup.replicas, "devices": devices, "memory": trials.memory()})
        for line in sys.stdin:
            _say(answers, asdict(trials.run(int(line))))
    except CnnkerasError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    return 0


def _say(answers: Any, content: dict[str, Any]) -> None:
    print(json.dumps(content), file=answers, flush=True)


def _leave_with(parent: int) -> None:
    """End this process where the one that started it is gone: nobody would read what it finds."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def go_first() -> None:
    """Ask Linux to end this process before any other where memory runs out."""
    try:
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    except OSError:  # another system, or not allowed
        return


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Without TensorFlow's farewell, which takes seconds.
    os._exit(status)
