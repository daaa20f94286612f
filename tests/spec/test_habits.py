"""Names from other libraries."""

import pytest

from cnnkeras.layers import LAYERS
from cnnkeras.spec import habits

from .conftest import Load, experiment


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Linear", 'did you mean "Dense"?'),
        ("keras.layers.Conv2D", 'did you mean "Conv2D"?'),
        ("nn.MaxPool2d", 'did you mean "MaxPooling2D"?'),
        ("Conv2d", 'did you mean "Conv2D"?'),
        ("Tanh", 'write {"type": "Activation", "activation": "tanh"}, or "activation": "tanh" in the layer before'),
    ],
)
def test_layers(name: str, expected: str) -> None:
    """Someone who knows PyTorch would be sent to the wrong layer."""
    assert habits.suggest_layer(name, LAYERS) == expected


def test_a_habit_is_no_layer_of_ours() -> None:
    """A layer that there is would be called something else."""
    assert not {name.casefold() for name in LAYERS} & set(habits.LAYERS)


def test_keys(load: Load) -> None:
    """Someone would look for the learning rate in the wrong section."""
    content = experiment(
        {"type": "Conv2D", "filters": 1, "kernel_size": 1, "padding": 1}, training={"learning_rate": 1}
    )
    assert [(found.path, found.hint) for found in load(content).diagnostics] == [
        ("layers[0].padding", 'write {"mode": "zeros", "amount": 1}'),
        (
            "training.learning_rate",
            'it belongs in the optimizer: "optimizer": {"type": "Adam", "learning_rate": 0.001} '
            """(command line: training.optimizer='{"type": "Adam", "learning_rate": 0.001}')""",
        ),
    ]
