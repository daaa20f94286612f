"""What of the training section doesn't fit the task, the network or the data, found before anything runs."""

from __future__ import annotations

from collections.abc import Iterator

from cnnkeras.errors import Diagnostic, suggest
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.losses import AnyLoss, RegionLoss, Sum, WeighedLoss
from cnnkeras.spec.prediction import PredictionSection
from cnnkeras.tasks.heads import activation, units_of
from cnnkeras.tasks.task import TrainableTask

# Losses that compare classes with each other, and so need at least two units.
_AMONG_CLASSES = (
    "SparseCategoricalCrossentropy", "CategoricalCrossentropy", "CategoricalFocalCrossentropy", "CategoricalHinge",
    "CategoricalGeneralizedCrossEntropy", "KLDivergence", "CosineSimilarity",
)  # fmt: skip

# Losses that are one figure for a whole batch.
_WITHOUT_WEIGHTS = ("Dice", "Tversky", "Sum")

Problem = tuple[tuple[str | int, ...], str, str | None]


def check_training(task: TrainableTask, architecture: Architecture) -> list[Diagnostic]:
    """Give every finding, in the order of the checks."""
    problems = (
        *_names(task, architecture),
        *_single_unit(architecture),
        *_class_weights(architecture),
        *_axes(task, architecture),
        *_loss_weights(architecture),
        *_columns(architecture),
        *_classes(architecture),
        *_monitors(task, architecture),
        *_batch_parts(architecture),
    )
    found = [
        architecture.document.diagnostic("training", ("training", *place), f"training: {message}", hint)
        for place, message, hint in problems
    ]
    return [*found, *_prediction(task, architecture), *_balance(task, architecture)]


def _balance(task: TrainableTask, architecture: Architecture) -> Iterator[Diagnostic]:
    balance, loss = architecture.data and architecture.data.balance, architecture.training.loss
    found: tuple[str, str] | None = None
    if balance == "weights" and task.label == "boxes":
        found = "boxes have no weights by class", 'use "resample"'
    elif balance == "weights" and loss is not None and loss.type in _WITHOUT_WEIGHTS:
        hint = 'use a crossentropy, or give "class_weights" to those in a sum'
        found = f"{loss.type} is one figure for all classes, and can't weigh them", hint
    elif balance == "resample" and architecture.input.resize == "tile":
        found = "tiles come from every picture alike, and are not resampled", 'use "weights"'
    if found:
        yield architecture.document.diagnostic("value", ("data", "balance"), f"data: {found[0]}", found[1])


# What of the prediction section each kind of answer takes.
_PREDICTIONS = {
    "class": (),
    "mask": ("smallest_object",),
    "boxes": ("score_threshold", "iou_threshold", "max_detections"),
}


def _prediction(task: TrainableTask, architecture: Architecture) -> Iterator[Diagnostic]:
    section = architecture.resolved.get("prediction", {})
    report = architecture.document.diagnostic
    if section and not _PREDICTIONS[task.label]:
        message = f"prediction: it is about boxes and objects, and {task.name} answers without any"
        yield report("value", ("prediction",), message, "leave it out")
        return
    for key in section if isinstance(section, dict) else ():
        if key in PredictionSection.model_fields and key not in _PREDICTIONS[task.label]:
            message = f'prediction: "{key}" says nothing in {task.name}'
            yield report("value", ("prediction", key), message, f"what it takes: {', '.join(_PREDICTIONS[task.label])}")


def _names(task: TrainableTask, architecture: Architecture) -> Iterator[Problem]:
    training = architecture.training
    if training.loss is not None and training.loss.type not in task.losses:
        hint = suggest(training.loss.type, task.losses)
        yield ("loss",), f"{training.loss.type} is no loss for {task.name}", hint
    for index, metric in enumerate(training.metrics or ()):
        if metric.type not in task.metrics:
            yield ("metrics", index), f"{metric.type} is no metric for {task.name}", suggest(metric.type, task.metrics)


def _single_unit(architecture: Architecture) -> Iterator[Problem]:
    loss = architecture.training.loss
    # Of data with one class it is told that it has one.
    for output in architecture.outputs if architecture.num_classes != 1 else ():
        if units_of(architecture, output) != 1:
            continue
        for place, part in _loss_parts(loss):
            if part.type in _AMONG_CLASSES:
                message = f'{part.type} compares classes, and the output "{output}" has one unit'
                yield place, message, 'use "binary_crossentropy", or one unit a class'
        if activation(architecture, output) == "softmax":
            message = f'softmax over the one unit of "{output}" is always 1'
            yield (), message, 'use "sigmoid", or one unit a class'


def _loss_parts(loss: AnyLoss | None) -> Iterator[tuple[tuple[str | int, ...], AnyLoss]]:
    """Give each loss that is named, with its place."""
    if isinstance(loss, Sum):
        yield from ((("loss", "losses", index), part) for index, part in enumerate(loss.losses))
    elif loss is not None:
        yield ("loss",), loss


def _class_weights(architecture: Architecture) -> Iterator[Problem]:
    classes = architecture.num_classes
    for place, part in _loss_parts(architecture.training.loss):
        weights = part.class_weights if isinstance(part, WeighedLoss) else None
        if weights is not None and classes is not None and len(weights) != classes:
            message = f"{part.type} weighs {len(weights)} classes, and the data has {classes}"
            yield (*place, "class_weights"), message, "give a number for each class, in the order of the classes"
        elif weights and not any(weights):
            message = f"{part.type} weighs every class with 0, and nothing would be learned"
            yield (*place, "class_weights"), message, "give at least one class a weight above 0"


def _axes(task: TrainableTask, architecture: Architecture) -> Iterator[Problem]:
    axes = 4 if task.label == "mask" else 2
    for place, part in _loss_parts(architecture.training.loss):
        axis = (isinstance(part, RegionLoss) and part.axis) or ()
        if any(number >= axes for number in axis):
            message = f"{part.type} counts along axis {max(axis)}, and an output of {task.name} has {axes} axes"
            names = "the batch, height, width and the classes" if axes == 4 else "the batch and the classes"
            yield (*place, "axis"), message, f"axes count from 0 to {axes - 1}: {names}"


def _loss_weights(architecture: Architecture) -> Iterator[Problem]:
    weights, outputs = architecture.training.loss_weights, architecture.outputs
    if weights is not None and len(weights) != len(outputs):
        count = "1 output" if len(outputs) == 1 else f"{len(outputs)} outputs"
        message = f"loss_weights has {len(weights)}, and the network has {count}"
        yield ("loss_weights",), message, f"give one for each of {', '.join(outputs)}"


def _columns(architecture: Architecture) -> Iterator[Problem]:
    columns: set[str] = set()
    for index, metric in enumerate(architecture.training.metrics or ()):
        if metric.column in columns | {"loss"}:
            message = f'two columns of the history are called "{metric.column}"'
            yield ("metrics", index), message, 'give this one a "name" of its own'
        columns.add(metric.column)


def _classes(architecture: Architecture) -> Iterator[Problem]:
    classes = architecture.num_classes
    if classes is None:
        return
    for index, metric in enumerate(architecture.training.metrics or ()):
        chosen = getattr(metric, "target_class_ids", None) or (getattr(metric, "class_id", None),)
        if any(number is not None and number >= classes for number in chosen):
            message = f"{metric.type} looks at class {max(chosen)}, and the data has {classes} classes"
            yield ("metrics", index), message, f"classes count from 0 to {classes - 1}"
        top = getattr(metric, "k", None) or getattr(metric, "top_k", None)
        if top is not None and top >= classes:
            message = f"one of the {top} likeliest of {classes} classes is always the right one"
            yield ("metrics", index), message, f"use at most {classes - 1}"


def _monitors(task: TrainableTask, architecture: Architecture) -> Iterator[Problem]:
    training = architecture.training
    columns = history_columns(task, architecture)
    sections = {"early_stopping": training.early_stopping, "reduce_learning_rate": training.reduce_learning_rate}
    places: list[tuple[tuple[str, ...], str | None]] = [(("monitor",), training.monitor)]
    places += [((name, "monitor"), section.monitor) for name, section in sections.items() if section is not None]
    for place, monitor in places:
        if monitor is not None and monitor not in columns:
            yield place, f'the history has no column "{monitor}"', suggest(monitor, columns)


def history_columns(task: TrainableTask, architecture: Architecture) -> tuple[str, ...]:
    """Give the figures of each epoch that can be watched, those of the validation part first."""
    metrics = architecture.training.metrics
    names = task.default_columns(architecture) if metrics is None else tuple(metric.column for metric in metrics)
    # Of several outputs Keras writes down the loss of each, and their weighted sum.
    several = architecture.outputs if len(architecture.outputs) > 1 else ()
    everywhere = dict.fromkeys(("loss", *(f"{output}_loss" for output in several), *names))
    validation = dict.fromkeys((*everywhere, *task.validation_columns(architecture)))
    return (*(f"val_{name}" for name in validation), *everywhere)


def _batch_parts(architecture: Architecture) -> Iterator[Problem]:
    joining = architecture.joining
    if joining is not None and architecture.training.batch_parts not in {"auto", 1}:
        message = f"batch_parts divides the batch, and {joining.label} looks at the whole of it"
        yield ("batch_parts",), message, 'leave it out: "auto" takes such a batch whole'
