from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cnnkeras.inspection import classification
from cnnkeras.inspection.figures.classes import classes
from cnnkeras.inspection.figures.confusion import confusion_matrix
from cnnkeras.inspection.figures.curves import curves
from cnnkeras.inspection.figures.feature_maps import feature_maps
from cnnkeras.inspection.figures.gallery import Exhibit, gallery
from cnnkeras.inspection.figures.kernels import kernels
from cnnkeras.inspection.figures.style import DPI, shorten, to_png
from cnnkeras.inspection.subject import Subject, as_inputs, drawn_by_lot, examples
from cnnkeras.tasks.tables import classified_pictures
from cnnkeras.tasks.task import Evaluation
from tests.inspection.conftest import Inspected
from tests.inspection.networks import CLASS_NAMES, architecture_of, data, model_of, pictures

DENSE: list[dict[str, Any]] = [{"type": "Flatten"}, {"type": "Dense", "units": 3, "activation": "softmax"}]


def size(png: bytes) -> tuple[int, int]:
    """Give width and height from a PNG's head."""
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def texts(figure: Figure) -> list[str]:
    """Give everything that is written in a figure."""
    written = [*figure.texts]
    for panel in figure.axes:
        written += [*panel.texts, *(panel.get_yticklabels() if panel.axison else [])]
    return [text.get_text() for text in written if text.get_text()]


def test_a_run_has_every_figure(inspected: Inspected) -> None:
    """A figure that the README names would be missing, empty, or too large to look at."""
    names = ["curves", "confusion_matrix", "classes", "predictions", "worst", "best", "attention"]
    names += ["kernels", "feature_maps"]
    assert inspected.files == [inspected.run.figures / f"{name}.png" for name in names]
    for file in inspected.files:
        width, height = size(file.read_bytes())
        assert 400 <= width <= 2400
        assert 200 <= height <= 2400


def history(epochs: int, **columns: Any) -> pd.DataFrame:
    """Give a training's figures."""
    epoch = np.arange(1, epochs + 1)
    values = {"loss": 1 / epoch, "val_loss": 1.1 / epoch, "accuracy": 1 - 0.5 / epoch, "val_accuracy": 1 - 0.6 / epoch}
    return pd.DataFrame({"seconds": 1.0, "images_per_second": 9.0, **values, **columns}, index=epoch)


def test_curves_say_which_epoch_was_kept() -> None:
    """A user could not tell from which epoch the network is."""
    figure = curves(history(5, learning_rate=0.1), "val_loss", 5)
    said = texts(figure)
    assert said[:2] == ["Training over 5 epochs", "The best epoch is 5: its val_loss is 0.22. Its weights were kept."]
    assert [panel.get_title(loc="left") for panel in figure.axes] == ["loss", "accuracy", "learning rate"]


@pytest.mark.parametrize(
    "table",
    [
        history(1),
        history(200, learning_rate=np.geomspace(1, 1e-5, 200)),
        history(3, learning_rate=0.0)[["loss", "learning_rate"]],
        history(3, val_loss=np.nan),
        history(2, **{f"metric_{index}": 1.0 for index in range(6)}),
    ],
)
def test_curves_of_any_training_can_be_drawn(table: pd.DataFrame) -> None:
    """A training of one epoch, without validation, with many metrics or with NaN would end in a traceback."""
    assert size(to_png(curves(table, "val_loss", None if "val_loss" not in table else 1)))[0] >= 6 * DPI


def confused(count: int) -> np.ndarray:
    """Give a matrix in which each class is once taken for the next."""
    return np.eye(count, dtype=np.int64) * 9 + np.roll(np.eye(count, dtype=np.int64), 1, axis=1)


@pytest.mark.parametrize(("count", "named"), [(2, True), (10, True), (60, True), (120, True), (300, False)])
def test_confusion_is_readable_from_two_classes_to_hundreds(count: int, named: bool) -> None:
    """Names would overlap, or the picture would grow with the square of the classes."""
    names = [f"class {index}" for index in range(count)]
    figure = confusion_matrix(confused(count), names)
    said = texts(figure)
    assert f"Confusion: {9 * count:,} of {10 * count:,} right (90.0%)" in said
    assert ("class 1" in said) == named
    # Where cells are too small for numbers, the pairs are written out.
    assert any("class 0  →  class 1" in text for text in said) == (count > 25)
    width, height = size(to_png(figure))
    assert width <= 2500
    assert height <= 2000


def test_confusion_of_a_perfect_network_names_no_pair() -> None:
    """The list would hold pairs that were never confused."""
    assert "nothing" in texts(confusion_matrix(np.eye(40, dtype=np.int64), [str(index) for index in range(40)]))


def exhibit(truth: str, answer: str, score: float, channels: int = 1) -> Exhibit:
    """Give a picture with an answer."""
    return Exhibit(pictures(1, 9, 20, channels)[0], truth, answer, score, truth == answer)


def test_a_mistake_is_told_without_colour() -> None:
    """Who sees no orange could not tell mistakes from right answers."""
    figure = gallery([exhibit("cat", "cat", 0.9), exhibit("cat", "dog", 0.996)], "title", "subtitle")
    assert texts(figure) == ["title", "subtitle", "✓ cat\n90%", "✗ says dog · 99.6%\nis cat"]
    right, wrong = figure.axes[0].patches
    assert wrong.get_linewidth() > 2 * right.get_linewidth()


def test_a_mistake_between_classes_of_one_name_is_a_mistake(inspected: Inspected) -> None:
    """Data with two classes of one name (ImageNet has two cranes) would show their confusion as right."""
    truth = [np.array(0), np.array(0)]
    both = classification.sample(pictures(2), truth, np.eye(2), ["crane", "crane"], inspected.architecture)
    assert texts(both)[2:] == ["✓ crane\n100%", "✗ says crane · 100%\nis crane"]


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
def test_pictures_of_any_channels_are_drawn(channels: int) -> None:
    """A network for other than grey and colour would end in a traceback."""
    assert to_png(gallery([exhibit("a", "b", 1.0, channels)], "title", ""))


def test_names_are_drawn_as_they_are() -> None:
    """A class called "5$ or 10$" would end in a formula, one in Chinese in a warning for every letter."""
    figure = gallery([exhibit("5$ or 10$", "猫\n\t", 0.5), exhibit("a_{b}$", "\\frac", 0.5)], "title", "")
    assert to_png(figure)
    assert "is 5$ or 10$" in texts(figure)[1]


def test_a_long_name_keeps_both_ends() -> None:
    """Classes that begin alike would get one name."""
    assert shorten("a very long name of class 17", 18) == "a very lo…class 17"
    assert shorten("short") == "short"


def test_every_class_is_told_and_of_many_the_hardest() -> None:
    """A figure of a thousand classes would be metres high, or the wrong ones would be left out."""
    f1 = np.linspace(0, 1, 100)
    table = pd.DataFrame(
        {"class": [f"c{index}" for index in range(100)], "precision": f1, "recall": f1, "f1": f1, "support": 1}
    )
    said = texts(classes(table))
    assert said[0] == "The 40 hardest of 100 classes: precision, recall and F1"
    assert "c0  (1)" in said
    assert "c40  (1)" not in said
    # A class that no test picture has: nothing can be measured.
    table.loc[0, ["precision", "recall", "f1"]] = np.nan
    assert to_png(classes(table[:3]))


FIXED: list[dict[str, Any]] = [
    {"type": "Conv2D", "name": name, "inputs": "input", "kernel_initializer": name, "filters": 1, "kernel_size": 3,
     "padding": "same", "use_bias": False, "trainable": False}
    for name in ("sobel_x", "laplace")
] + [
    {"type": "Concatenate", "inputs": ["sobel_x", "laplace"]},
    {"type": "Flatten"},
    {"type": "Dense", "units": 3, "activation": "softmax"},
]  # fmt: skip


def test_fixed_kernels_are_written_out_and_their_maps_named(tmp_path: Path) -> None:
    """The point of the classical filters, what each does to a picture, could not be seen."""
    from cnnkeras.model.builder import build_model

    architecture = architecture_of(tmp_path, FIXED)
    model = build_model(architecture)
    drawn = kernels(model, architecture)
    assert drawn is not None
    assert {"sobel_x", "laplace", "−2", "−4"} <= set(texts(drawn))
    maps = feature_maps(model, architecture, as_inputs([pictures(1)[0]], architecture)[0])
    assert maps is not None
    assert {"input", "sobel_x", "laplace"} <= set(texts(maps))


@pytest.mark.parametrize(
    "layer",
    [
        {"type": "Conv2D", "filters": 70, "kernel_size": 3},
        {"type": "DepthwiseConv2D", "kernel_size": 3, "depth_multiplier": 2},
        {"type": "SeparableConv2D", "filters": 4, "kernel_size": 3},
    ],
)
@pytest.mark.parametrize("channels", [1, 3, 5])
def test_kernels_and_maps_of_any_first_convolution(layer: dict[str, Any], channels: int, tmp_path: Path) -> None:
    """A network that begins otherwise than LeNet would end in a traceback."""
    layers = [layer, {"type": "GlobalMaxPooling2D"}, {"type": "Dense", "units": 3}, {"type": "Softmax"}]
    architecture = architecture_of(tmp_path, layers, input={"shape": [8, 8, channels]})
    model = model_of(architecture)
    picture = as_inputs([pictures(1, channels=channels)[0]], architecture)[0]
    for figure in (kernels(model, architecture), feature_maps(model, architecture, picture)):
        assert figure is not None
        assert size(to_png(figure))[1] < 2000


def test_a_network_without_convolution_has_neither(tmp_path: Path) -> None:
    """A multilayer perceptron would end in a traceback."""
    architecture = architecture_of(tmp_path, DENSE)
    model = model_of(architecture)
    assert kernels(model, architecture) is None
    assert feature_maps(model, architecture, pictures(1)[0].astype(np.float32)) is None


def test_a_convolution_that_leads_nowhere_is_not_drawn(tmp_path: Path) -> None:
    """A layer left over from an experiment would end a finished training in a traceback."""
    convolution: dict[str, Any] = {"type": "Conv2D", "filters": 2, "kernel_size": 3, "inputs": "input"}
    layers = [{**convolution, "name": "lost"}, {**convolution, "name": "used"}, *DENSE]
    architecture = architecture_of(tmp_path, layers, silence=["unused"])
    model = model_of(architecture)
    picture = as_inputs([pictures(1)[0]], architecture)[0]
    for figure in (kernels(model, architecture), feature_maps(model, architecture, picture)):
        assert figure is not None
        said = [word for text in texts(figure) for word in text.split()]
        assert "used" in said
        assert "lost" not in said


def subject_of(inspected: Inspected, predictions: np.ndarray) -> Subject:
    """Give the run as if its network had answered so."""
    truth = inspected.evaluation.truth
    tables = {"pictures": classified_pictures(truth, predictions, CLASS_NAMES)}
    evaluation = Evaluation({}, inspected.evaluation.table, truth, predictions, tables)
    return Subject(
        inspected.model,
        inspected.architecture,
        inspected.architecture.task,
        evaluation,
        inspected.data,
        inspected.trained,
    )


def test_the_surest_mistakes_come_first(inspected: Inspected) -> None:
    """A user would look at mistakes that tell nothing, or at others' pictures."""
    truth = inspected.evaluation.truth
    predictions = np.eye(3)[truth] * 0.8 + 0.05
    predictions[[7, 30]] = np.eye(3)[(truth[[7, 30]] + 1) % 3] * [[0.5], [0.9]]
    subject = subject_of(inspected, predictions)
    figures = dict(classification.figures(subject))
    said = texts(figures["worst"])
    assert said[0] == "All 2 mistakes in 40 test pictures, the surest first"
    assert said[2] == f"✗ says {CLASS_NAMES[(truth[30] + 1) % 3]} · 90%\nis {CLASS_NAMES[truth[30]]}"
    assert [text for text in said if "example" in text] == ["test example 30", "test example 7"]
    shown = figures["worst"].axes[0].images[0].get_array()
    assert np.array_equal(shown, np.repeat(pictures(40)[30], 3, axis=-1))


@pytest.mark.parametrize(
    ("wrong", "title"),
    [
        (0, "No mistake in 40 test pictures: these it is least sure of"),
        (1, "The only mistake in 40 test pictures, the surest first"),
        (30, "The 24 surest of 30 mistakes in 40 test pictures, the surest first"),
    ],
)
def test_the_worst_say_how_many_there_are(wrong: int, title: str, inspected: Inspected) -> None:
    """A perfect network would end in a traceback, or 24 mistakes be taken for all."""
    truth = inspected.evaluation.truth
    predictions = np.eye(3)[np.where(np.arange(40) < wrong, (truth + 1) % 3, truth)]
    figures = dict(classification.figures(subject_of(inspected, predictions)))
    assert texts(figures["worst"])[0] == title


def test_pictures_come_in_the_order_they_are_asked_for() -> None:
    """A picture would stand above another's answer."""
    part = data().parts["test"]
    found = examples(part, [31, 4, 4])
    assert [int(label) for _, label in found] == [31 % 3, 1, 1]
    assert np.array_equal(found[0][0], pictures(40)[31])


def test_the_lot_is_the_same_every_time() -> None:
    """Two runs could not be compared by their pictures."""
    assert list(drawn_by_lot(1000, 5)) == list(drawn_by_lot(1000, 5))
    assert list(drawn_by_lot(3, 5)) == [0, 1, 2]


def test_a_network_that_was_not_trained_is_described_too(inspected: Inspected, tmp_path: Path) -> None:
    """TensorBoard would be empty of a network that was only evaluated."""
    from cnnkeras.inspection.drawing import draw
    from cnnkeras.training.run_directory import RunDirectory

    run = RunDirectory.create(tmp_path, "small", {}, {})
    untrained = replace(inspected.trained, history=[], best_epoch=None)
    task = inspected.architecture.task
    files = draw(run, inspected.model, inspected.architecture, task, inspected.evaluation, inspected.data, untrained)
    assert "curves" not in {file.stem for file in files}
    assert list((run.tensorboard / "train").iterdir())


def test_a_loss_that_falls_far_is_drawn_logarithmically() -> None:
    """Everything after the first epochs would be a flat line."""
    figure = curves(history(100), "val_loss", 100)
    assert [panel.get_title(loc="left") for panel in figure.axes] == ["loss (logarithmic)", "accuracy"]
    assert figure.axes[0].get_yscale() == "log"
