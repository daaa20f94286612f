from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams.backend_context import Context
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from cnnkeras.inspection.drawing import TASK_FIGURES, callbacks
from cnnkeras.inspection.epoch_looks import Weights
from cnnkeras.inspection.events import Events
from cnnkeras.inspection.graph import architecture_graph
from cnnkeras.inspection.tensorboard import TensorBoardCallback
from cnnkeras.model.builder import build_model
from cnnkeras.tasks import TASKS
from cnnkeras.training.history import write_history
from cnnkeras.training.run_directory import RunDirectory
from tests.inspection.conftest import EPOCHS, Inspected
from tests.inspection.networks import architecture_of, data, model_of


def read(folder: Path) -> EventAccumulator:
    """Read event files as TensorBoard does."""
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    return events


def tensors(events: EventAccumulator, tag: str) -> list[tuple[int, np.ndarray]]:
    """Give the steps and values of a tag."""
    return [(event.step, tf.make_ndarray(event.tensor_proto)) for event in events.Tensors(tag)]


def plugin(events: EventAccumulator, tag: str) -> str:
    """Give which part of TensorBoard shows a tag."""
    return str(events.SummaryMetadata(tag).plugin_data.plugin_name)


def test_train_and_validation_stand_in_one_chart(inspected: Inspected) -> None:
    """Overfitting could not be seen: the two curves would stand in two charts, or at other epochs."""
    train, validation = (read(inspected.run.tensorboard / part) for part in ("train", "validation"))
    rows = inspected.trained.history
    for tag in ("loss", "accuracy"):
        assert plugin(train, tag) == plugin(validation, tag) == "scalars"
        for events, column in ((train, tag), (validation, f"val_{tag}")):
            steps, values = zip(*tensors(events, tag), strict=True)
            assert steps == (1, 2, 3)
            assert np.allclose(values, [row[column] for row in rows])


def test_shows_learning_rate_and_speed(inspected: Inspected) -> None:
    """A schedule could not be followed, and a slow input not be noticed."""
    train = read(inspected.run.tensorboard / "train")
    assert np.allclose([value for _, value in tensors(train, "learning_rate")], 0.01)
    speeds = [value for _, value in tensors(train, "images_per_second")]
    assert len(speeds) == EPOCHS
    assert min(speeds) > 0


def test_shows_the_graph_with_the_names_of_the_file(inspected: Inspected) -> None:
    """The graph would show TensorFlow's operations, or nothing."""
    graph = tf.compat.v1.GraphDef.FromString(read(inspected.run.tensorboard / "train").Graph().SerializeToString())
    assert [(node.name, node.op, list(node.input)) for node in graph.node] == [
        ("input", "Input", []),
        ("random_translation_1", "RandomTranslation", ["input"]),
        ("conv", "Conv2D", ["random_translation_1"]),
        ("norm", "BatchNormalization", ["conv"]),
        ("relu", "ReLU", ["norm"]),
        ("pool", "MaxPooling2D", ["relu"]),
        ("flatten_1", "Flatten", ["pool"]),
        ("dropout_1", "Dropout", ["flatten_1"]),
        ("head", "Dense", ["dropout_1"]),
        ("answer", "Softmax", ["head"]),
    ]
    conv = graph.node[2].attr
    assert [side.size for side in conv["_output_shapes"].list.shape[0].dim] == [-1, 8, 8, 4]
    assert (conv["padding"].s, conv["parameters"].s) == (b"reflect", b"36")


def test_shows_how_weights_are_distributed(inspected: Inspected) -> None:
    """A layer whose weights don't move, or explode, could not be seen."""
    train = read(inspected.run.tensorboard / "train")
    for weight in inspected.model.weights:
        assert plugin(train, weight.path) == "histograms"
        step, buckets = tensors(train, weight.path)[0]
        assert step == 1
        # Left edge, right edge, count.
        assert buckets[:, 2].sum() == np.prod(weight.shape)


def test_shows_every_figure_as_it_is_in_the_folder(inspected: Inspected) -> None:
    """TensorBoard and the folder would show different pictures, or TensorBoard none."""
    test = read(inspected.run.tensorboard / "test")
    for file in inspected.files:
        assert plugin(test, file.stem) == "images"
        ((step, (width, height, png)),) = tensors(test, file.stem)
        assert step == inspected.trained.best_epoch
        assert png == file.read_bytes()
        assert tf.io.decode_png(png).shape[:2] == (int(height), int(width))


def test_shows_gradients_of_what_is_trained(inspected: Inspected) -> None:
    """Gradients that vanish or explode, the commonest reason why nothing is learned, could not be seen."""
    train = read(inspected.run.tensorboard / "train")
    for weight in inspected.model.trainable_variables:
        tag = f"gradients/{weight.path}"
        assert plugin(train, tag) == "histograms"
        last, buckets = tensors(train, tag)[-1]
        assert last == EPOCHS
        assert buckets[:, 2].sum() == np.prod(weight.shape)
    assert "gradients/norm/moving_mean" not in train.Tags()["tensors"]


def test_shows_kernels_and_what_they_make_of_the_same_pictures_by_epoch(inspected: Inspected) -> None:
    """Nobody could watch a filter come into being."""
    for part, tag, sides in (
        ("train", "kernels/conv", (34, 4 * 34)),
        # Two pictures below each other, four maps beside each other, each pixel of 8×8 four times as large.
        ("validation", "feature_maps/conv", (2 * 33, 4 * 33)),
        ("validation", "feature_maps/pool", (2 * 33, 4 * 33)),
    ):
        events = read(inspected.run.tensorboard / part)
        assert plugin(events, tag) == "images"
        *_, (step, (width, height, png)) = tensors(events, tag)
        assert step == EPOCHS
        found = tf.io.decode_png(png)
        assert tuple(found.shape[:2]) == (int(height), int(width))
        assert tuple(found.shape[:2]) == sides, tag


def test_runs_compare_by_hyperparameters(inspected: Inspected) -> None:
    """The HParams dashboard would be empty: nobody could see which learning rate was the best."""
    events = read(inspected.run.tensorboard)
    content = events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    found = HParamsPluginData.FromString(content).session_start_info.hparams
    values = {name: value.string_value or value.number_value or value.bool_value for name, value in found.items()}
    assert values["training.optimizer.type"] == "Adam"
    assert values["training.optimizer.learning_rate"] == pytest.approx(0.001)
    assert (values["training.batch_size"], values["input.shape"], values["data.source"]) == (32, "[8, 8, 1]", "noise")
    assert (values["name"], values["task"], values["layers"], values["parameters"]) == (
        "small",
        "classification",
        9,
        247,
    )
    # The dashboard looks for metrics in the folders below the run's own.
    assert "accuracy" in read(inspected.run.tensorboard / "test").Tags()["tensors"]


def test_the_hparams_dashboard_finds_runs_and_metrics(inspected: Inspected) -> None:
    """TensorBoard would read the files and show no table."""
    folder = str(inspected.run.path.parent)
    files = EventMultiplexer().AddRunsFromDirectory(folder)
    files.Reload()
    board = Context(TBContext(data_provider=MultiplexerDataProvider(files, folder)))
    written = board.hparams_metadata(RequestContext(), "")
    found = board.experiment_from_metadata(
        RequestContext(), "", True, written, board.hparams_from_data_provider(RequestContext(), "", None)
    )
    assert {"training.optimizer.learning_rate", "macs"} <= {each.name for each in found.hparam_infos}
    metrics = {(each.name.group, each.name.tag) for each in found.metric_infos}
    assert {("test", "accuracy"), ("validation", "loss"), ("train", "loss")} <= metrics


def test_shows_what_is_answered_after_the_first_epoch(inspected: Inspected) -> None:
    """Nobody could see what the network learned since."""
    validation = read(inspected.run.tensorboard / "validation")
    assert plugin(validation, "answers") == "images"
    assert tensors(validation, "answers")[0][0] == 1


def test_shows_the_file_and_its_check(inspected: Inspected) -> None:
    """From the board alone nobody could tell what was trained."""
    train = read(inspected.run.tensorboard / "train")
    assert plugin(train, "architecture") == plugin(train, "check") == "text"
    architecture, check = (str(tensors(train, tag)[0][1].item().decode()) for tag in ("architecture", "check"))
    assert json.loads(architecture) == json.loads(json.dumps(inspected.architecture.resolved))
    assert "| conv | Conv2D | 8×8×4 | 36 | 2,304 | 3×3 |" in check


def test_shows_the_test_at_the_best_epoch(inspected: Inspected) -> None:
    """The test's figures would stand at an epoch whose weights are not those that were kept."""
    test = read(inspected.run.tensorboard / "test")
    for name, value in inspected.evaluation.metrics.items():
        ((step, found),) = tensors(test, name)
        assert (step, float(found)) == (2, pytest.approx(value))


def callback_of(folder: Path, strategy: tf.distribute.Strategy | None = None) -> tuple[TensorBoardCallback, Any]:
    """Give a callback with its model, compiled and not trained."""
    architecture = architecture_of(folder)
    with (strategy or tf.distribute.get_strategy()).scope():
        model = model_of(architecture)
        model.compile("sgd", architecture.task.loss(architecture))
    run = RunDirectory.create(folder, "small", {}, {})
    (callback,) = callbacks(run, architecture, architecture.task, data())
    callback.set_model(model)
    return callback, model


def test_a_network_on_several_devices_is_looked_at_too(tmp_path: Path) -> None:
    """A training on two GPUs would end in a traceback after its first epoch."""
    callback, _ = callback_of(tmp_path, tf.distribute.MirroredStrategy(["CPU:0"]))
    callback.on_train_begin()
    callback.on_epoch_begin(0)
    (run,) = (tmp_path / "small").glob("*")
    write_history(RunDirectory(run), [{"epoch": 1, "seconds": 2.0, "learning_rate": 0.1, "loss": 1.0}])
    callback.on_epoch_end(0, {"loss": 1.0})
    callback.on_train_end()
    (folder,) = (tmp_path / "small").glob("*/tensorboard/train")
    events = read(folder)
    assert {"learning_rate", "conv/kernel"} <= set(events.Tags()["tensors"])


def test_a_killed_training_leaves_neither_a_gap_nor_an_overlap(tmp_path: Path) -> None:
    """A resumed run's curves would lack an epoch, or go back in time."""
    rows = [{"epoch": epoch, "seconds": 1.0, "loss": 1.0 / epoch, "val_loss": 2.0 / epoch} for epoch in range(1, 5)]
    callback, model = callback_of(tmp_path)
    (place,) = (tmp_path / "small").glob("*")
    run = RunDirectory(place)
    callback.on_train_begin()
    for epoch in range(2):
        write_history(run, rows[: epoch + 1])
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, {})
    # The process is killed after the third epoch was written down, and before TensorBoard heard of it.
    write_history(run, rows[:3])
    architecture = architecture_of(tmp_path)
    (other,) = callbacks(run, architecture, architecture.task, data())
    other.set_model(model)
    other.on_train_begin()
    write_history(run, rows)
    other.on_epoch_begin(3)
    other.on_epoch_end(3, {})
    other.on_train_end()
    for part, scale in (("train", 1.0), ("validation", 2.0)):
        # The files of one second stand in no order.
        points = sorted((step, float(value)) for step, value in tensors(read(run.tensorboard / part), "loss"))
        assert points == [(epoch, pytest.approx(scale / epoch)) for epoch in range(1, 5)]


def test_a_training_that_was_over_is_caught_up_with(tmp_path: Path) -> None:
    """A process that dies in its last epoch, before TensorBoard hears of it, would leave curves without their end."""
    callback, _ = callback_of(tmp_path)
    (place,) = (tmp_path / "small").glob("*")
    run = RunDirectory(place)
    write_history(run, [{"epoch": epoch, "seconds": 1.0, "loss": 1.0 / epoch} for epoch in (1, 2)])
    # The trainer calls these alone where nothing is left to train.
    callback.on_train_begin()
    callback.on_train_end()
    points = [(step, float(value)) for step, value in tensors(read(run.tensorboard / "train"), "loss")]
    assert points == [(1, 1.0), (2, 0.5)]


def test_a_disk_that_is_full_is_told_as_python_tells_it(tmp_path: Path) -> None:
    """TensorFlow's own error would be taken for a lack of memory, or end in a traceback."""
    (tmp_path / "train").write_text("a file where a folder is to be")
    events = Events(tmp_path)
    with pytest.raises(OSError, match="Not a directory"):
        events.scalars("train", {"loss": 1.0}, 1)
    events.close()


def test_the_first_and_the_last_answers_are_drawn_even_in_a_training_of_seconds(tmp_path: Path) -> None:
    """A short training would have no pictures, for there is no time to draw while it lasts."""
    callback, _ = callback_of(tmp_path)
    callback.on_train_begin()
    for epoch in range(3):
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, {"loss": 1.0})
    # The trainer calls it again, where Keras does not after an interruption.
    callback.on_train_end()
    callback.on_train_end()
    (folder,) = (tmp_path / "small").glob("*/tensorboard/validation")
    assert [step for step, _ in tensors(read(folder), "answers")] == [1, 3]


def test_a_network_that_diverged_has_no_histogram(tmp_path: Path) -> None:
    """A training would end in a traceback because of its looks."""
    callback, model = callback_of(tmp_path)
    model.get_layer("head").bias.assign([np.nan] * 3)
    model.get_layer("conv").kernel.assign(np.full((3, 3, 1, 4), np.inf))
    callback.on_train_begin()
    callback.on_epoch_begin(0)
    callback.on_epoch_end(0, {"loss": float("nan")})
    callback.on_train_end()
    (folder,) = (tmp_path / "small").glob("*/tensorboard/train")
    tags = read(folder).Tags()["tensors"]
    assert "head/kernel" in tags
    assert not {"head/bias", "conv/kernel"} & set(tags)


def test_blocks_are_folded_in_the_graph(tmp_path: Path) -> None:
    """A network of a hundred layers would be drawn as a hundred boxes."""
    blocks = {
        "pair": {"layers": [{"type": "Conv2D", "filters": 2, "kernel_size": 1, "name": "first"}, {"type": "ReLU"}]}
    }
    layers = [{"type": "pair", "repeat": 2}, {"type": "Flatten"}, {"type": "Dense", "units": 3}]
    architecture = architecture_of(tmp_path, layers, blocks=blocks)
    graph = architecture_graph(model_of(architecture), architecture)
    assert [(node.name, list(node.input)) for node in graph.node][1:5] == [
        ("pair_1/first", ["input"]),
        ("pair_1/re_lu_1", ["pair_1/first"]),
        ("pair_2/first", ["pair_1/re_lu_1"]),
        ("pair_2/re_lu_1", ["pair_2/first"]),
    ]


def test_a_backbone_whose_levels_are_taken_is_in_the_graph(tmp_path: Path) -> None:
    """Every training with a backbone would end in a traceback before its first step."""
    backbone = {"type": "VGG16Backbone", "name": "backbone"}
    layers = [backbone, {"type": "GlobalAveragePooling2D", "inputs": "backbone.P3"}, {"type": "Dense", "units": 3}]
    architecture = architecture_of(tmp_path, layers, input={"shape": [32, 32, 3]})
    graph = architecture_graph(build_model(architecture), architecture)
    shapes = {node.name: json.loads(node.attr["output_shape"].s) for node in graph.node if node.name != "input"}
    assert (shapes["backbone"], shapes["backbone.P3"]) == ([1, 1, 512], [4, 4, 256])


def test_a_large_weight_is_counted_in_part(tmp_path: Path) -> None:
    """VGG's first Dense layer, a hundred million numbers, would hold up every epoch."""
    numbers = keras.Input((1000,))
    model = keras.Model(numbers, keras.layers.Dense(1000, name="large")(numbers))
    with Events(tmp_path) as events:
        Weights().write(events, model, 1)
    ((_, buckets),) = tensors(read(tmp_path / "train"), "large/kernel")
    assert buckets[:, 2].sum() == 50_000


def test_what_is_watched_by_the_task_is_the_tasks() -> None:
    """A task that can be trained would show nothing, or be drawn as another."""
    assert set(TASK_FIGURES) == set(TASKS)
