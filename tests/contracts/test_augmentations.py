"""What holds for every augmentation: what is seen, its mask and its box stay together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.datasets.augmentation.augmenter import Augmenter
from cnnkeras.datasets.augmentation.draws import Draws
from cnnkeras.spec.augmentation import AUGMENTATIONS, COLORS, Augmentation
from cnnkeras.spec.data import VOID
from cnnkeras.spec.label import Label

# The fields that must be given, strong enough to be seen.
FIELDS: dict[str, dict[str, Any]] = {
    "RandomRotation": {"factor": 0.2},
    "RandomTranslation": {"height_factor": 0.3, "width_factor": 0.3},
    "RandomZoom": {"height_factor": (-0.3, 0.5)},
    "RandomShear": {"x_factor": (0.0, 0.4), "y_factor": (0.0, 0.4)},
    "RandomPerspective": {"scale": 0.4},
    "RandomCrop": {"height": 30, "width": 36},
    "RandomCropAndResize": {"crop_area_factor": (0.4, 1.0)},
    "RandomBrightness": {"factor": 0.1},
    "RandomContrast": {"factor": 0.3},
    "RandomColorJitter": {
        "brightness_factor": 0.1,
        "contrast_factor": 0.2,
        "saturation_factor": 0.6,
        "hue_factor": 0.1,
    },
    "RandomHue": {"factor": 0.2},
    "RandomSaturation": {"factor": 0.7},
    "RandomColorDegeneration": {"factor": 0.5},
    "RandomSharpness": {"factor": 0.5},
    "RandomPosterization": {"factor": (3, 5)},
    "RandomGaussianBlur": {"sigma": (0.1, 0.5)},
    "Solarization": {"addition_factor": 0.1, "threshold_factor": (0.9, 1.0)},
    "RandomErasing": {"scale": (0.02, 0.1), "fill_value": 120},
}
HEIGHT, WIDTH, COUNT = 40, 48, 12
# left, top, right, bottom of the mark, with a box and a mask of class 1; what is around it is 0 in both.
MARK = (18, 12, 30, 24)


def item(name: str, **fields: Any) -> Augmentation:
    return AUGMENTATIONS[name].model_validate({"type": name, **FIELDS.get(name, {}), **fields})


def augmenter(label: Label, *items: Augmentation, epochs: int = 10, seed: int = 3) -> Augmenter:
    return Augmenter(items, label, epochs, seed, num_classes=3)


def pictures(count: int = COUNT) -> np.ndarray:
    """Give dark grey pictures with a bright mark."""
    images = np.full((count, HEIGHT, WIDTH, 3), 40, np.uint8)
    left, top, right, bottom = MARK
    images[:, top:bottom, left:right] = 220
    return images


def noise() -> np.ndarray:
    return np.random.RandomState(0).randint(0, 256, (COUNT, HEIGHT, WIDTH, 3)).astype(np.uint8)


def labels(label: Label, count: int = COUNT) -> np.ndarray:
    if label == "class":
        return np.arange(count, dtype=np.int64) % 3
    if label == "mask":
        return (pictures(count)[..., 0] > 128).astype(np.uint8)
    return np.tile(np.float32([[*MARK, 1], [-1] * 5]), (count, 1, 1))


def augmented(
    given: Augmenter, images: np.ndarray | None = None, marks: np.ndarray | None = None, epoch: int = 0, place: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    images = pictures() if images is None else images
    marks = labels(given.label, len(images)) if marks is None else marks

    def others(draws: Draws) -> tuple[tf.Tensor, tf.Tensor]:
        index = draws.whole([len(images)], len(images))
        return tf.gather(images, index), tf.gather(marks, index)

    @tf.function(autograph=False)
    def work(number: tf.Tensor, first: tf.Tensor) -> Any:
        return given.augment(tf.constant(images), tf.constant(marks), number, first, others)

    changed, moved = work(tf.constant(epoch, tf.int64), tf.constant(place, tf.int64))
    return changed.numpy(), moved.numpy()


def taking(label: Label) -> list[str]:
    return [name for name, kind in AUGMENTATIONS.items() if label in kind.labels]


# Those after which the mark is no longer as bright as it was in every picture.
REPAINTED = ("RandomInvert", "MixUp", "RandAugment", "RandomErasing", "Solarization")


@pytest.mark.parametrize("name", [name for name in taking("mask") if name not in REPAINTED])
def test_a_mask_stays_on_its_pixels(name: str) -> None:
    """A network would be trained on masks that lie beside what they mark."""
    images, masks = augmented(augmenter("mask", item(name)))
    assert (images.shape, images.dtype, masks.shape, masks.dtype) == (
        (COUNT, HEIGHT, WIDTH, 3), np.uint8, (COUNT, HEIGHT, WIDTH), np.uint8,
    )  # fmt: skip
    bright = images.mean(axis=-1) > 128
    counted = masks != VOID
    # Bilinear edges may fall to either side: a ring of one pixel around the mark.
    assert (bright[counted] != (masks[counted] == 1)).mean() < 0.02
    assert (masks == 1).any()


@pytest.mark.parametrize("name", [name for name in taking("boxes") if name not in REPAINTED])
def test_a_box_stays_around_its_pixels(name: str) -> None:
    """A detector would be trained on boxes beside their objects."""
    images, rows = augmented(augmenter("boxes", item(name)))
    assert (images.shape, images.dtype, rows.dtype) == ((COUNT, HEIGHT, WIDTH, 3), np.uint8, np.float32)
    found = 0
    for image, listed in zip(images, rows, strict=True):
        bright = image.mean(axis=-1) > 128
        boxes = listed[listed[:, 4] >= 0]
        found += len(boxes)
        inside = np.zeros_like(bright)
        for left, top, right, bottom, number in boxes:
            assert number == 1
            assert 0 <= left < right <= WIDTH
            assert 0 <= top < bottom <= HEIGHT
            inside[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))] = True
            ys, xs = np.nonzero(bright[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))])
            # What is bright touches all four sides of its box.
            around = [xs.min() + int(left), ys.min() + int(top), xs.max() + 1 + int(left), ys.max() + 1 + int(top)]
            np.testing.assert_allclose(around, [left, top, right, bottom], atol=1.6)
        # All that is bright has a box, but for what is hardly left of one at the border.
        assert (bright & ~inside).mean() < 0.02
    assert found >= COUNT // 2


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_the_same_draws_give_the_same_pictures(name: str) -> None:
    """A training that was resumed would see other pictures than one that was not."""
    label = AUGMENTATIONS[name].labels[0]
    given = augmenter(label, item(name))
    images = noise()
    first, first_labels = augmented(given, images, epoch=1, place=32)
    tf.random.set_seed(1)
    again, again_labels = augmented(given, images, epoch=1, place=32)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first_labels, again_labels)
    for other in ({"epoch": 2, "place": 32}, {"epoch": 1, "place": 64}):
        assert (augmented(given, images, **other)[0] != first).any()
    assert (augmented(augmenter(label, item(name), seed=4), images, epoch=1, place=32)[0] != first).any()


@pytest.mark.parametrize("name", AUGMENTATIONS)
@pytest.mark.parametrize("switched_off", [{"rate": 0.0}, {"except_last_epochs": 4}])
def test_rests_where_the_file_says(name: str, switched_off: dict[str, Any]) -> None:
    """A mosaic would go on to the end, and the network would never see a plain picture."""
    label = AUGMENTATIONS[name].labels[-1]
    images, marks = augmented(augmenter(label, item(name, **switched_off)), noise(), epoch=6)
    np.testing.assert_array_equal(images, noise())
    expected = labels(label)
    if label == "boxes":
        marks = marks[:, :2]
        assert marks[:, 0] == pytest.approx(expected[:, 0])
    else:
        np.testing.assert_array_equal(np.argmax(marks, axis=-1) if marks.ndim == 2 else marks, expected)
    working = augmented(augmenter(label, item(name, except_last_epochs=4)), noise(), epoch=5)[0]
    assert (working != noise()).any()


@pytest.mark.parametrize("name", taking("boxes"))
@pytest.mark.parametrize("boxes", [0, 1, 300])
def test_any_number_of_boxes(name: str, boxes: int) -> None:
    """A picture without an object, or with hundreds, would stop the training."""
    generator = np.random.RandomState(0)
    starts = generator.uniform(0, 30, (2, max(boxes, 1), 2))
    rows = np.concatenate([starts, starts + 9, np.ones((2, max(boxes, 1), 1))], axis=-1).astype(np.float32)
    rows[0] = -1
    rows[:, boxes:] = -1
    _, moved = augmented(augmenter("boxes", item(name)), pictures(2), rows)
    there = moved[..., 4] >= 0
    assert (moved[~there] == -1).all()
    assert there.any() == bool(boxes)


def test_colors_leave_boxes_and_masks_alone() -> None:
    """The contract of the list of colours would be a claim."""
    for name in COLORS:
        for label in ("mask", "boxes"):
            np.testing.assert_array_equal(augmented(augmenter(label, item(name)))[1], labels(label))
