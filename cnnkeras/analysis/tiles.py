"""How a network of one size goes over a picture of any: which tiles it reads, and how much of each answer counts.

A tile's border is no border of the picture: what a network's padding makes there is wrong, as far in as its
receptive field reaches. So tiles overlap, and each answer counts only as far as the field lies within its tile
(Ronneberger, Fischer and Brox 2015, figure 2, whose network has no padding and so gives nothing else).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnkeras.analysis.receptive_field import AxisField
from cnnkeras.analysis.walk import walked
from cnnkeras.layers.base import Dimension
from cnnkeras.spec.architecture import Architecture

# The grid on which tiles lie where the field is unknown: the stride of the deepest map of a usual backbone.
USUAL_GRID = 32
# The share of a tile's answer over which it goes over into its neighbour's.
BLENDED = 1 / 8


class TileSide(NamedTuple):
    """One side of a tile, in pixels: `answered` of its `size` are answered, from `before` on.

    Two tiles lie at most `step` apart, at multiples of `grid`: there a network with strides gives what it would give
    untiled. The outermost `blind` answers at a neighbour's side don't count, and up to `ramp` more count in part.
    """

    size: int
    answered: int
    before: int
    step: int
    grid: int
    blind: int
    ramp: int

    @property
    def overlap(self) -> int:
        """Give how many answered pixels two tiles share at least."""
        return self.answered - self.step

    def count(self, length: int) -> int:
        """Give how many tiles a picture's side of this length needs."""
        beyond = max(length - self.answered, 0)
        beyond = -(-beyond // self.grid) * self.grid
        return 1 + -(-beyond // self.step)


def tile_sides(architecture: Architecture) -> tuple[TileSide, TileSide]:
    """Give height and width of the tiles of a checked architecture whose pictures are tiled."""
    node = walked(architecture).nodes[architecture.outputs[0]]
    shape, section = node.output_shape or (), architecture.input
    sides = []
    for side in (0, 1):
        size, answered = _known(section.shape[side]), _known(shape[side])
        sides.append(_tile_side(size, answered, node.field and node.field[side], section.overlap))
    return sides[0], sides[1]


def _known(size: Dimension) -> int:
    assert size is not None  # the input section refuses tiles of a free size
    return size


def _tile_side(size: int, answered: int, axis: AxisField | None, overlap: int | None) -> TileSide:
    grid = axis.advance if axis and axis.advance else USUAL_GRID
    # A tile that is hardly larger than the grid could not move on it.
    grid = grid if 2 * grid <= answered else 1
    blind = _blind(axis, size, answered)
    if overlap is None:
        # Without padding nothing is blind, and nothing has to overlap.
        overlap = min(2 * blind + round(answered * BLENDED), answered // 2) if blind else 0
    step = max((answered - min(overlap, answered - 1)) // grid * grid, grid)
    overlap = answered - step
    # A network that sees further than the tiles overlap: the middle of the overlap is as good as it gets.
    blind = min(blind, overlap * 3 // 8)
    return TileSide(size, answered, (size - answered) // 2, step, grid, blind, overlap - 2 * blind)


def _blind(axis: AxisField | None, size: int, answered: int) -> int:
    """Give how many answers at a side read beyond the tile; all where that is unknown."""
    if axis is None:
        return answered
    spans = [axis.at(position) for position in range(answered)]
    before = [position + 1 for position, span in enumerate(spans) if span and span[0] < 0]
    after = [answered - position for position, span in enumerate(spans) if span and span[1] >= size]
    return max((*before[-1:], *after[:1]), default=0)


def mirrored(positions: Any, size: Any) -> Any:
    """Give the pixels seen at positions however far before and beyond a side, mirrored as often as it takes.

    Integers, arrays or tensors. The border pixel is not repeated; a side of one pixel is that pixel everywhere.
    """
    turn = 2 * size - 2 + 1 // size
    return size - 1 - abs(size - 1 - positions % turn)
