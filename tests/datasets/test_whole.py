"""Random crops of whole pictures: anywhere in training, from the middle in evaluation, labels with them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.datasets.buffers import Growing, NoRoom
from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.preparation import prepare
from cnnkeras.datasets.source import Part
from cnnkeras.datasets.whole import whole_stored

from .conftest import MakeArchitecture

SIZES = [(12, 20), (30, 14), (12, 12), (17, 40), (13, 13)]
IN_MEMORY, ON_DISK, STREAMED = "in memory", "on disk", "streamed"


def gradient(height: int, width: int) -> np.ndarray:
    """Give a picture whose numbers say where they stand: row in the first channel, column in the second."""
    rows, columns = np.mgrid[0:height, 0:width]
    return np.stack([rows, columns, rows * 0], axis=-1).astype(np.uint8)


def part_of(kind: str, sizes: list[tuple[int, int]] = SIZES) -> Part:
    """Give pictures with a class, a mask that says the column, or a box around one place each."""

    def examples() -> tf.data.Dataset:
        def generate() -> Iterator[dict[str, Any]]:
            for number, (height, width) in enumerate(sizes):
                image = gradient(height, width)
                label = image[..., 1] if kind == "mask" else number
                boxes = np.float32([[4, 3, 10, 9]])
                yield {"image": image, "label": label, "boxes": boxes, "classes": np.int64([number])}

        mask = tf.TensorSpec((None, None) if kind == "mask" else (), tf.uint8 if kind == "mask" else tf.int64)
        signature = {
            "image": tf.TensorSpec((None, None, 3), tf.uint8),
            "label": mask,
            "boxes": tf.TensorSpec((None, 4), tf.float32),
            "classes": tf.TensorSpec((None,), tf.int64),
        }
        return tf.data.Dataset.from_generator(generate, output_signature=signature)

    return Part("train", len(sizes), examples, 64)


@pytest.fixture(params=[IN_MEMORY, ON_DISK, STREAMED])
def budget(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int | None:
    """Give the budget that makes the pictures stay in memory, in a mapped file, or nowhere."""
    if request.param == STREAMED:
        usage = shutil.disk_usage(".")._replace(free=0)
        monkeypatch.setattr("cnnkeras.datasets.buffers.shutil.disk_usage", lambda _: usage)
        monkeypatch.setattr("cnnkeras.datasets.store.shutil.disk_usage", lambda _: usage)
    return {IN_MEMORY: None, ON_DISK: 100, STREAMED: 100}[str(request.param)]


def crops(data: tf.data.Dataset) -> list[tuple[np.ndarray, np.ndarray]]:
    return [
        (np.rint(image * 255), label)
        for images, labels in data
        for image, label in zip(images.numpy(), labels.numpy(), strict=True)
    ]


def test_anywhere_in_training(architecture: MakeArchitecture, budget: int | None) -> None:
    """Every epoch would see the middle alone, or pieces that were scaled."""
    file, part = architecture((12, 12, 3), resize="random_crop", short_side=12), part_of("class", [(12, 40)] * 8)
    data = batches(part, file, 3, training=True, budget=budget)
    lefts = set()
    for _ in range(3):
        seen = crops(data)
        assert sorted(int(label) for _, label in seen) == list(range(8))
        for image, _ in seen:
            left = int(image[0, 0, 1])
            np.testing.assert_array_equal(image, gradient(12, 40)[:, left : left + 12])
            lefts.add(left)
    assert len(lefts) > 10
    assert min(lefts) >= 0
    assert max(lefts) <= 28


def test_from_the_middle_in_evaluation(architecture: MakeArchitecture, budget: int | None) -> None:
    """The figures of a run would differ from one evaluation to the next, or from what is served."""
    file, part = architecture((12, 12, 3), resize="random_crop", short_side=13), part_of("class")
    for (image, _), (height, width) in zip(crops(batches(part, file, 5, False, budget=budget)), SIZES, strict=True):
        served = prepare(gradient(height, width)[None], file.input)[0]
        np.testing.assert_array_equal(image, np.rint(served * 255))


def test_the_preparation_of_alexnet(architecture: MakeArchitecture) -> None:
    """What Krizhevsky, Sutskever and Hinton did (2012, section 4.1) could not be said in a file."""
    mean = [123.68, 116.78, 103.94]
    data = {"source": "digits", "augmentation": [{"type": "RandomFlip", "mode": "horizontal"}]}
    file = architecture((24, 24, 3), data, resize="random_crop", short_side=28, range=[0, 255], mean=mean)
    part = part_of("class", [(56, 70)] * 6)
    ((images, _),) = batches(part, file, 6, training=True)
    numbers = images.numpy() + np.float32(mean)
    # Halved, so neighbours differ by two; mirrored ones fall from left to right.
    steps = np.rint(np.median(np.diff(numbers[..., 1], axis=2), axis=(1, 2)))
    assert set(steps) == {-2.0, 2.0}
    assert len({image.tobytes() for image in numbers}) > 3


def test_masks_are_cropped_with_their_pictures(architecture: MakeArchitecture, budget: int | None) -> None:
    """A network would be trained on masks of another place."""
    file = architecture((12, 12, 3), resize="random_crop", short_side=12, interpolation="nearest", label="mask")
    for image, mask in crops(batches(part_of("mask", [(12, 30), (24, 12)]), file, 2, training=True, budget=budget)):
        assert mask.dtype == np.uint8
        np.testing.assert_array_equal(image[..., 1], mask)


def test_boxes_are_cropped_with_their_pictures(architecture: MakeArchitecture, budget: int | None) -> None:
    """A detector would be trained on boxes of another place, or on objects that were cut off."""
    file, part = (
        architecture((12, 12, 3), resize="random_crop", short_side=12, label="boxes"),
        part_of("boxes", [(12, 20)] * 6),
    )
    seen = crops(batches(part, file, 6, training=True, budget=budget))
    kept = 0
    for image, rows in seen:
        left = image[0, 0, 1]
        assert rows.shape == (1, 5)
        if left < 9:
            kept += 1
            np.testing.assert_allclose(rows[0, :4], [max(4 - left, 0), 3, min(10 - left, 12), 9])
        else:
            assert (rows == -1).all() or left == 9
    assert kept


def test_one_copy_on_the_disk_where_the_budget_ends(architecture: MakeArchitecture) -> None:
    """A data set beyond the budget would take the memory of the training."""
    file = architecture((12, 12, 3), resize="random_crop")
    assert not whole_stored(part_of("class"), file).on_disk  # type: ignore[union-attr]
    assert whole_stored(part_of("class"), file, 100).on_disk  # type: ignore[union-attr]


def test_growing_keeps_what_it_is_given() -> None:
    """Pictures would be mixed up where the memory ends."""
    growing, given = Growing(10), [np.arange(count, dtype=np.uint8) for count in (4, 5, 3, 20)]
    for values in given:
        growing.append(values)
    assert growing.on_disk
    np.testing.assert_array_equal(growing.tensor(), np.concatenate(given))


def test_no_room_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk would be filled to the last byte, or end the run in a traceback."""
    usage = shutil.disk_usage(".")._replace(free=12)
    monkeypatch.setattr("cnnkeras.datasets.buffers.shutil.disk_usage", lambda _: usage)
    growing = Growing(4)
    growing.append(np.zeros(4, np.uint8))
    with pytest.raises(NoRoom):
        growing.append(np.zeros(4, np.uint8))
