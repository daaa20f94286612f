"""Augmentation within the batches: after the store, in training alone, the same after a resume."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.datasets.order import Epoch
from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.sources.scenes import Counts, Scenes

from ..conftest import MakeArchitecture, noise, part_of

COUNT = 20
ITEMS: list[Any] = [
    {"type": "RandomTranslation", "height_factor": 0.3, "width_factor": 0.3},
    {"type": "RandomContrast", "factor": 0.5},
]


def data(*items: Any) -> dict[str, Any]:
    return {"source": "digits", "augmentation": list(items)}


@pytest.fixture(params=["stored", "streamed"])
def budget(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int | None:
    """Give the budget that keeps the pictures, or none."""
    if request.param == "streamed":
        monkeypatch.setattr("cnnkeras.datasets.store._allocate", lambda *_: (None, False))
    return None if request.param == "stored" else 5 * 64


def test_in_training_alone(architecture: MakeArchitecture, budget: int | None) -> None:
    """The figures of the validation part would be those of distorted pictures."""
    file, part = architecture(data=data(*ITEMS)), part_of(noise(COUNT))
    ((images, _),) = batches(part, file, COUNT, training=False, budget=budget)
    np.testing.assert_array_equal(np.rint(images * 255), noise(COUNT))
    ((changed, labels),) = batches(part, file, COUNT, training=True, budget=budget)
    assert (np.rint(changed * 255) != noise(COUNT)[labels]).any(axis=(1, 2, 3)).all()


def test_a_resumed_epoch_sees_the_same_pictures(architecture: MakeArchitecture, budget: int | None) -> None:
    """A run that was killed and resumed would end with other weights than one that was not."""
    file, part = architecture(data=data(*ITEMS)), part_of(noise(COUNT))
    counted = batches(part, file, 8, True, seed=1, budget=budget)
    epochs = [[images.numpy() for images, _ in counted] for _ in range(2)]
    resumed = [images.numpy() for images, _ in batches(part, file, 8, True, 1, Epoch(1), budget=budget)]
    for one, other, first in zip(epochs[1], resumed, epochs[0], strict=True):
        np.testing.assert_array_equal(one, other)
        assert (one != first).any()


def test_mixed_classes_are_shares(architecture: MakeArchitecture, budget: int | None) -> None:
    """A network would be told one class of a picture that shows two."""
    file = replace(architecture(data=data("MixUp"), training={"epochs": 3}), num_classes=COUNT)
    part = part_of(noise(COUNT))
    ((_, shares),) = batches(part, file, COUNT, training=True, budget=budget)
    assert (shares.shape, shares.dtype) == ((COUNT, COUNT), tf.float32)
    np.testing.assert_allclose(np.sum(shares, axis=-1), 1, rtol=1e-6)
    assert ((shares.numpy() > 0).sum(axis=-1) == 2).any()
    ((_, numbers),) = batches(part, file, COUNT, training=False, budget=budget)
    assert numbers.numpy().tolist() == list(range(COUNT))


def test_mosaic_of_the_scenes(architecture: MakeArchitecture, budget: int | None) -> None:
    """The shipped scenes could not be trained on with a mosaic, or not to the end."""
    part = (
        Scenes(source="scenes", count=Counts(train=6, validation=1, test=1)).for_task("detection").load().parts["train"]
    )
    mosaic = [{"type": "Mosaic", "except_last_epochs": 1}, {"type": "RandomZoom", "height_factor": 0.4}]
    file = architecture((64, 64, 1), data=data(*mosaic), training={"epochs": 2}, label="boxes")
    given = batches(part, file, 6, training=True, budget=budget)
    ((_, mixed),) = given
    ((_, plain),) = given
    assert mixed.shape[2] == plain.shape[2] == 5
    for rows in (mixed.numpy(), plain.numpy()):
        there = rows[..., 4] >= 0
        assert there.any()
        assert (rows[there][:, :4] >= 0).all()
        assert (rows[there][:, :4] <= 64).all()
    assert given.element_spec[1].shape[2] == 5
