"""Where tiles lie, and how much of their answers counts."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkeras.analysis.tiles import TileSide, mirrored, tile_sides
from cnnkeras.commands.registry import REGISTRY
from cnnkeras.spec.load import load_architecture
from tests.architectures.test_published_figures import FOLDER

pytestmark = pytest.mark.fast


def side_of(name: str, *changes: str) -> TileSide:
    architecture = load_architecture(FOLDER / f"{name}.json", ("input.resize=tile", *changes), REGISTRY).architecture
    assert architecture is not None
    return tile_sides(architecture)[0]


def test_the_original_u_net_s_tiles_meet() -> None:
    """Its answers, which no padding touches, would be computed several times over."""
    side = side_of("unet")
    assert side == TileSide(size=572, answered=388, before=92, step=384, grid=16, blind=0, ramp=4)
    assert [side.count(length) for length in (1, 388, 389, 512, 1024)] == [1, 1, 2, 2, 3]


def test_the_overlap_follows_from_the_receptive_field() -> None:
    """Tiles would overlap too little, and their borders show."""
    side = side_of("unet_scenes", "input.shape=[256,256,1]")
    # The outermost 39 pixels read beyond the tile; 32 more are an eighth of it, to go over.
    assert side == TileSide(size=256, answered=256, before=0, step=144, grid=8, blind=39, ramp=34)
    assert side.overlap >= 2 * side.blind


def test_a_field_larger_than_the_tile_makes_them_overlap_by_half() -> None:
    """No pixel would be answered from within a tile."""
    side = side_of("unet_scenes")
    assert (side.step, side.overlap) == (32, 32)
    assert 2 * side.blind < side.overlap


@pytest.mark.parametrize(("wanted", "overlap"), [(0, 0), (8, 8), (9, 16), (40, 40), (63, 56)])
def test_an_overlap_that_is_given_holds(wanted: int, overlap: int) -> None:
    """Tiles would overlap less than the file says, as far as the network's strides allow."""
    assert side_of("unet_scenes", f"input.overlap={wanted}").overlap == overlap


def test_a_mirror_goes_on_for_ever() -> None:
    """A picture much smaller than a tile would fail, or show its border pixel all over."""
    assert mirrored(np.arange(-5, 8), 3).tolist() == [1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1]
    assert mirrored(np.arange(-2, 3), 1).tolist() == [0] * 5
    assert mirrored(-1, 5) == 1
