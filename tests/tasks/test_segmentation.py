"""Segmentation from masks to the served answer, on made-up arrays."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.model.builder import build_model
from cnnkeras.spec.data import VOID
from cnnkeras.spec.losses import LOSSES
from cnnkeras.spec.metrics import METRICS
from tests.tasks.conftest import NAMES, SIZES, Write, convolution, task_of

RANDOM = np.random.default_rng(0)
MASKS = RANDOM.integers(0, 3, (5, 8, 8))
PROBABILITIES = RANDOM.dirichlet((1, 1, 1), (5, 8, 8)).astype(np.float32)


@pytest.mark.parametrize("name", [None, "CategoricalFocalCrossentropy", "Dice", "Tversky"])
def test_losses_are_keras_s_on_masks(write: Write, name: str | None) -> None:
    """A U-Net would be trained on something else."""
    architecture = write(convolution(), task="segmentation", training={"loss": name} if name else {})
    loss = task_of(architecture).loss(architecture)
    if name is None:
        expected = keras.losses.SparseCategoricalCrossentropy()(MASKS, PROBABILITIES)
    else:
        expected = getattr(keras.losses, name)()(np.eye(3, dtype=np.float32)[MASKS], PROBABILITIES)
    assert float(loss(MASKS, PROBABILITIES)) == pytest.approx(float(expected), rel=1e-5)
    # Masks as picture files have them: one channel.
    assert float(loss(MASKS[..., None], PROBABILITIES)) == pytest.approx(float(expected), rel=1e-5)


def test_a_smaller_output_is_held_against_the_mask_s_centre(write: Write) -> None:
    """The original U-Net, whose valid convolutions lose the border, could not be trained."""
    architecture = write(convolution(), task="segmentation")
    loss = task_of(architecture).loss(architecture)
    expected = keras.losses.SparseCategoricalCrossentropy()(MASKS[:, 2:6, 2:6], PROBABILITIES[:, :4, :4])
    assert float(loss(MASKS, PROBABILITIES[:, :4, :4])) == pytest.approx(float(expected), rel=1e-5)


def test_void_pixels_count_nowhere(write: Write) -> None:
    """Pixels that nobody has labelled would be trained and counted as a class."""
    training = {
        "loss": {"type": "SparseCategoricalCrossentropy", "ignore_class": 255},
        "metrics": [{"type": "MeanIoU", "ignore_class": 255}],
    }
    architecture = write(convolution(), task="segmentation", training=training)
    masks = np.where(np.arange(8) < 4, MASKS, 255)
    loss = task_of(architecture).loss(architecture)(masks, PROBABILITIES)
    expected = keras.losses.SparseCategoricalCrossentropy(ignore_class=255)(masks, PROBABILITIES)
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)
    metric = task_of(architecture).metric_objects(architecture)[0]
    metric.update_state(masks, PROBABILITIES)
    assert float(metric.result()) == pytest.approx(mean_iou(MASKS[..., :4], PROBABILITIES[:, :, :4]), rel=1e-5)


def mean_iou(masks: Any, probabilities: Any) -> float:
    predicted = probabilities.argmax(axis=-1)
    ratios = [
        ((masks == each) & (predicted == each)).sum() / ((masks == each) | (predicted == each)).sum()
        for each in range(3)
    ]
    return float(np.mean(ratios))


def test_an_evaluation_counts_every_pixel_of_the_part(write: Write) -> None:
    """The mean IoU would be a mean of batches, which is another figure."""
    architecture = write(convolution(), task="segmentation")
    model = build_model(architecture)
    images = RANDOM.random((5, 8, 8, 1), np.float32)
    batches = tf.data.Dataset.from_tensor_slices((images, MASKS)).batch(2)
    evaluation = task_of(architecture).evaluate(model, batches, NAMES, architecture)
    probabilities = model.predict(images, verbose=0)
    predicted = probabilities.argmax(axis=-1)
    assert evaluation.metrics["mean_iou"] == pytest.approx(mean_iou(MASKS, probabilities), rel=1e-5)
    assert evaluation.metrics["accuracy"] == pytest.approx((predicted == MASKS).mean(), rel=1e-5)
    assert list(evaluation.table.columns) == ["class", "iou", "dice", "precision", "recall", "support"]
    assert evaluation.table["iou"].mean() == pytest.approx(mean_iou(MASKS, probabilities), rel=1e-5)
    np.testing.assert_array_equal(evaluation.truth, MASKS)
    np.testing.assert_array_equal(evaluation.predictions, predicted)


def test_a_network_of_masks_trains(write: Write) -> None:
    """A file with this task would be checked and built, and fail at its first step."""
    layers = [convolution(8, "relu", kernel_size=3, padding="same"), convolution("num_classes")]
    architecture = write(*layers, task="segmentation").with_num_classes(3)
    # Of some beginnings all but one of few units are dead.
    keras.utils.set_random_seed(0)
    task, model = task_of(architecture), build_model(architecture)
    images = (MASKS[..., None] / 2 + RANDOM.normal(0, 0.1, (5, 8, 8, 1))).astype(np.float32)
    model.compile(keras.optimizers.Adam(0.05), task.loss(architecture), metrics=task.metric_objects(architecture))
    data = tf.data.Dataset.from_tensor_slices((images, MASKS)).batch(5)
    history = model.fit(data, epochs=30, verbose=0, shuffle=False).history
    assert history["loss"][-1] < history["loss"][0] / 2
    assert history["mean_iou"][-1] > history["mean_iou"][0]


def test_the_answer_is_a_mask_and_its_probabilities(write: Write) -> None:
    """Callers of the server would have to find the likeliest class themselves."""
    architecture = write(convolution(), task="segmentation")
    answer = task_of(architecture).answer(tf.constant(PROBABILITIES), NAMES, architecture, SIZES)
    np.testing.assert_array_equal(answer["mask"], PROBABILITIES.argmax(axis=-1))
    np.testing.assert_allclose(answer["probabilities"], PROBABILITIES)
    assert answer["class_names"].numpy().tolist() == [[name.encode() for name in NAMES]] * len(MASKS)


IGNORING = {
    "Accuracy": ({}, keras.metrics.SparseCategoricalAccuracy()),
    "MeanIoU": ({"ignore_class": 1}, keras.metrics.MeanIoU(3, ignore_class=1, sparse_y_pred=False)),
    "IoU": ({"target_class_ids": [0, 2]}, keras.metrics.IoU(3, [0, 2], sparse_y_pred=False)),
}


@pytest.mark.parametrize("name", IGNORING)
def test_a_metric_is_keras_s_over_several_batches(write: Write, name: str) -> None:
    """A figure would be another one than its name says: it is counted by a faster way on a processor."""
    fields, expected = IGNORING[name]
    architecture = write(convolution(), task="segmentation", training={"metrics": [{"type": name, **fields}]})
    metric = task_of(architecture).metric_objects(architecture)[0]
    for part in (slice(0, 1), slice(1, None)):
        metric.update_state(MASKS[part], PROBABILITIES[part])
        expected.update_state(MASKS[part], PROBABILITIES[part])
    assert 0 < float(metric.result()) == pytest.approx(float(expected.result()), rel=1e-5)


@pytest.mark.parametrize("activation", ["softmax", None])
def test_crossentropy_of_pixels_and_its_gradient_are_keras_s(write: Write, activation: str | None) -> None:
    """A U-Net would be trained by something else: from logits it is one fused loop."""
    architecture = write(convolution(activation=activation), task="segmentation")
    loss, logits = task_of(architecture).loss(architecture), tf.constant(3 * np.log(PROBABILITIES))
    expected = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function
    def both() -> list[Any]:
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(logits)
            ours = loss(MASKS, keras.activations.get(activation)(logits))
            theirs = expected(MASKS, logits)
        return [ours, theirs, tape.gradient(ours, logits), tape.gradient(theirs, logits)]

    ours, theirs, gradient, expected_gradient = both()
    assert float(ours) == pytest.approx(float(theirs), rel=1e-5)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_no_metric_counts_void_pixels(write: Write, name: str) -> None:
    """Pixels that nobody has labelled, or that letterboxing added, would be counted as mistakes."""
    fields = {"IoU": {"target_class_ids": [1]}, "TopKCategoricalAccuracy": {"k": 2}}.get(name, {})
    architecture = write(convolution(), task="segmentation", training={"metrics": [{"type": name, **fields}]})
    whole, half = (task_of(architecture).metric_objects(architecture)[0] for _ in range(2))
    whole.update_state(np.where(np.arange(8) < 4, MASKS, VOID), PROBABILITIES)
    half.update_state(MASKS[..., :4], PROBABILITIES[:, :, :4])
    assert float(whole.result()) == pytest.approx(float(half.result()), rel=1e-5)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_no_loss_counts_void_pixels(write: Write, name: str) -> None:
    """The network would be trained on pixels that nobody has labelled, or the loss be no number at all."""
    architecture = write(convolution(), task="segmentation", training={"loss": name})
    loss = task_of(architecture).loss(architecture)
    actual = loss(np.where(np.arange(8) < 4, MASKS, VOID), PROBABILITIES)
    assert float(actual) == pytest.approx(float(loss(MASKS[..., :4], PROBABILITIES[:, :, :4])), rel=1e-4)


def test_classes_count_by_their_weights(write: Write) -> None:
    """A rare class would be as little worth as it is rare, whatever the file says."""
    weights = [1.0, 2.0, 0.5]
    loss = {"type": "SparseCategoricalCrossentropy", "class_weights": weights}
    architecture = write(convolution(), task="segmentation", training={"loss": loss})
    each = -np.log(np.take_along_axis(PROBABILITIES, MASKS[..., None], -1))[..., 0] * np.array(weights)[MASKS]
    made = task_of(architecture).loss(architecture)
    assert float(made(MASKS, PROBABILITIES)) == pytest.approx(each.mean(), rel=1e-4)
    void = np.where(np.arange(8) < 4, MASKS, VOID)
    assert float(made(void, PROBABILITIES)) == pytest.approx(each[..., :4].mean(), rel=1e-4)


@pytest.mark.parametrize("axis", [None, [0, 1, 2], [1, 2], [1, 2, 3]])
def test_overlaps_are_counted_along_their_axes(write: Write, axis: list[int] | None) -> None:
    """A rare class would count by its pixels where each was to count alike, or the other way round."""
    loss = {"type": "Dice", "axis": axis}
    architecture = write(convolution(), task="segmentation", training={"loss": loss})
    expected = keras.losses.Dice(axis=axis)(np.eye(3, dtype=np.float32)[MASKS], PROBABILITIES)
    made = task_of(architecture).loss(architecture)
    assert float(made(MASKS, PROBABILITIES)) == pytest.approx(float(expected), rel=1e-5)


def test_tversky_weighs_what_is_invented_by_alpha(write: Write) -> None:
    """Pixels that are missed would cost what was meant for those that are invented, as up to Keras 3.15."""
    loss = {"type": "Tversky", "alpha": 0.2, "beta": 0.8, "axis": [0, 1, 2]}
    architecture = write(convolution(), task="segmentation", training={"loss": loss})
    true = np.eye(3)[MASKS]
    right, invented, missed = (
        kind.sum(axis=(0, 1, 2))
        for kind in (true * PROBABILITIES, (1 - true) * PROBABILITIES, true * (1 - PROBABILITIES))
    )
    expected = 1 - (right / (right + 0.2 * invented + 0.8 * missed)).mean()
    made = task_of(architecture).loss(architecture)
    assert float(made(MASKS, PROBABILITIES)) == pytest.approx(expected, rel=1e-5)


def test_losses_add_up(write: Write) -> None:
    """Crossentropy with Dice, the usual pair, would be one of the two."""

    def loss(name: Any) -> float:
        architecture = write(convolution(), task="segmentation", training={"loss": name})
        return float(task_of(architecture).loss(architecture)(MASKS, PROBABILITIES))

    pair = ["CategoricalCrossentropy", {"type": "Tversky", "alpha": 0.3, "beta": 0.7}]
    parts = [loss(part) for part in pair]
    assert loss({"type": "Sum", "losses": pair}) == pytest.approx(sum(parts), rel=1e-5)
    weighed = {"type": "Sum", "losses": pair, "weights": [0.5, 2]}
    assert loss(weighed) == pytest.approx(0.5 * parts[0] + 2 * parts[1], rel=1e-5)


def test_masks_of_several_sizes_are_kept(write: Write) -> None:
    """A network that takes pictures of any size could be trained, but not evaluated."""
    architecture = write(convolution(), task="segmentation", input={"shape": [None, None, 1]})
    batches = [(np.zeros((1, side, 8, 1), np.float32), MASKS[:1, :side]) for side in (8, 6)]
    evaluation = task_of(architecture).evaluate(build_model(architecture), batches, NAMES, architecture)
    assert [mask.shape for mask in evaluation.truth] == [(8, 8), (6, 8)]
    assert [mask.shape for mask in evaluation.predictions] == [(8, 8), (6, 8)]


def test_an_output_of_another_scale_is_refused(write: Write) -> None:
    """A network that halves its maps would be trained on the middle of the masks, as if it saw nothing else."""
    halved, doubled = {"type": "MaxPooling2D", "pool_size": 2}, {"type": "UpSampling2D", "size": 2}
    architecture = write(halved, convolution(kernel_size=3), task="segmentation")
    found = task_of(architecture).check_training(architecture)
    assert [str(each).splitlines()[0].partition(": ")[2] for each in found] == [
        "error[head]: layers[1] Conv2D: one output pixel stands for 2×2 of the picture's, and each needs its own"
    ]
    assert [each.hint for each in found] == [
        "bring the output to the picture's scale, with Conv2DTranspose or UpSampling2D"
    ]
    for layers in ([halved, doubled, convolution()], [convolution(kernel_size=3)]):
        architecture = write(*layers, task="segmentation")
        assert task_of(architecture).check_training(architecture) == []
