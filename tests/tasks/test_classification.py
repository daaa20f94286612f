"""Classification from labels to the served answer."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.model.builder import build_model
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.losses import LOSSES
from cnnkeras.spec.metrics import METRICS
from tests.tasks.conftest import NAMES, SIZES, Write, dense, task_of

LABELS = np.array([0, 1, 2, 1, 2])
LOGITS = np.array([[3, 0, 0], [0, 3, 0], [0, 0, 3], [2, 1, 0], [0, 0, 1]], np.float32)
PROBABILITIES = np.asarray(tf.nn.softmax(LOGITS))
NEEDED: dict[str, dict[str, Any]] = {"IoU": {"target_class_ids": [1]}, "TopKCategoricalAccuracy": {"k": 2}}


def loss_value(architecture: Architecture, outputs: Any, labels: Any = LABELS) -> float:
    return float(task_of(architecture).loss(architecture)(labels, outputs))


def test_the_default_loss_is_crossentropy_of_class_numbers(write: Write) -> None:
    """The network would be trained on something else than Keras's own examples."""
    expected = float(keras.losses.SparseCategoricalCrossentropy()(LABELS, PROBABILITIES))
    assert loss_value(write(dense()), PROBABILITIES) == pytest.approx(expected, rel=1e-5)
    assert loss_value(write(dense(activation=None)), LOGITS) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_keras_s_on_one_hot_labels(write: Write, name: str) -> None:
    """A loss would be named like Keras's and be another."""
    architecture = write(dense(), training={"loss": name})
    sparse = name in {"SparseCategoricalCrossentropy", "CategoricalGeneralizedCrossEntropy"}
    labels = LABELS if sparse else np.eye(3, dtype=np.float32)[LABELS]
    expected = float(getattr(keras.losses, name)()(labels, PROBABILITIES))
    assert loss_value(architecture, PROBABILITIES) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", ["CategoricalCrossentropy", "BinaryFocalCrossentropy", "KLDivergence", "Dice"])
def test_losses_of_probabilities_take_logits_too(write: Write, name: str) -> None:
    """A head without activation would be trained on numbers that are no probabilities."""
    architecture = write(dense(activation=None), training={"loss": name})
    link = tf.nn.sigmoid if name.startswith("Binary") else tf.nn.softmax
    expected = float(getattr(keras.losses, name)()(np.eye(3, dtype=np.float32)[LABELS], link(LOGITS)))
    assert loss_value(architecture, LOGITS) == pytest.approx(expected, rel=1e-4)


def test_one_unit_is_trained_by_binary_crossentropy(write: Write) -> None:
    """Two classes with one sigmoid, as many tutorials write it, could not be trained."""
    labels, outputs = np.array([0, 1, 1]), np.array([[0.2], [0.6], [0.9]], np.float32)
    architecture = write(dense(1, "sigmoid"), classes=2)
    expected = float(keras.losses.BinaryCrossentropy()(labels[:, None], outputs))
    assert loss_value(architecture, outputs, labels) == pytest.approx(expected, rel=1e-5)
    accuracy = task_of(architecture).metric_objects(architecture)[0]
    accuracy.update_state(labels, np.array([[0.2], [0.4], [0.9]], np.float32))
    assert float(accuracy.result()) == pytest.approx(2 / 3)


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_keras_s_on_one_hot_labels(write: Write, name: str) -> None:
    """A figure would be named like Keras's and be another."""
    metric = {"type": name, **NEEDED.get(name, {})}
    architecture = write(dense(), training={"metrics": [metric]})
    ours = task_of(architecture).metric_objects(architecture)[0]
    ours.update_state(LABELS[:2], PROBABILITIES[:2])
    ours.update_state(LABELS[2:], PROBABILITIES[2:])
    fields: dict[str, Any] = {key: value for key, value in metric.items() if key != "type"}
    fields |= {"num_classes": 3, "sparse_y_pred": False} if name in {"IoU", "MeanIoU"} else {}
    fields |= {"average": "macro"} if name in {"F1Score", "FBetaScore"} else {}
    theirs = keras.metrics.CategoricalAccuracy() if name == "Accuracy" else getattr(keras.metrics, name)(**fields)
    theirs.update_state(LABELS if name in {"IoU", "MeanIoU"} else np.eye(3, dtype=np.float32)[LABELS], PROBABILITIES)
    assert float(ours.result()) == pytest.approx(float(theirs.result()), rel=1e-5)
    ours.reset_state()
    ours.update_state(LABELS, PROBABILITIES)
    assert float(ours.result()) == pytest.approx(float(theirs.result()), rel=1e-5)


def test_many_classes_are_measured_by_their_five_likeliest_too(write: Write) -> None:
    """The figure by which large data sets are compared would be missing."""
    architecture = write(dense(20), classes=20)
    assert [metric.name for metric in task_of(architecture).metric_objects(architecture)] == [
        "accuracy",
        "top_k_categorical_accuracy",
    ]


def batches(size: int) -> tuple[tf.data.Dataset, np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    images, labels = random.random((size, 8, 8, 1), np.float32), random.integers(0, 3, size)
    return tf.data.Dataset.from_tensor_slices((images, labels)).batch(4), images, labels


def test_an_evaluation_is_keras_s_over_every_picture(write: Write) -> None:
    """The last partial batch would be left out, or weigh as much as a full one; a regularizer be forgotten."""
    architecture = write(dense(kernel_regularizer={"type": "L2", "l2": 0.1}))
    task, model = task_of(architecture), build_model(architecture)
    data, images, labels = batches(10)
    evaluation = task.evaluate(model, data, NAMES, architecture)
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    expected = model.evaluate(images, labels, verbose=0, return_dict=True)
    assert evaluation.metrics == pytest.approx(expected, rel=1e-5)
    assert evaluation.truth.tolist() == labels.tolist()
    np.testing.assert_allclose(evaluation.predictions, model.predict(images, verbose=0), rtol=1e-5)


def test_the_table_tells_the_classes_apart(write: Write) -> None:
    """The user would not know which classes go wrong, and where to."""
    from cnnkeras.tasks.tables import classification_table, confusion_matrix

    truth, predicted = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 1, 1, 1])
    table = classification_table(confusion_matrix(truth, predicted, 3), NAMES)
    assert list(table.columns) == ["class", "precision", "recall", "f1", "support", "most_confused_with", "times"]
    assert table.iloc[0].tolist() == ["cat", 1.0, pytest.approx(1 / 3), 0.5, 3, "dog", 2]
    assert table.iloc[1].tolist() == ["dog", 0.5, 1.0, pytest.approx(2 / 3), 2, "", 0]
    assert np.isnan(table.iloc[2][["precision", "recall", "f1"]].astype(float)).all()


@pytest.mark.parametrize(("activation", "outputs"), [("softmax", PROBABILITIES), (None, LOGITS)])
def test_the_answer_is_probabilities_class_label_and_score(write: Write, activation: str | None, outputs: Any) -> None:
    """Callers of the server would get numbers that mean nothing."""
    architecture = write(dense(activation=activation))
    answer = task_of(architecture).answer(tf.constant(outputs), NAMES, architecture, SIZES)
    np.testing.assert_allclose(answer["probabilities"], PROBABILITIES, rtol=1e-5)
    assert answer["class"].numpy().tolist() == [0, 1, 2, 0, 2]
    assert answer["label"].numpy().tolist() == [b"cat", b"dog", b"owl", b"cat", b"owl"]
    np.testing.assert_allclose(answer["score"], PROBABILITIES.max(axis=-1), rtol=1e-5)


def test_an_evaluation_adds_up_every_output(write: Write) -> None:
    """The loss of a network with deep supervision would be its main output's alone."""
    layers = [dense(name="main"), dense(name="auxiliary", inputs="flatten", activation=None)]
    sections = {"outputs": ["main", "auxiliary"], "training": {"loss_weights": [1.0, 0.5]}}
    layers[0]["inputs"] = "flatten"
    flat = {"type": "Flatten", "name": "flatten"}
    architecture = write(flat, *layers, **sections)
    model = build_model(architecture)
    data, images, labels = batches(8)
    evaluation = task_of(architecture).evaluate(model, data, NAMES, architecture)
    main, auxiliary = model.predict(images, verbose=0)
    one = keras.losses.SparseCategoricalCrossentropy()(labels, main)
    other = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, auxiliary)
    assert evaluation.metrics["loss"] == pytest.approx(float(one + 0.5 * other), rel=1e-5)
