"""Ends a training before the system does, where memory runs out: with a sentence, and the batch that fits.

On a processor nothing says no: the system gives memory that it has not got, and kills the process that asks for more,
or another one. What a run has saved is whole at any moment, so that ending it loses no more than the steps since.
"""

from __future__ import annotations

import os
import shlex
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from cnnkeras.commands.batch_search import largest_batch
from cnnkeras.commands.find_batch import PATH
from cnnkeras.datasets.memory import available_memory
from cnnkeras.errors import CnnkerasError, with_help

# So much has to stay free, a step takes some hundred MiB between two looks; of a small memory a quarter of what was.
FLOOR = 300 * 2**20
BETWEEN_LOOKS = 0.02


class Exhaustion:
    """Looks at the free memory while it is entered; where little is left, it puts another in its place.

    `end` is called with the other one's command line and does not come back.
    """

    def __init__(self, run: Path, batch_size: int, end: Callable[[Sequence[str]], object] | None = None) -> None:
        self._run, self._batch_size = run, batch_size
        self._end = end or _replace_process
        self._floor = min(FLOOR, available_memory() // 4)
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._look, name="memory", daemon=True)

    def __enter__(self) -> Exhaustion:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._left.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._left.wait(BETWEEN_LOOKS):
            if available_memory() < self._floor:
                self._end(["-m", "cnnkeras.commands.exhaustion", str(self._run), str(self._batch_size)])
                return


def _replace_process(arguments: Sequence[str]) -> None:
    root = str(Path(__file__).parents[2])
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    # Its memory is free at once; whoever waits for this process waits for the other one.
    os.execve(sys.executable, [sys.executable, *arguments], {**os.environ, "PYTHONPATH": paths})


def explain(run: Path, batch_size: int) -> int:
    """Say what happened, and look for the batch that fits; give the exit status."""
    said = f"the machine's memory was nearly full, and the training ended itself before the system would have: {run}"
    print(f"{said} goes on from its last checkpoint\nlooking for a batch that fits …", file=sys.stderr)
    command = f"python run.py --resume {shlex.quote(str(run))}"
    try:
        found = largest_batch([str(run / "architecture.json")])
    except CnnkerasError as error:
        print(with_help(str(error), f"end what else takes memory; then: {command}"), file=sys.stderr)
        return 1
    if found.size >= batch_size:
        hint = f"a batch of {batch_size} fits when nothing else takes the memory; to go on: {command}"
    else:
        hint = f"a batch of {found.size} fits; to go on with it: {command} {'.'.join(PATH)}={found.size}"
    print(with_help(f"memory is too small for a batch of {batch_size}", hint), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(explain(Path(sys.argv[1]), int(sys.argv[2])))
