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
            'it belongs in the optimizer: "learning_rate" (training.optimizer.learning_rate=…)',
        ),
    ]


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"training": {"epochs": "10"}}, "write 10, without quotes"),
        ({"training": {"epochs": "1.5"}}, None),
        ({"training": {"mixup": True}}, 'it is one of "augmentation" in the data section'),
        (
            {"training": {"optimizer": {"type": "Adam", "momentum": 0.9}}},
            "SGD, RMSprop and BatchNormalization have one",
        ),
        ({"training": {"loss": {"label_smoothing": 0.1}}}, 'name it: {"type": "CategoricalCrossentropy", …}'),
        ({"training": {"optimizer": {"type": "Adam", "learning_rate": "0,001"}}}, "write 0.001, with a point"),
        ({"training": {"optimizer": {"type": "Adam", "learning_rate": ".01"}}}, "write 0.01"),
        ({"training": {"epochs": "007"}}, "write 7"),
        ({"training": {"deterministic": "yes"}}, "write true"),
        ({"training": {"early_stopping": 3}}, 'write {"monitor": …, "min_delta": …, "patience": …, "mode": …, …}'),
        ({"input": {"shape": "28,28,3"}}, "write [28, 28, 3]"),
        ({"input": {"shape": "28x28x3"}}, "write [28, 28, 3]"),
        ({"input": {"shape": 28}}, "write [28, 28, 3] for colour, [28, 28, 1] for grey"),
        ({"input": {"shape": [28, 32]}}, "write [28, 32, 3] for colour, [28, 32, 1] for grey"),
        ({"input": {"shape": "28 x 32"}}, "write [28, 32, 3] for colour, [28, 32, 1] for grey"),
        ({"input": {"shape": "0,0,3"}}, None),
        ({"input": {"shape": "-28,28,3"}}, None),
        ({"input": {"shape": [28, 28, 0]}}, None),
        ({"input": {"shape": "square"}}, None),
        ({"input": {"shape": {}}}, None),
        # A thousand, or one?
        ({"training": {"batch_size": "1,000"}}, None),
        ({"training": {"epochs": "1" + 20 * "0"}}, None),
        ({"training": {"epochs": 6.0}}, "write 6"),
        ({"training": {"metrics": "accuracy"}}, 'write ["accuracy"]'),
        ({"training": {"loss": "CrossEntropy"}}, 'did you mean "CategoricalCrossentropy"?'),
        ({"training": {"precision": "bf16"}}, 'did you mean "mixed_bfloat16"?'),
        ({"training": {"optimizer": {"type": "Adam", "learning_rate": "1e999"}}}, None),
    ],
)
def test_values(load: Load, changes: dict[str, object], hint: str | None) -> None:
    """A number in quotes, or one with a comma, looks right, and nobody would see what is wrong with it."""
    layer = {"type": "Conv2D", "filters": 1, "kernel_size": 1}
    assert [found.hint for found in load(experiment(layer) | changes).diagnostics] == [hint]
