"""What the tasks find wrong before anything runs, word for word."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from cnnkeras.layers.base import LayerProblem
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks import TASKS
from tests.tasks.conftest import Write, convolution, dense, task_of


def problem(task: str, shape: tuple[int | None, ...], classes: int | None) -> tuple[str, str | None, str | None] | None:
    found: LayerProblem | None = TASKS[task].check_output(shape, classes)
    return found and (found.message, found.hint, found.field)


@pytest.mark.parametrize(
    ("task", "shape", "classes"),
    [
        ("classification", (10,), 10),
        ("classification", (1,), 2),
        ("classification", (7,), None),
        ("classification", (None,), 10),
        ("segmentation", (8, 8, 3), 3),
        ("segmentation", (None, None, 1), 2),
    ],
)
def test_a_fitting_head_is_accepted(task: str, shape: tuple[int | None, ...], classes: int | None) -> None:
    """A good file would be refused."""
    assert problem(task, shape, classes) is None


def test_a_head_that_does_not_fit_is_told_with_its_cure() -> None:
    """Keras would fail at the first step, with shapes and no layer's name."""
    assert problem("classification", (4, 4, 10), 10) == (
        "the output is 4×4×10, and classification needs a vector with one number a class",
        "end with GlobalAveragePooling2D or Flatten, and a Dense layer with softmax",
        None,
    )
    assert problem("classification", (12,), 10) == (
        "the output has 12 units, and the data has 10 classes",
        'use "units": "num_classes"',
        "units",
    )
    assert problem("classification", (3,), 1) == (
        "the data has one class, and nothing can be told apart",
        "look at it: python run.py data FILE",
        None,
    )
    assert problem("segmentation", (10,), 10) == (
        "the output is 10, and segmentation needs a map with one channel a class",
        "end with a convolution, 1×1 with softmax, and leave Flatten and global pooling out",
        None,
    )
    assert problem("segmentation", (8, 8, 4), 3) == (
        "the output has 4 filters, and the data has 3 classes",
        'use "filters": "num_classes"',
        "filters",
    )


def findings(architecture: Architecture) -> list[tuple[str, str, str | None]]:
    return [(each.path, each.message, each.hint) for each in task_of(architecture).check_training(architecture)]


def test_parts_of_a_batch_that_a_layer_looks_at_whole_are_refused(write: Write) -> None:
    """Each part would be normalized by itself, or a penalty be counted twice."""
    hint = 'leave it out: "auto" takes such a batch whole'
    normalization = {"type": "BatchNormalization", "axis": 1}
    said = "training: batch_parts divides the batch, and layers[1] BatchNormalization looks at the whole of it"
    assert findings(write(normalization, dense(), training={"batch_parts": 2})) == [
        ("training.batch_parts", said, hint)
    ]
    assert findings(write(normalization, dense(), training={"batch_parts": 1})) == []
    assert findings(write({"type": "BatchNormalization"}, dense(), training={"batch_parts": 2})) == []
    assert findings(write(dense(), training={"batch_parts": 2})) == []
    # What leads to no output is not in the network.
    first = {"type": "Flatten", "name": "flat"}
    aside = {**normalization, "inputs": ["flat"]}
    assert findings(write(first, aside, {**dense(), "inputs": ["flat"]}, training={"batch_parts": 2})) == []


def test_a_fitting_training_section_is_accepted(write: Write) -> None:
    """A good file would be refused."""
    metrics: list[Any] = ["accuracy", "f1_score", {"type": "TopKCategoricalAccuracy", "k": 2}, "mean_iou"]
    training = {"loss": "mse", "metrics": metrics, "monitor": "val_mean_iou", "early_stopping": {}, "loss_weights": [1]}
    assert findings(write(dense(), training=training)) == []
    assert findings(write(convolution(), task="segmentation", training={"monitor": "mean_iou"})) == []
    assert findings(write(dense(25), classes=25, training={"monitor": "top_k_categorical_accuracy"})) == []


def test_one_unit_needs_a_loss_and_an_activation_of_its_own(write: Write) -> None:
    """The loss would be 0 and the accuracy one half, for ever."""
    architecture = write(dense(1), classes=2, training={"loss": "categorical_crossentropy"})
    assert findings(architecture) == [
        (
            "training.loss",
            'training: CategoricalCrossentropy compares classes, and the output "dense_1" has one unit',
            'use "binary_crossentropy", or one unit a class',
        ),
        (
            "training",
            'training: softmax over the one unit of "dense_1" is always 1',
            'use "sigmoid", or one unit a class',
        ),
    ]


def test_weights_columns_classes_and_monitors_are_checked(write: Write) -> None:
    """Each would be found by Keras after the data is loaded, or by nobody."""
    training = {
        "loss_weights": [1, 2],
        "metrics": [
            "accuracy",
            {"type": "Precision", "name": "accuracy"},
            {"type": "Recall", "class_id": 3},
            {"type": "TopKCategoricalAccuracy", "k": 3},
        ],
        "monitor": "val_acuracy",
        "early_stopping": {"monitor": "precision"},
    }
    assert findings(write(dense(), training=training)) == [
        (
            "training.loss_weights",
            "training: loss_weights has 2, and the network has 1 output",
            "give one for each of dense_1",
        ),
        (
            "training.metrics[1]",
            'training: two columns of the history are called "accuracy"',
            'give this one a "name" of its own',
        ),
        (
            "training.metrics[2]",
            "training: Recall looks at class 3, and the data has 3 classes",
            "classes count from 0 to 2",
        ),
        (
            "training.metrics[3]",
            "training: one of the 3 likeliest of 3 classes is always the right one",
            "use at most 2",
        ),
        ("training.monitor", 'training: the history has no column "val_acuracy"', 'did you mean "val_accuracy"?'),
        (
            "training.early_stopping.monitor",
            'training: the history has no column "precision"',
            'use one of "val_loss", "val_accuracy", "val_recall", "val_top_k_categorical_accuracy", "loss", '
            '"accuracy", "recall", "top_k_categorical_accuracy"',
        ),
    ]


def test_the_tasks_need_no_tensorflow_to_check() -> None:
    """`check` would take seconds."""
    script = "import sys, cnnkeras.tasks; sys.exit(any(m in sys.modules for m in ('tensorflow', 'keras', 'pandas')))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_losses_inside_a_sum_are_looked_at(write: Write) -> None:
    """A sum would hide a loss that doesn't fit, or weights of other classes."""
    parts = ["dice", {"type": "SparseCategoricalCrossentropy", "class_weights": [1, 2]}]
    training = {"loss": {"type": "Sum", "losses": parts}}
    assert findings(write(dense(), training=training)) == [
        (
            "training.loss.losses[1].class_weights",
            "training: SparseCategoricalCrossentropy weighs 2 classes, and the data has 3",
            "give a number for each class, in the order of the classes",
        )
    ]


@pytest.mark.parametrize(
    ("task", "layer", "axis", "message", "hint"),
    [
        (
            "classification",
            dense(),
            2,
            "training: Dice counts along axis 2, and an output of classification has 2 axes",
            "axes count from 0 to 1: the batch and the classes",
        ),
        ("segmentation", convolution(), 3, None, None),
    ],
)
def test_axes_that_are_not_there(
    write: Write, task: str, layer: dict[str, Any], axis: int, message: str | None, hint: str | None
) -> None:
    """The first step of training would end in a traceback."""
    training = {"loss": {"type": "Sum", "losses": ["KLDivergence", {"type": "Dice", "axis": [0, axis]}]}}
    expected = [("training.loss.losses[1].axis", message, hint)] if message else []
    assert findings(write(layer, task=task, training=training)) == expected


def test_what_is_said_of_boxes_says_nothing_of_masks(write: Write) -> None:
    """A threshold of boxes would be set, and nothing follow it."""
    architecture = write(convolution(), task="segmentation", prediction={"score_threshold": 0.5, "smallest_object": 9})
    assert findings(architecture) == [
        (
            "prediction.score_threshold",
            'prediction: "score_threshold" says nothing in segmentation',
            "what it takes: smallest_object",
        )
    ]


@pytest.mark.parametrize(
    ("task", "sections", "message", "hint"),
    [
        ("detection", {}, "data: boxes have no weights by class", 'use "resample"'),
        (
            "segmentation",
            {"training": {"loss": "dice"}},
            "data: Dice is one figure for all classes, and can't weigh them",
            'use a crossentropy, or give "class_weights" to those in a sum',
        ),
    ],
)
def test_classes_that_can_not_be_balanced(
    write: Write, task: str, sections: dict[str, Any], message: str, hint: str
) -> None:
    """Rare classes would count as before, and nobody would know."""
    data = {"source": "counted", "num_classes": 3, "balance": "weights"}
    layers = [{"type": "Reshape", "target_shape": [64, 1]}] if task == "detection" else [convolution()]
    assert ("data.balance", message, hint) in findings(write(*layers, task=task, **sections | {"data": data}))


def test_tiles_are_not_resampled(write: Write) -> None:
    """The order of the pictures would be taken for that of their tiles."""
    sections = {
        "data": {"source": "counted", "num_classes": 3, "balance": "resample"},
        "input": {"shape": [8, 8, 1], "resize": "tile"},
    }
    message = "data: tiles come from every picture alike, and are not resampled"
    assert ("data.balance", message, 'use "weights"') in findings(write(convolution(), task="segmentation", **sections))
