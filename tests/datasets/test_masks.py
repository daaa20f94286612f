"""Masks on their way to the network: each pixel's class stays on its pixel."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.source import Part
from cnnkeras.errors import RunError
from cnnkeras.spec.data import VOID

from .conftest import MakeArchitecture

COUNT, CLASSES = 6, 5
MASKS = np.random.RandomState(0).randint(0, CLASSES, (COUNT, 12, 20)).astype(np.uint8)


def part_of(masks: np.ndarray = MASKS, images: np.ndarray = MASKS, num_classes: int = CLASSES) -> Part:
    """Give pictures that are their masks, forty times as bright."""
    bright = (images[..., None] * 40).astype(np.uint8)

    def examples() -> tf.data.Dataset:
        return tf.data.Dataset.from_tensor_slices({"image": bright, "label": masks, "boxes": np.zeros((COUNT, 1, 4))})

    return Part("train", len(masks), examples, num_classes)


@pytest.mark.parametrize("resize", ["stretch", "letterbox", "crop"])
@pytest.mark.parametrize("budget", [None, 0])
@pytest.mark.parametrize("form", [lambda masks: masks, lambda masks: masks[..., None].astype(np.int64)])
def test_go_where_their_pictures_go(
    architecture: MakeArchitecture,
    resize: str,
    budget: int | None,
    form: Callable[[np.ndarray], np.ndarray],
) -> None:
    """A network would be trained on masks that lie beside what they mark."""
    file = architecture((7, 9, 1), label="mask", resize=resize, interpolation="nearest")
    (images, masks), *rest = batches(part_of(form(MASKS)), file, COUNT, training=True, budget=budget)
    assert not rest
    assert (masks.shape, masks.dtype) == ((COUNT, 7, 9), tf.uint8)
    known = masks.numpy() != VOID
    # What is added around a letterboxed picture is no background: it counts nowhere.
    assert known.all() == (resize != "letterbox")
    shown = np.rint(images.numpy()[..., 0] * 255 / 40)
    np.testing.assert_array_equal(shown[known], masks.numpy()[known])


def test_as_they_are_at_the_network_s_size(architecture: MakeArchitecture) -> None:
    """Masks that need no resizing would be blurred or shifted."""
    ((_, masks),) = batches(part_of(), architecture((12, 20, 1), label="mask"), COUNT, training=False)
    np.testing.assert_array_equal(masks, MASKS)


def test_of_pictures_that_differ_in_size(architecture: MakeArchitecture) -> None:
    """A fully convolutional network could not be trained on pictures as they are."""
    sizes = [(6, 4), (3, 8)]

    def examples() -> tf.data.Dataset:
        spec = {"image": tf.TensorSpec((None, None, 1), tf.uint8), "label": tf.TensorSpec((None, None), tf.uint8)}
        made = ({"image": np.ones((*size, 1), np.uint8), "label": np.ones(size, np.uint8)} for size in sizes)
        return tf.data.Dataset.from_generator(lambda: made, output_signature=spec)

    data = batches(Part("train", 2, examples, 2), architecture((None, None, 1), label="mask"), 1, training=False)
    assert [mask.shape for _, mask in data] == [(1, 6, 4), (1, 3, 8)]


def test_void_is_no_mistake_and_any_other_number_is(architecture: MakeArchitecture) -> None:
    """A mask of other numbers, such as 0 and 128, would be trained as if it had no class."""
    masks = MASKS.copy()
    masks[:, 0, 0] = VOID
    file = architecture((12, 20, 1), label="mask")
    assert len(list(batches(part_of(masks), file, COUNT, training=False))) == 1
    masks[4, 3, 2] = 128
    with pytest.raises(RunError) as error:
        list(batches(part_of(masks), file, COUNT, training=False))
    assert str(error.value) == (
        "train: the mask of example 4 has the class 128 (row 3, column 2), and there are 0 to 4\n"
        "     = help: pixels that count nowhere have the class 255"
    )
