"""Receptive fields against published figures, and against reading every pixel one by one."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from cnnkeras.analysis.receptive_field import PIXEL, Field, ReceptiveField, follow, measure
from cnnkeras.layers.reach import POINTWISE, Extent, Reach, Spread, Window

PICTURE = (224, 224, 3)


def square(kernel: int, stride: int = 1, dilation: int = 1, before: int = 0) -> Window:
    return Window((kernel, kernel), (stride, stride), (dilation, dilation), (before, before))


def chain(*reaches: Reach) -> Field:
    field: Field | None = PIXEL
    for reach in reaches:
        assert field
        field = follow([field], reach, [PICTURE], PICTURE)
    assert field
    return field


def figures(field: Field | None, shape: tuple[int | None, ...] = PICTURE) -> ReceptiveField | None:
    return measure(field, shape) if field else None


def test_three_small_kernels_see_what_one_large_one_sees() -> None:
    """A user would not learn that three 3×3 convolutions see 7×7."""
    assert figures(chain(*[square(3)] * 3)) == ReceptiveField((7, 7), (1, 1), (0, 0))


def test_vgg16_at_its_last_pooling() -> None:
    """The published 212 of VGG16 would come out wrong."""
    convolutions = [[square(3, before=1)] * count + [square(2, 2)] for count in (2, 2, 3, 3, 3)]
    field = chain(*(reach for stage in convolutions for reach in stage))
    assert figures(field) == ReceptiveField((212, 212), (32, 32), (-90, -90))


def test_resnet50_at_its_last_stage() -> None:
    """The published 483 of ResNet-50 (Araujo et al., the stride in each stage's last unit) would be wrong."""
    stem = [square(7, 2, before=3), square(3, 2, before=1)]
    units = ((3, 2), (4, 2), (6, 2), (3, 1))
    stages = [[square(3, before=1)] * (count - 1) + [square(3, stride, before=1)] for count, stride in units]
    field = chain(*stem, *(reach for stage in stages for reach in stage))
    assert figures(field) == ReceptiveField((483, 483), (32, 32), (-241, -241))


def test_padding_begins_the_first_field_outside_the_picture() -> None:
    """A user would take the first output to begin inside the picture."""
    window = Window((5, 3), (2, 1), (1, 2), (2, 4))
    assert figures(follow([PIXEL], window, [PICTURE], PICTURE)) == ReceptiveField((5, 5), (2, 1), (-2, -4))


def test_cropping_begins_inside() -> None:
    """What a cropping cuts off would still count as seen."""
    assert figures(chain(square(1, before=-4), square(3))) == ReceptiveField((3, 3), (1, 1), (4, 4))


def test_nearest_upsampling_halves_the_stride() -> None:
    """After upsampling, a convolution that sees two pixels would be said to see three."""
    field = chain(square(2, 2), Spread((2, 2), (2, 2)))
    assert figures(field) == ReceptiveField((2, 2), (1, 1), (0, 0))
    # Over pixels copied in pairs, three neighbours are copies of two at every phase.
    assert figures(follow([field], square(3), [PICTURE], PICTURE)) == ReceptiveField((4, 4), (1, 1), (0, 0))


def test_fractional_strides() -> None:
    """Upsampling more than was pooled would be reported with a whole stride."""
    assert figures(chain(Spread((2, 2), (2, 2)))) == ReceptiveField((1, 1), (0.5, 0.5), (0, 0))


def test_transposed_convolution_with_gaps() -> None:
    """Outputs between the spread pixels read nothing, and must not be counted as reading something."""
    field = chain(Spread((1, 1), (2, 2)))
    assert [field.height.at(output) for output in range(4)] == [(0, 0), None, (1, 1), None]
    assert figures(field) == ReceptiveField((1, 1), (0.5, 0.5), (0, 0))


def test_an_output_that_reads_nothing_has_no_field() -> None:
    """A field would be made up for a map that shows none of the picture."""
    gaps = chain(Spread((1, 1), (2, 2)))
    assert figures(follow([gaps], square(1, 2, before=1), [PICTURE], PICTURE)) is None


def test_the_larger_path_counts() -> None:
    """A residual block would be said to see only what its shortcut sees."""
    wide, narrow = chain(square(3, before=1), square(3, 2, before=1)), chain(square(1, 2))
    merged = follow([wide, narrow], POINTWISE, [(112, 112, 8)] * 2, PICTURE)
    assert figures(merged) == ReceptiveField((5, 5), (2, 2), (-2, -2))


def test_shifted_paths_join_to_their_hull() -> None:
    """Two paths that look to different sides would be said to see no more than either."""
    up, down = chain(Window((3, 1), before=(2, 0))), chain(Window((3, 1), before=(0, 0)))
    assert figures(follow([up, down], POINTWISE, [PICTURE] * 2, PICTURE)) == ReceptiveField((5, 1), (1, 1), (-2, 0))


def test_paths_that_disagree_in_stride_are_undefined() -> None:
    """A size would be guessed where no two outputs see alike."""
    paths = [chain(square(2, 2)), chain(square(2, 1))]
    assert follow(paths, POINTWISE, [(112, 112, 8)] * 2, PICTURE) is None


def test_unet_paths_meet_in_stride() -> None:
    """A skip connection over pooling and upsampling would be called undefined."""
    skip = chain(square(3))
    deep = chain(square(3), square(2, 2), square(3), Spread((2, 2), (2, 2)))
    joined = follow([skip, deep], POINTWISE, [(110, 110, 8)] * 2, PICTURE)
    assert figures(joined) == ReceptiveField((8, 8), (1, 1), (0, 0))


def test_the_whole_is_clipped_to_the_picture() -> None:
    """A dense layer would be said to see more than there is."""
    field = follow([chain(square(3, before=1))], Extent.WHOLE, [PICTURE], PICTURE)
    assert figures(field, (10,)) == ReceptiveField((224, 224), (0, 0), (0, 0))


def test_the_whole_leaves_out_what_no_window_reads() -> None:
    """A row that the stride never reads would be said to be seen."""
    field = follow([chain(square(3, 3))], Extent.WHOLE, [(2, 2, 8)], (7, 8, 1))
    assert figures(field, (10,)) == ReceptiveField((6, 6), (0, 0), (0, 0))


def test_the_whole_of_a_free_size_is_unknown() -> None:
    """A size would be made up for a picture of any size."""
    assert follow([PIXEL], Extent.WHOLE, [(None, None, 3)], (None, None, 3)) is None


def test_a_gate_makes_every_output_see_the_whole() -> None:
    """A squeeze-and-excitation block would be called undefined."""
    features = chain(square(3, before=1), square(2, 2))
    gate = follow([features], Extent.WHOLE, [(112, 112, 8)], PICTURE)
    assert gate
    merged = follow([features, gate], POINTWISE, [(112, 112, 8), (8,)], PICTURE)
    assert figures(merged, (112, 112, 8)) == ReceptiveField((224, 224), (0, 0), (0, 0))


def test_a_gate_that_sees_less_than_what_it_gates_is_undefined() -> None:
    """A field would be guessed where outputs see differently without a stride."""
    features = chain(square(3, before=1))
    gate = follow([chain(square(3, 3))], Extent.WHOLE, [(2, 2, 8)], (7, 7, 1))
    assert gate
    assert follow([features, gate], POINTWISE, [(7, 7, 8), (8,)], (7, 7, 1)) is None


def test_the_unknown_stays_unknown_unless_everything_was_seen() -> None:
    """What can't be derived would be guessed."""
    assert follow([PIXEL], Extent.UNKNOWN, [PICTURE], PICTURE) is None
    whole = follow([PIXEL], Extent.WHOLE, [PICTURE], PICTURE)
    assert whole
    assert follow([whole], Extent.UNKNOWN, [(64,)], PICTURE) == whole


def test_a_map_smaller_than_a_period_has_not_all_phases() -> None:
    """A 1×1 map would be given the field of an output it doesn't have."""
    field = chain(square(3, 2), Spread((3, 3), (2, 2), before=(1, 1)))
    assert [figures(field, (count, count, 1)).size[0] for count in (1, 2, 3)] == [3, 5, 5]  # type: ignore[union-attr]


def test_absurd_periods_are_unknown() -> None:
    """A file with absurd upsamplings would take minutes or gigabytes."""
    huge = Spread((2**31 - 1,) * 2, (2**31 - 1,) * 2)
    assert follow([PIXEL], huge, [PICTURE], PICTURE) is None
    assert figures(chain(square(2**31 - 1, 2**31 - 1))) is not None


def test_a_long_decoder_takes_no_time() -> None:
    """A hostile file with thousands of layers behind an upsampling would take minutes."""
    start = time.process_time()
    chain(Spread((128, 128), (128, 128)), *[square(3, before=1)] * 2000)
    # It takes one second; measuring the coverage makes that ten.
    assert time.process_time() - start < 60


Reads = Callable[[int], set[int]]


def random_step(chance: random.Random, reads: Reads) -> tuple[Reach, Reads]:
    """Draw one reach, and what it reads, pixel by pixel."""
    kernel, stride, dilation, before = (chance.randint(low, high) for low, high in ((1, 4), (1, 3), (1, 3), (-2, 4)))

    def window(output: int) -> set[int]:
        return {pixel for tap in range(kernel) for pixel in reads(output * stride - before + tap * dilation)}

    def spread(output: int) -> set[int]:
        places = (output + before - tap * dilation for tap in range(kernel))
        return {pixel for place in places if place % stride == 0 for pixel in reads(place // stride)}

    pairs = ((kernel, kernel), (stride, stride), (dilation, dilation), (before, before))
    return (Window(*pairs), window) if chance.random() < 0.5 else (Spread(*pairs), spread)


@pytest.mark.parametrize("seed", range(200))
def test_random_chains_read_what_single_pixels_say(seed: int) -> None:
    """A field would be wrong for some combination of strides, dilations, paddings and upsamplings."""
    chance = random.Random(seed)
    field: Field | None = PIXEL
    reads: Reads = lambda output: {output}  # noqa: E731  # one line says it
    for _ in range(chance.randint(1, 4)):
        reach, reads = random_step(chance, reads)
        field = follow([field], reach, [PICTURE], PICTURE)  # type: ignore[list-item]
        assert field
    for output in range(-5, 15):
        pixels = reads(output)
        assert field.height.at(output) == ((min(pixels), max(pixels)) if pixels else None)
