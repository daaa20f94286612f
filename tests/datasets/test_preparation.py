"""From a picture as the data has it to the network's numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkeras.datasets.preparation import prepare, resize_to
from cnnkeras.spec.input import InputSection, Interpolation, Resize

from .conftest import noise


def section(*shape: int | None, **fields: Any) -> InputSection:
    return InputSection(shape=shape, **fields)  # type: ignore[arg-type]  # the validator reads it


def column(*values: int) -> np.ndarray:
    """Give one grey picture, one pixel wide."""
    return np.array(values, np.uint8)[None, :, None, None]


def pixels(images: tf.Tensor) -> list[Any]:
    return [row.tolist() for row in images.numpy()[0, :, :, 0]]


def test_range_is_spanned_exactly() -> None:
    """White would be a little more or less than the 1 that the file promises."""
    white_and_black = column(0, 255)
    assert pixels(prepare(white_and_black, section(2, 1, 1))) == [[0.0], [1.0]]
    assert pixels(prepare(white_and_black, section(2, 1, 1, range=(-1.0, 1.0)))) == [[-1.0], [1.0]]
    assert pixels(prepare(white_and_black, section(2, 1, 1, range=(0.0, 255.0)))) == [[0.0], [255.0]]


def test_mean_and_std_are_of_each_channel() -> None:
    """Weights trained with the usual ImageNet figures would see other colours."""
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    images = noise(2, 4, 4, 3)
    expected = (images / 255 - mean) / std
    np.testing.assert_allclose(prepare(images, section(4, 4, 3, mean=mean, std=std)), expected, atol=1e-6)


def test_stretch_ignores_the_aspect() -> None:
    """A picture of another shape would be padded or cut although the file says to stretch it."""
    image = np.array([[10, 20]], np.uint8)[None, :, :, None]
    resized = resize_to(image, section(2, 2, 1, interpolation="nearest"))
    assert pixels(resized) == [[10, 20], [10, 20]]


def test_letterbox_keeps_everything() -> None:
    """A wide picture would lose its sides, or be squeezed."""
    image = np.array([[10, 20, 30, 40]] * 2, np.uint8)[None, :, :, None]
    resized = resize_to(image, section(4, 4, 1, resize="letterbox", interpolation="nearest"))
    assert pixels(resized) == [[0] * 4, [10, 20, 30, 40], [10, 20, 30, 40], [0] * 4]


def test_letterbox_of_a_thread_fits() -> None:
    """A picture whose short side rounds to a pixel would ask for negative padding."""
    assert resize_to(noise(1, 1000, 1), section(600, 1, 1, resize="letterbox")).shape == (1, 600, 1, 1)
    assert resize_to(noise(1, 2000, 1), section(8, 8, 1, resize="letterbox")).shape == (1, 8, 8, 1)


def test_crop_takes_the_middle() -> None:
    """A wide picture would be squeezed, or be cut off its centre."""
    image = np.array([[10, 20, 30, 40]] * 2, np.uint8)[None, :, :, None]
    assert pixels(resize_to(image, section(2, 2, 1, resize="crop"))) == [[20, 30], [20, 30]]


@pytest.mark.parametrize(
    ("mode", "size"),
    [("stretch", (6, 9)), ("letterbox", (6, 18)), ("crop", (6, 18))],
    ids=["stretch", "letterbox", "crop"],
)
def test_free_side(mode: Resize, size: tuple[int, int]) -> None:
    """A fully convolutional network would get pictures of one forced size."""
    assert resize_to(noise(1, 3, 9), section(6, None, 1, resize=mode)).shape[1:3] == size
    assert resize_to(noise(1, 3, 9), section(None, None, 1, resize=mode)).shape[1:3] == (3, 9)


def test_made_smaller_is_smoothed() -> None:
    """Fine stripes would turn into false coarse ones in every photograph that is made smaller."""
    stripes = np.tile(np.array([0, 255], np.uint8), (1, 8, 4))[..., None]
    resized = resize_to(stripes, section(4, 4, 1)).numpy()
    assert resized[0, :, 1:-1].min() > 100
    assert resized[0, :, 1:-1].max() < 155


def test_grey_becomes_colour() -> None:
    """A network with three channels could not be trained on grey pictures."""
    resized = resize_to(column(7, 9), section(2, 1, 3)).numpy()
    assert resized[0, :, 0].tolist() == [[7, 7, 7], [9, 9, 9]]


def test_colour_becomes_grey_by_luminance() -> None:
    """Green and blue would weigh the same in a network that sees grey."""
    red_green_blue = np.array([[[[255, 0, 0]], [[0, 255, 0]], [[0, 0, 255]]]], np.uint8)
    assert pixels(resize_to(red_green_blue, section(3, 1, 1))) == [[76], [150], [29]]


def test_transparency_is_left_out() -> None:
    """Pictures with an alpha channel could not be used, or their transparency would become a colour."""
    image = np.array([[[[1, 2, 3, 99]]]], np.uint8)
    assert resize_to(image, section(1, 1, 3)).numpy().tolist() == [[[[1, 2, 3]]]]
    assert resize_to(np.array([[[[5, 99]]]], np.uint8), section(1, 1, 1)).numpy().tolist() == [[[[5]]]]


def test_served_numbers_are_rounded_and_held() -> None:
    """A caller's floats just outside 0 to 255 would wrap around to the other end."""
    image = np.array([-3.0, 127.6, 300.0], np.float32)[None, :, None, None]
    assert pixels(resize_to(tf.constant(image), section(3, 1, 1))) == [[0], [128], [255]]


@settings(max_examples=25)
@given(
    size=st.tuples(st.integers(1, 12), st.integers(1, 12), st.sampled_from([1, 3, 4])),
    target=st.tuples(st.integers(1, 12), st.integers(1, 12), st.sampled_from([1, 3])),
    mode=st.sampled_from(get_args(Resize)),
    interpolation=st.sampled_from(get_args(Interpolation)),
)
def test_alone_as_in_a_batch(
    size: tuple[int, int, int], target: tuple[int, int, int], mode: Resize, interpolation: Interpolation
) -> None:
    """A picture would be answered otherwise alone than among others, or than it was trained on."""
    wanted = section(*target, resize=mode, interpolation=interpolation, mean=(0.3,), std=(0.7,))
    images = noise(3, *size)
    together = prepare(images, wanted).numpy()
    unknown = tf.function(
        lambda pictures: prepare(pictures, wanted), input_signature=[tf.TensorSpec([None] * 4, tf.float32)]
    )
    # Pictures that are tiled keep their size.
    assert together.shape == (3, *(size[:2] if mode == "tile" else target[:2]), target[2])
    for index in range(3):
        one = images[index : index + 1]
        np.testing.assert_array_equal(prepare(one, wanted)[0], together[index])
        np.testing.assert_array_equal(unknown(one.astype(np.float32))[0], together[index])


def test_saved_model_prepares_alike(tmp_path: Path) -> None:
    """The served network would see slightly other pictures than the trained one."""
    wanted = section(9, 7, 3, resize="letterbox", mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    module = tf.Module()
    module.prepare = tf.function(
        lambda images: prepare(images, wanted), input_signature=[tf.TensorSpec([None, None, None, 1], tf.uint8)]
    )
    tf.saved_model.save(module, str(tmp_path))
    images = noise(4, 5, 6)
    served = tf.saved_model.load(str(tmp_path)).prepare(tf.constant(images))
    np.testing.assert_array_equal(served, prepare(images, wanted))
