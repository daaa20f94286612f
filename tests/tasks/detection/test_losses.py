"""What a detector learns by: which places find which boxes, and what it costs to be wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.load import load_architecture
from cnnkeras.tasks.detection.assignment import assign
from cnnkeras.tasks.detection.decoding import decode
from cnnkeras.tasks.detection.losses import DetectionLoss, detection_loss
from cnnkeras.tasks.detection.places import Level, centres, levels

CLASSES, REG_MAX, SIDE = 3, 16, 32
CONVOLUTION = {"type": "Conv2D", "filters": 4 * REG_MAX + CLASSES, "kernel_size": 3, "padding": "same", "strides": 2}
LAYERS = [
    {"type": "PadToMultiple", "multiple": 16},
    {**CONVOLUTION, "filters": 8},
    {**CONVOLUTION, "filters": 8},
    {**CONVOLUTION, "name": "fine"},
    {**CONVOLUTION, "name": "coarse"},
    {"type": "DetectionHead", "inputs": ["fine", "coarse"]},
]
NONE = [-1.0] * 5


@pytest.fixture
def architecture(tmp_path: Path) -> Architecture:
    return read(tmp_path, SIDE)


def read(folder: Path, side: int) -> Architecture:
    path = folder / "small.json"
    path.write_text(json.dumps({"input": {"shape": [side, side, 3]}, "layers": LAYERS}))
    architecture = load_architecture(path).architecture
    assert architecture is not None
    return architecture


def outputs_for(labels: np.ndarray, architecture: Architecture, sure: float = 30.0) -> np.ndarray:
    """Give what a network would say that knows the answer: every place in a box says it, to the pixel."""
    points, strides = centres(levels(architecture, architecture.outputs[0]))
    outputs = np.full((len(labels), len(points), 4 * REG_MAX + CLASSES), -sure, np.float32)
    for picture, boxes in enumerate(labels):
        for left, top, right, bottom, kind in boxes[boxes[:, 4] >= 0]:
            sides = np.stack(
                [points[:, 0] - left, points[:, 1] - top, right - points[:, 0], bottom - points[:, 1]], axis=-1
            ) / np.tile(strides, 2)
            shares = np.maximum(1 - np.abs(np.clip(sides, 0, REG_MAX - 1)[..., None] - np.arange(REG_MAX)), 1e-9)
            inside = sides.min(axis=-1) > 0
            outputs[picture, inside, : 4 * REG_MAX] = np.log(shares).reshape(len(points), -1)[inside]
            outputs[picture, inside, 4 * REG_MAX + int(kind)] = sure
    return outputs


def test_places_of_any_input_side(tmp_path: Path) -> None:
    """Boxes would be learned and drawn beside the objects where a side is no multiple of the strides."""
    for side in (5, 16, 20, 31, 33, 50):
        small = read(tmp_path, side)
        rows = -(-side // 16) * 2
        assert levels(small, small.outputs[0]) == [
            Level(rows, rows, (8, 8)),
            Level(rows // 2, rows // 2, (16, 16)),
        ]
    points, strides = centres([Level(2, 3, (8, 8))])
    assert points.tolist() == [[4, 4], [12, 4], [20, 4], [4, 12], [12, 12], [20, 12]]
    assert strides.tolist() == [[8, 8]] * 6


def test_decodes_what_was_meant(architecture: Architecture) -> None:
    """Boxes would come out at another place than the network says."""
    labels = np.float32([[[2, 4, 20, 30, 0]]])
    boxes, scores = decode(outputs_for(labels, architecture), architecture)
    said = np.asarray(scores)[0, :, 0] > 0.5
    assert said.any()
    np.testing.assert_allclose(np.asarray(boxes)[0, said], np.tile(labels[0, :, :4], (said.sum(), 1)), atol=1e-3)


def test_knowing_the_answer_costs_least(architecture: Architecture) -> None:
    """Training would lead away from the boxes."""
    labels = np.float32([[[2, 4, 20, 30, 0], [16, 16, 31, 31, 2]], [[0, 0, 32, 32, 1], NONE]])
    loss = detection_loss(architecture, architecture.outputs[0])
    known = outputs_for(labels, architecture)
    least = float(loss(labels, known))
    random = np.random.default_rng(0).normal(size=known.shape).astype("float32")
    other = labels.copy()
    other[..., 4] = np.where(labels[..., 4] >= 0, (labels[..., 4] + 1) % CLASSES, -1)
    moved = labels + np.float32([4, 0, 4, 0, 0]) * (labels[..., 4:] >= 0)
    assert least < 0.3 * min(float(loss(labels, each)) for each in (random, known * 0))
    assert least < float(loss(other, known))
    assert least < float(loss(moved, known))


def test_who_says_nothing_is_wrong(architecture: Architecture) -> None:
    """A detector whose scores are all 0 in float32 would cost nothing, be the best, and never learn again."""
    labels = np.float32([[[2, 4, 20, 30, 0]]])
    outputs = outputs_for(labels, architecture)
    outputs[..., 4 * REG_MAX :] = -200.0
    outputs = tf.constant(outputs)
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        loss = detection_loss(architecture, architecture.outputs[0])(labels, outputs)
    assert float(loss) > 50
    assert float(tf.reduce_min(tape.gradient(loss, outputs)[..., 4 * REG_MAX])) < 0


@pytest.mark.parametrize("count", [0, 1, 300])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_any_number_of_boxes(architecture: Architecture, count: int, dtype: str) -> None:
    """A picture without a box, or with hundreds, would make the loss NaN."""
    random = np.random.default_rng(count)
    corners = random.uniform(0, SIDE - 1, (2, count, 2))
    boxes = np.concatenate([corners, corners + random.uniform(0, 12, (2, count, 2)), np.zeros((2, count, 1))], axis=-1)
    labels = np.concatenate([boxes, np.full((2, 1, 5), -1)], axis=1).astype("float32")
    outputs = tf.Variable(tf.cast(random.normal(size=(2, 20, 67)), dtype))
    with tf.GradientTape() as tape:
        loss = detection_loss(architecture, architecture.outputs[0])(labels, outputs)
    gradient = tf.cast(tape.gradient(loss, outputs), "float32")
    assert np.isfinite(loss)
    assert loss.dtype == tf.float32
    assert np.isfinite(gradient).all()
    assert np.abs(gradient[..., 64:]).max() > 0


def test_padding_and_order_of_boxes_change_nothing(architecture: Architecture) -> None:
    """The loss would depend on the picture with the most boxes."""
    labels = np.float32([[[2, 4, 20, 30, 0], [16, 16, 31, 31, 2], NONE]])
    outputs = np.random.default_rng(1).normal(size=(1, 20, 67)).astype("float32")
    loss = detection_loss(architecture, architecture.outputs[0])
    padded = np.concatenate([np.full((1, 7, 5), -1, np.float32), labels[:, ::-1]], axis=1)
    np.testing.assert_allclose(loss(padded, outputs), loss(labels, outputs), rtol=1e-5)


def test_the_smallest_box_and_class_0_are_learned() -> None:
    """An object smaller than the finest stride, or of the first class, would never be found."""
    points, strides = centres([Level(4, 4, (8, 8))])
    labels = np.float32([[[7.5, 7.5, 8.5, 8.5, 0]]])
    boxes = np.concatenate([points - 8, points + 8], axis=-1)[None].astype("float32")
    assigned = assign(labels, boxes, np.full((1, 16, 2), 0.1, np.float32), points, strides)
    scores = np.asarray(assigned.scores)
    assert scores[0, :, 0].max() > 0
    assert scores[0, :, 1].max() == 0
    np.testing.assert_array_equal(np.asarray(assigned.boxes)[0][scores[0, :, 0] > 0][0], labels[0, 0, :4])


def test_a_place_finds_one_box_the_one_it_overlaps_most() -> None:
    """Two objects on top of each other would be averaged."""
    points, strides = centres([Level(4, 4, (8, 8))])
    labels = np.float32([[[0, 0, 32, 32, 0], [4, 4, 20, 20, 1]]])
    boxes = np.tile(np.float32([4, 4, 20, 20]), (1, 16, 1))
    assigned = assign(labels, boxes, np.full((1, 16, 2), 0.5, np.float32), points, strides)
    inside = (points > 4).all(axis=-1) & (points < 20).all(axis=-1)
    scores = np.asarray(assigned.scores)[0]
    assert (scores[inside, 0] == 0).all()
    np.testing.assert_allclose(scores[inside, 1], 1, atol=1e-5)


def test_a_box_takes_its_ten_best_places() -> None:
    """Every place in a large object would answer it."""
    points, strides = centres([Level(8, 8, (8, 8))])
    random = np.random.default_rng(0)
    boxes = np.float32([0, 0, 64, 64]) + random.uniform(-8, 8, (1, 64, 4)).astype("float32")
    assigned = assign(np.float32([[[0, 0, 64, 64, 0]]]), boxes, np.full((1, 64, 1), 0.5, np.float32), points, strides)
    assert (np.asarray(assigned.scores) > 0).sum() == 10


TWO_REPLICAS = """
import sys
import numpy as np
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import keras
from cnnkeras.model import build_model
from cnnkeras.spec.load import load_architecture
from cnnkeras.tasks.detection.losses import detection_loss

architecture = load_architecture(sys.argv[1]).architecture
random = np.random.default_rng(0)
x = random.uniform(size=(4, 32, 32, 3)).astype("float32")
# Very unlike halves: three boxes in the first, none in the second.
y = np.full((4, 3, 5), -1, "float32")
y[0] = [[2, 4, 20, 30, 0], [16, 16, 31, 31, 2], [0, 0, 12, 12, 1]]

def trained(devices):
    keras.utils.set_random_seed(1)
    with tf.distribute.MirroredStrategy(devices).scope():
        model = build_model(architecture)
        model.compile(keras.optimizers.SGD(0.1), detection_loss(architecture, architecture.outputs[0]))
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(4)
    loss = model.fit(data, verbose=0).history["loss"][0]
    return loss, [variable.numpy() for variable in model.trainable_variables]

one, two = trained(["CPU:0"]), trained(["CPU:0", "CPU:1"])
np.testing.assert_allclose(one[0], two[0], rtol=1e-4)
for single, double in zip(one[1], two[1]):
    np.testing.assert_allclose(single, double, atol=1e-5)
"""


@pytest.mark.slow
def test_one_and_two_replicas_learn_the_same(tmp_path: Path) -> None:
    """A detector would be trained otherwise on two devices, as KerasCV's is."""
    read(tmp_path, SIDE)
    process = subprocess.run(
        [sys.executable, "-c", TWO_REPLICAS, str(tmp_path / "small.json")], capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr


def test_the_loss_is_one_number_a_batch() -> None:
    """It would be divided by the batch a second time."""
    points, strides = centres([Level(4, 4, (8, 8))])
    loss = DetectionLoss(4, points, strides)
    outputs, labels = np.zeros((3, 16, 18), np.float32), np.full((3, 1, 5), -1, np.float32)
    labels[0, 0] = [0, 0, 16, 16, 1]
    each = np.asarray(loss.call(labels, outputs))
    assert each.shape == (3,)
    np.testing.assert_allclose(loss(labels, outputs), each.sum(), rtol=1e-6)
