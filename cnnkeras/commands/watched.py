"""A process that tries batch sizes, watched: it is ended before it takes more memory than it may."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from cnnkeras.errors import CnnkerasError, RunError, UserError

# Seconds between two looks at its memory. A processor fills some hundred MiB meanwhile, which the limit has to spare.
BETWEEN_LOOKS = 0.02


class Failed(CnnkerasError):
    """The process ended with a message of its own."""

    def __init__(self, text: str, exit_status: int) -> None:
        super().__init__(text)
        self.exit_status = exit_status


class Watched:
    """One process of `batch_trials`. `said` is what it trains on; it is closed at the end of a `with`."""

    def __init__(self, words: Sequence[str], limit: int) -> None:
        self._limit = limit
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cnnkeras.commands.batch_trials", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH")]))},
        )
        try:
            self.said = self._answer()
            if self.said is None:
                raise self._failed()
        except BaseException:  # Ctrl-C, too: nobody else knows of the process
            self.close()
            raise

    def run(self, size: int) -> dict[str, Any] | None:
        """Give what came of a size; None where the process took too much memory, and is no more."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{size}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            return None
        answer = self._answer()
        if answer is None and self._process.wait() > 0:
            raise self._failed()
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for file in (self._process.stdin, self._process.stdout, self._errors):
            assert file is not None
            # What was not sent any more is no loss.
            with suppress(BrokenPipeError):
                file.close()

    def __enter__(self) -> Watched:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answer(self) -> dict[str, Any] | None:
        """Wait for a line; None where the process ended, or had to be ended."""
        output = self._process.stdout
        assert output is not None
        os.set_blocking(output.fileno(), False)
        text = b""
        while not text.endswith(b"\n"):
            piece = output.read()
            text += piece or b""
            if piece == b"":
                return None
            if piece is None:
                if memory_of(self._process.pid) > self._limit:
                    self._process.kill()
                    self._process.wait()
                    return None
                time.sleep(BETWEEN_LOOKS)
        answer: dict[str, Any] = json.loads(text)
        return answer

    def _failed(self) -> CnnkerasError:
        status = self._process.wait()
        self._errors.seek(0)
        text = self._errors.read().decode(errors="replace").strip()
        if status in (RunError.exit_status, UserError.exit_status) and "Traceback" not in text:
            return Failed(text, status)
        if status < 0:
            message = "there is not enough memory to load the data and build the network"
            return RunError(message, "see to data.cache, and to what else runs on this machine")
        return RunError(f"the process that tries batch sizes ended with {status}:\n{text[-2000:]}")


def memory_of(process: int) -> int:
    """Give the bytes that a process has in memory; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


_ROOT = str(Path(__file__).parents[2])
