"""What a file of the detection task is told before anything runs."""

from __future__ import annotations

from typing import Any

import pytest

from cnnkeras.layers.base import LayerProblem
from cnnkeras.spec.prediction import PredictionSection
from cnnkeras.tasks import TASKS
from cnnkeras.tasks.checks import history_columns
from tests.tasks.conftest import Write, dense, task_of

ROWS = [
    {"type": "Conv2D", "filters": 8, "kernel_size": 1},
    {"type": "GridHead", "boxes": 1},
]


def problem(shape: tuple[int | None, ...], classes: int | None) -> tuple[str, str | None] | None:
    found: LayerProblem | None = TASKS["detection"].check_output(shape, classes)
    return found and (found.message, found.hint)


def test_a_fitting_head_is_accepted() -> None:
    """A good file would be refused."""
    assert problem((64, 7), 3) is None
    assert problem((None, 67), 3) is None
    assert problem((64, 5), None) is None


def test_a_head_that_does_not_fit_is_told() -> None:
    """Training would fail at its first step, with shapes and no layer's name."""
    assert problem((8, 8, 7), 3) == (
        "the output is 8×8×7, and detection needs a row for every place where a box may be",
        "end with a detection head",
    )
    assert problem((64, 6), 3) == (
        "the output has 6 numbers a place, and a box and 3 classes need more",
        "give the head the data's number of classes",
    )


def test_the_best_epoch_is_that_with_the_best_boxes(write: Write) -> None:
    """The epoch with the smallest loss would be kept, whose boxes may be worse."""
    architecture = write(*ROWS, task="detection", training={"early_stopping": {"monitor": "val_map_50"}})
    task = task_of(architecture)
    assert task.check_training(architecture) == []
    assert history_columns(task, architecture) == ("val_loss", "val_map", "val_map_50", "loss")
    assert task.default_monitor == "val_map"


@pytest.mark.parametrize(
    ("training", "expected"),
    [
        ({"monitor": "map"}, ('training: the history has no column "map"', 'did you mean "val_map"?')),
        ({"loss": "mse"}, ("training: MeanSquaredError is no loss for detection", None)),
        ({"metrics": ["accuracy"]}, ("training: Accuracy is no metric for detection", None)),
    ],
)
def test_what_does_not_fit_is_told(write: Write, training: dict[str, Any], expected: tuple[str, str | None]) -> None:
    """A user would find out after the first epoch, or never."""
    architecture = write(*ROWS, task="detection", training=training)
    assert [(each.message, each.hint) for each in task_of(architecture).check_training(architecture)] == [expected]


def test_thresholds_without_boxes_are_told(write: Write) -> None:
    """A user would set a threshold that nothing follows."""
    architecture = write(dense(), prediction={"score_threshold": 0.5})
    assert [(each.path, each.message, each.hint) for each in task_of(architecture).check_training(architecture)] == [
        (
            "prediction",
            "prediction: it is about boxes and objects, and classification answers without any",
            "leave it out",
        )
    ]


def test_thresholds_come_from_the_file(write: Write) -> None:
    """What the file says would not be what is served."""
    thresholds = {"score_threshold": 0.5, "iou_threshold": 0.6, "max_detections": 7}
    assert write(*ROWS, task="detection", prediction=thresholds).prediction == PredictionSection(**thresholds)
    assert write(*ROWS, task="detection").prediction == PredictionSection()
