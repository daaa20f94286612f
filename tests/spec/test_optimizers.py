"""Optimizers and schedules: Keras's own fields and defaults, checked against Keras itself."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from pydantic import ValidationError

from cnnkeras.spec.optimizers import OPTIMIZERS
from cnnkeras.spec.schedules import SCHEDULES, Schedule
from cnnkeras.spec.training import TrainingSection

LEFT_OUT = {"self", "name", "kwargs"}
# What a schedule needs, one value each.
SHORTEST: dict[str, dict[str, Any]] = {
    "CosineDecay": {"initial_learning_rate": 0.1},
    "CosineDecayRestarts": {"initial_learning_rate": 0.1},
    "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_rate": 0.5},
    "InverseTimeDecay": {"initial_learning_rate": 0.1, "decay_rate": 0.5},
    "PiecewiseConstantDecay": {"boundaries": (2, 4), "values": (0.1, 0.01, 0.001)},
    "PolynomialDecay": {"initial_learning_rate": 0.1},
}


def schedule(name: str, **fields: Any) -> Schedule:
    return SCHEDULES[name].model_validate({"type": name, **SHORTEST[name], **fields})


def findings(**section: Any) -> list[tuple[tuple[int | str, ...], str, str | None]]:
    with pytest.raises(ValidationError) as caught:
        TrainingSection.model_validate(section)
    return [(error["loc"], error["msg"], error.get("ctx", {}).get("hint")) for error in caught.value.errors()]


def defaults(function: Any) -> dict[str, Any]:
    parameters = inspect.signature(function).parameters
    return {name: parameter.default for name, parameter in parameters.items() if name not in LEFT_OUT}


def named(value: Any) -> Any:
    return None if value == () else value  # Keras has None for an empty list


# A method in Keras, not an argument.
OURS = ("type", "exclude_from_weight_decay")


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_has_the_fields_and_defaults_of_keras(name: str) -> None:
    """Numbers copied from a Keras script would train something else."""
    import keras

    fields = OPTIMIZERS[name].model_validate({"type": name})
    ours = {field: named(getattr(fields, field)) for field in OPTIMIZERS[name].model_fields if field not in OURS}
    assert ours == defaults(getattr(keras.optimizers, name))


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_has_the_fields_and_defaults_of_keras(name: str) -> None:
    """Numbers copied from a Keras script would decay otherwise."""
    import keras

    fields = SCHEDULES[name].model_fields
    ours = {field: member.default for field, member in fields.items() if field not in {"type", "unit"}}
    theirs = defaults(getattr(keras.optimizers.schedules, name))
    assert ours.keys() == theirs.keys()
    optional = {field: value for field, value in theirs.items() if value is not inspect.Parameter.empty}
    assert {field: ours[field] for field in optional} == optional


def test_every_optimizer_of_keras_is_there() -> None:
    """An optimizer would be missing and nobody would know why."""
    import keras

    others = {"Optimizer", "LossScaleOptimizer", "MultiOptimizer", "OptimizerMap"}
    classes = {name for name, value in vars(keras.optimizers).items() if inspect.isclass(value)}
    assert classes - others == set(OPTIMIZERS)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_without_length_takes_the_whole_training(name: str) -> None:
    """A schedule would need its steps counted by hand, and again after every change of the batch size."""
    resolved = schedule(name).in_steps(steps_per_epoch=100, epochs=5)
    if resolved.whole:
        assert getattr(resolved, resolved.whole) == 500


def test_a_warm_up_comes_out_of_the_whole_training() -> None:
    """A schedule with a warm-up would end in the middle of its wave."""
    resolved = schedule("CosineDecay", warmup_target=0.2, warmup_steps=1, unit="epochs").in_steps(100, 5)
    assert resolved.to_keras() == {
        "class_name": "CosineDecay",
        "config": {
            "initial_learning_rate": 0.1,
            "decay_steps": 400,
            "alpha": 0.0,
            "warmup_target": 0.2,
            "warmup_steps": 100,
        },
    }


def test_a_schedule_counted_in_epochs_becomes_one_in_steps() -> None:
    """Boundaries at epochs 91 and 137, as the residual nets' paper has them, would be steps 91 and 137."""
    resolved = schedule("PiecewiseConstantDecay", unit="epochs").in_steps(100, 5)
    assert resolved.model_dump()["boundaries"] == (200, 400)
    assert resolved.in_steps(100, 5) == resolved


def test_a_name_alone_is_the_optimizer_with_its_defaults() -> None:
    """`"optimizer": "adamw"`, as Keras takes it, would be refused."""
    for spelling in ("adamw", "AdamW", {"type": "adamw"}):
        assert TrainingSection.model_validate({"optimizer": spelling}).optimizer.type == "AdamW"


def test_mistakes_name_their_place_and_their_cure() -> None:
    """A typing mistake would be answered by fourteen classes' complaints."""
    cosine = {"type": "CosineDecay", "initial_learning_rate": 0.1, "warmup_steps": 10}
    learning_rate = 'must be a number above 0, or a schedule such as {"type": "CosineDecay", …}'
    optimizer = 'must be an optimizer: a name such as "Adam", or an object such as {"type": "Adam"}'
    assert findings(optimizer="adem") == [(("optimizer",), 'there is no optimizer "adem"', 'did you mean "Adam"?')]
    assert findings(optimizer=3) == [(("optimizer",), optimizer, None)]
    assert findings(optimizer={"learning_rate": 1}) == [(("optimizer",), optimizer, 'name it: {"type": "Adam", …}')]
    assert findings(optimizer={"type": "Adamm"}) == [
        (("optimizer", "type"), 'there is no optimizer "Adamm"', 'did you mean "Adam"?')
    ]
    for wrong in (0, -1, True, "0.1", float("nan"), float("inf")):
        found = findings(optimizer={"type": "Adam", "learning_rate": wrong})
        assert found == [(("optimizer", "learning_rate"), learning_rate, None)]
    assert findings(optimizer={"type": "Adam", "learning_rate": cosine}) == [
        (("optimizer", "learning_rate"), "warmup_target and warmup_steps need each other; only one is given", None)
    ]
    assert findings(optimizer={"type": "SGD", "clipnorm": 1, "clipvalue": 1}) == [
        (("optimizer",), "takes one of clipnorm, clipvalue and global_clipnorm, and has clipnorm and clipvalue", None)
    ]


def test_boundaries_that_do_not_fit_are_told() -> None:
    """The training would break after its first boundary."""
    pieces = {"type": "PiecewiseConstantDecay", "boundaries": (5, 3), "values": (1, 2, 3)}
    place = ("optimizer", "learning_rate")
    assert findings(optimizer={"type": "SGD", "learning_rate": pieces}) == [(place, "boundaries must grow", None)]
    pieces = {"type": "PiecewiseConstantDecay", "boundaries": (5,), "values": (1, 2, 3)}
    message = "1 boundaries make 2 pieces, and values has 3"
    assert findings(optimizer={"type": "SGD", "learning_rate": pieces}) == [(place, message, None)]


def test_two_hands_on_the_learning_rate_are_refused() -> None:
    """Keras would fail at the first plateau, hours into the training."""
    optimizer = {"type": "SGD", "learning_rate": {"type": "CosineDecay", "initial_learning_rate": 0.1}}
    assert findings(optimizer=optimizer, reduce_learning_rate={}) == [
        ((), "reduce_learning_rate can't change a learning rate that follows CosineDecay", "use one of the two")
    ]


def test_the_json_schema_holds_every_optimizer_once() -> None:
    """An editor could not complete an optimizer's fields, or the schema would weigh a megabyte."""
    schema = TrainingSection.model_json_schema()
    assert set(OPTIMIZERS) | set(SCHEDULES) <= set(schema["$defs"])
    assert {"$ref": "#/$defs/Adam"} in schema["properties"]["optimizer"]["anyOf"][1]["anyOf"]
