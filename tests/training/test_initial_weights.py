"""A training that begins with the weights of another one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkeras.errors import UserError
from cnnkeras.training.initial_weights import build_to_train, take_initial_weights
from cnnkeras.training.setup import prepare
from tests.training.conftest import LAYERS, Experiment, Make


def begun(make: Make, place: Any, layers: Any = None, **training: Any) -> tuple[Any, str | None]:
    experiment = make(layers, initial_weights=str(place), **training)
    return built(experiment)


def built(experiment: Experiment, begins: bool = True) -> tuple[Any, str | None]:
    return build_to_train(experiment.architecture, prepare(experiment.architecture, 90), begins)


def test_layers_of_the_same_name_and_shapes_take_the_weights(make: Make) -> None:
    """Who has a hundred pictures could not begin with what thousands have taught."""
    first = make(epochs=1)
    run = first.create_run()
    trained, _ = first.train(run)
    model, said = begun(make, run.path, seed=7)
    assert said == f"2 of 2 layers from {run.path}/model.keras"
    for one, other in zip(model.get_weights(), trained.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    # The folder above means its newest run, and a layer of other shapes begins anew.
    wider = [{**LAYERS[0], "filters": 5}, *LAYERS[1:]]
    with pytest.raises(UserError, match="no layer has the name and the shapes of one in"):
        begun(make, run.path.parent, wider)
    added = {"type": "Conv2D", "filters": 4, "kernel_size": 3, "padding": "same", "name": "added"}
    more = [LAYERS[0], added, *LAYERS[1:]]
    model, said = begun(make, run.path.parent, more)
    assert said == f"2 of 3 layers from {run.path}/model.keras; anew: added"
    # One that goes on has its checkpoints, and the other run may be gone.
    experiment = make(initial_weights="nowhere")
    assert built(experiment, begins=False)[1] is None


def test_weights_that_are_not_there_are_told(make: Make, tmp_path: Any) -> None:
    """A mistyped folder would train from noise, or end in a traceback."""
    (tmp_path / "broken.keras").write_bytes(b"hello")
    for place, text in (
        (tmp_path / "nowhere", "nowhere is not there"),
        (tmp_path / "no.keras", "no.keras is not there"),
        (tmp_path, f"there is no model.keras in {tmp_path}"),
        (tmp_path / "broken.keras", "broken.keras can't be read: "),
    ):
        with pytest.raises(UserError, match=r"error\[training\]: ") as caught:
            begun(make, place)
        assert text in str(caught.value)


def test_without_the_field_nothing_is_taken(make: Make) -> None:
    """Every network would be said to begin with something."""
    experiment = make()
    model, said = built(experiment)
    assert said is None
    assert take_initial_weights(model, experiment.architecture) is None
