"""The file UNFINISHED: how to go on with a run and, where going on alone would end as before, why and with what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cnnkeras.training.atomic import write_text

UNFINISHED = "UNFINISHED"
_REASON, _CHANGES = "It was stopped: ", "Changes that may help: "


@dataclass(frozen=True)
class Mark:
    """Why a run was stopped and the changes to go on with, as on the command line; empty where it is as good as new."""

    reason: str = ""
    changes: str = ""

    @classmethod
    def read(cls, file: Path) -> Mark:
        """Read it; an empty one where there is no such file, or none that can be read."""
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return cls()
        return cls(*(_after(word, lines) for word in (_REASON, _CHANGES)))

    def write(self, file: Path, command: str) -> None:
        """Write it. Raises OSError."""
        lines = [f"This run is not finished. To go on: {command}"]
        lines += [f"{word}{text}" for word, text in ((_REASON, self.reason), (_CHANGES, self.changes)) if text]
        write_text(file, "\n".join([*lines, ""]))


def _after(word: str, lines: list[str]) -> str:
    return next((line.removeprefix(word) for line in lines if line.startswith(word)), "")
