"""What must hold for every detector: any number of boxes, any side, any precision, resumed, on replicas, served."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from cnnkeras.datasets.pipeline import batches
from cnnkeras.model.builder import build_model
from cnnkeras.serving.endpoints import SERVING_DEFAULT, Endpoints
from tests.contracts.squares import HEADS, NAMES, PRECISIONS, make, part_of, picture
from tests.training.test_trainer import Stop, StopAfter

ROOT = Path(__file__).resolve().parents[2]
AVERAGED = {"type": "AdamW", "use_ema": True, "ema_momentum": 0.9}


@pytest.mark.parametrize("head", ["anchor-free", "grid"])
def test_it_learns_and_is_saved(tmp_path: Path, head: str) -> None:
    """A head would be checked, built and trained, and find nothing ever; or model.keras be another network."""
    experiment = make(tmp_path, HEADS[head], epochs=15, optimizer={"type": "Adam", "learning_rate": 0.01})
    run = experiment.create_run()
    model, trained = experiment.train(run)
    assert trained.monitor == "val_map"
    assert trained.history[-1]["loss"] < 0.8 * trained.history[0]["loss"]
    assert max(row["val_map_50"] for row in trained.history) > trained.history[0]["val_map_50"]
    found = experiment.evaluate(model, "train")
    # Class 0 is one like any other.
    assert found.table["map_50"].min() > 0
    saved = experiment.evaluate(keras.models.load_model(run.model), "train")
    assert saved.metrics == pytest.approx(found.metrics, rel=1e-5)


@pytest.mark.parametrize("head", ["anchor-free", "grid"])
def test_any_number_of_boxes(tmp_path: Path, head: str) -> None:
    """A part with an empty picture, or one of hundreds of boxes, would make the loss no number, or fail."""
    random = np.random.default_rng(0)
    crowded = [picture(random, (64, 64), count) for count in (0, 1, 300, 0, 2)]
    empty = [picture(random, (40, 20), 0) for _ in range(3)]
    experiment = make(
        tmp_path,
        HEADS[head],
        {name: part_of(name, crowded if name == "train" else empty) for name in ("train", "test")},
    )
    model = build_model(experiment.architecture)
    loss = experiment.task.loss(experiment.architecture)
    for images, labels in batches(experiment.data.parts["train"], experiment.architecture, 5, False):
        assert labels.shape == (5, 300, 5)
        assert np.isfinite(loss(labels, model(images)))
    assert 0 <= experiment.evaluate(model, "train").metrics["map"] <= 1
    nothing = experiment.evaluate(model).metrics
    assert np.isfinite(nothing["loss"])
    assert (nothing["map"], nothing["recall"]) == (0, 0)


@pytest.mark.parametrize("shape", [(35, 50), (64, 24)])
def test_any_side_and_tiny_pictures(tmp_path: Path, shape: tuple[int, int]) -> None:
    """Only pictures, and inputs, of some sizes could be trained on and served."""
    random = np.random.default_rng(0)
    tiny = [picture(random, size, 1) for size in ((1, 1), (3, 9), (20, 4), (90, 31))]
    parts = {name: part_of(name, tiny) for name in ("train", "validation", "test")}
    experiment = make(tmp_path, HEADS["padded"], parts, shape, epochs=1)
    model, _ = experiment.train(experiment.create_run())
    assert np.isfinite(experiment.evaluate(model).metrics["loss"])
    endpoints = Endpoints(model, experiment.architecture, experiment.task, NAMES)
    for image, _, _ in tiny:
        answer = endpoints.functions()[SERVING_DEFAULT][0](keras.ops.convert_to_tensor(image[None], "float32"))
        assert (np.asarray(answer["boxes"])[0] <= [image.shape[1], image.shape[0]] * 2).all()


def test_stopped_and_resumed_in_any_precision(tmp_path: Path) -> None:
    """Half the bits, or an interruption, would change what is learned."""
    losses = {}
    for precision in PRECISIONS:
        experiment = make(tmp_path, epochs=2, precision=precision, optimizer=AVERAGED)
        whole, uninterrupted = experiment.train(experiment.create_run())
        run = experiment.create_run()
        with pytest.raises(Stop):
            experiment.train(run, StopAfter(1))
        resumed, trained = experiment.train(run)
        assert trained.best_epoch == uninterrupted.best_epoch
        for before, after in zip(uninterrupted.history, trained.history, strict=True):
            for name in ("loss", "val_loss", "val_map", "val_map_50"):
                assert after[name] == pytest.approx(before[name], rel=1e-5, abs=1e-6), (precision, name)
        for one, other in zip(whole.get_weights(), resumed.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
        losses[precision] = [row["loss"] for row in trained.history]
    for precision in PRECISIONS:
        assert losses[precision] == pytest.approx(losses["float32"], rel=0.02), precision


@pytest.mark.parametrize("precision", PRECISIONS)
def test_two_replicas_train_as_one(tmp_path: Path, precision: str) -> None:
    """A second device would change what is learned, as with KerasCV's detector, whose loss doubles."""
    command = [sys.executable, "-m", "tests.contracts.squares", str(tmp_path), precision]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "-1"}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-2000:]
    one, two = json.loads(result.stdout.splitlines()[-1])
    np.testing.assert_allclose(two, one, rtol=1e-4 if precision == "float32" else 1e-3)
