"""Where an entry stands while layers are written out, and what has been found wrong there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cnnkeras.errors import Diagnostic
from cnnkeras.spec.architecture import BlockUse
from cnnkeras.spec.document import Document, Path


@dataclass(frozen=True)
class Use:
    """A list of layers that is being written out: the file's own, or a block's for one use of it.

    `stack` tells the uses of blocks that it stands in, the innermost last; `notes` tell a reader where they are,
    `silence` holds the lints that they silence.
    """

    path: Path
    label: str
    parameters: Mapping[str, Any]
    stack: tuple[BlockUse, ...] = ()
    notes: tuple[str, ...] = ()
    silence: tuple[str, ...] = ()

    def place(self, index: int, entry: Any) -> Place:
        """Give the place of one of its entries."""
        label = f"{self.label}[{index}]"
        layer_type = entry.get("type") if isinstance(entry, dict) else None
        return Place((*self.path, index), f"{label} {layer_type}" if isinstance(layer_type, str) else label, self)


@dataclass(frozen=True)
class Place:
    """One entry: its path in the document, and what messages call it (`layers[3] Conv2D`)."""

    path: Path
    label: str
    use: Use


@dataclass
class Findings:
    """What has been found, each once: a mistake in a block is one mistake, however often the block is used."""

    document: Document
    found: list[Diagnostic] = field(default_factory=list)
    _said: set[tuple[str, str]] = field(default_factory=set)

    def report(
        self, place: Place, key: str | None, code: str, message: str, hint: str | None = None, at_key: bool = False
    ) -> None:
        """Point at an entry's key, or at the whole entry; `message` follows the entry's label."""
        path = place.path if key is None else (*place.path, key)
        self.report_at(place, path, code, message, hint, at_key)

    def report_at(
        self, place: Place, path: Path, code: str, message: str, hint: str | None = None, at_key: bool = False
    ) -> None:
        """Point anywhere inside an entry."""
        text = f"{place.label}: {message}"
        self.add([self.document.diagnostic(code, path, text, hint, place.use.notes, at_key=at_key)])

    def add(self, found: Iterable[Diagnostic]) -> None:
        """Keep what was not said before."""
        for diagnostic in found:
            key = (diagnostic.message, diagnostic.path)
            if key not in self._said:
                self._said.add(key)
                self.found.append(diagnostic)
