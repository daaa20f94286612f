"""Losses and metrics: Keras's own fields and defaults, checked against Keras itself."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from pydantic import ValidationError

from cnnkeras.spec.losses import LOSS_ALIASES, LOSSES
from cnnkeras.spec.metrics import METRIC_ALIASES, METRICS
from cnnkeras.spec.training import TrainingSection

# What the data and the network settle, and what a file of one network does not need.
SETTLED = {"self", "name", "dtype", "reduction", "from_logits", "num_labels", "label_weights", "num_classes"}
SETTLED |= {"sparse_y_true", "sparse_y_pred"}
NEEDED: dict[str, dict[str, Any]] = {"IoU": {"target_class_ids": (1,)}}
# Keras takes a list of thresholds too, and gives one figure each; history.csv holds one figure a column.
# A metric measures the labels as they are; smoothing them is the loss's affair.
ELSEWHERE = {"AUC": {"thresholds"}, "CategoricalCrossentropy": {"label_smoothing"}}
# Keras's default is one figure a class.
OTHER_DEFAULTS = {"F1Score": {"average": "macro"}, "FBetaScore": {"average": "macro"}}


def expected(name: str, described: Any) -> dict[str, Any]:
    parameters = inspect.signature(described).parameters
    # Of most losses it is the axis of the classes, which is the last; of regions, the axes that are counted together.
    settled = SETTLED if name in ("Dice", "Tversky") else SETTLED | {"axis"}
    return {key: value.default for key, value in parameters.items() if key not in settled}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_has_the_fields_and_defaults_of_keras(name: str) -> None:
    """Numbers copied from a Keras script would train something else."""
    import keras

    loss = LOSSES[name].model_validate({"type": name})
    # Keras has the weights of classes as an argument of `fit`.
    assert loss.model_dump(exclude={"type", "class_weights"}) == expected(name, getattr(keras.losses, name))


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_has_the_fields_and_defaults_of_keras(name: str) -> None:
    """A figure would mean something else than its name says."""
    import keras

    metric = METRICS[name].model_validate({"type": name, **NEEDED.get(name, {})})
    values = expected(name, getattr(keras.metrics, name)) | OTHER_DEFAULTS.get(name, {}) | NEEDED.get(name, {})
    kept = {key: value for key, value in values.items() if key not in ELSEWHERE.get(name, set())}
    assert metric.model_dump(exclude={"type", "name"}) == kept


def test_every_alias_means_something() -> None:
    """A short name would be accepted and lead nowhere."""
    assert set(LOSS_ALIASES.values()) <= set(LOSSES)
    assert set(METRIC_ALIASES.values()) <= set(METRICS)


@pytest.mark.parametrize("spelling", ["top_k_categorical_accuracy", "SparseTopKCategoricalAccuracy", "f1_score", "mse"])
def test_keras_s_spellings_are_accepted(spelling: str) -> None:
    """A name from Keras's documentation would be refused."""
    assert TrainingSection.model_validate({"metrics": (spelling,)}).metrics


@pytest.mark.parametrize(
    ("loss", "place", "message"),
    [
        (
            {"type": "Sum", "losses": ("dice",), "weights": (1, 2)},
            (),
            "the losses that are added are 1, and the weights 2; give each loss one",
        ),
        ({"type": "Sum", "losses": ()}, (), "a sum needs at least one loss"),
        ({"type": "Sum", "losses": ("dice", "dise")}, ("losses", 1), 'there is no loss "dise"'),
        (
            {"type": "Sum", "losses": ({"type": "Sum", "losses": ("dice",)},)},
            ("losses", 0, "type"),
            'there is no loss "Sum"',
        ),
        ({"type": "Dice", "axis": (1, 1)}, ("axis",), "an axis is named twice"),
        ({"type": "Tversky", "axis": (1, 4)}, ("axis", 1), "Input should be less than or equal to 3"),
        (
            {"type": "BinaryCrossentropy", "class_weights": (1.0, -1.0)},
            ("class_weights", 1),
            "Input should be greater than or equal to 0",
        ),
    ],
)
def test_what_is_wrong_with_a_sum_or_weights(loss: Any, place: tuple[Any, ...], message: str) -> None:
    """A network would be trained by another loss than was meant."""
    with pytest.raises(ValidationError) as caught:
        TrainingSection.model_validate({"loss": loss})
    assert [(error["loc"], error["msg"]) for error in caught.value.errors()] == [(("loss", *place), message)]


def test_mistakes_name_their_place_and_their_cure() -> None:
    """A typing mistake would be found by Keras after the data is loaded."""
    wrong = {
        "loss": "categorical_crossentropi",
        "metrics": ("accuracy", {"type": "Precison"}, {"type": "AUC", "curve": "R"}),
    }
    with pytest.raises(ValidationError) as caught:
        TrainingSection.model_validate(wrong)
    found = [(error["loc"], error["msg"], error.get("ctx", {}).get("hint")) for error in caught.value.errors()]
    assert found == [
        (("loss",), 'there is no loss "categorical_crossentropi"', 'did you mean "CategoricalCrossentropy"?'),
        (("metrics", 1, "type"), 'there is no metric "Precison"', 'did you mean "Precision"?'),
        (("metrics", 2, "curve"), "Input should be 'ROC' or 'PR'", None),
    ]
