"""What a drawing is made of: boxes in rows and columns, lines between them, blocks with a drawing inside."""

from __future__ import annotations

from dataclasses import dataclass

from cnnkeras.analysis.analysis import NodeAnalysis


@dataclass(frozen=True)
class Placed:
    """A layer, or a block with its drawing inside, in its row and column (both from 0)."""

    name: str
    title: str
    row: int
    column: int
    layer: NodeAnalysis | None = None
    inside: Drawing | None = None


@dataclass(frozen=True)
class Line:
    """From a box to another; None is what comes into the drawing, or goes out of it.

    `lane` is the way round the boxes in between, counted from the inside; None where nothing is in between.
    """

    source: str | None
    target: str | None
    lane: int | None = None


@dataclass(frozen=True)
class Drawing:
    """Boxes and lines of the network, or of the inside of a block. `is_open` tells whether it is shown unfolded."""

    boxes: tuple[Placed, ...]
    lines: tuple[Line, ...]
    layers: tuple[NodeAnalysis, ...]
    block: str = ""
    is_open: bool = True

    @property
    def rows(self) -> int:
        """Give the number of rows."""
        return 1 + max((box.row for box in self.boxes), default=-1)

    @property
    def lanes(self) -> int:
        """Give the number of lanes beside the boxes."""
        return 1 + max((line.lane for line in self.lines if line.lane is not None), default=-1)

    @property
    def last(self) -> NodeAnalysis:
        """Give the layer whose output goes out."""
        return self.layers[-1]

    @property
    def parameters(self) -> int | None:
        """Give the parameters of all layers; None where they can't be known."""
        counts = [layer.parameters for layer in self.layers]
        return None if None in counts else sum(count or 0 for count in counts)
