"""Every loss by name: the gradient of two replicas is the gradient of one."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from cnnkeras.spec.losses import LOSSES

# Five pictures, three on one device and two on the other, with void pixels here and there; the network is one matrix.
PROGRAM = """
import ast, json, sys
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import numpy as np
from cnnkeras.spec.training import TrainingSection
from cnnkeras.tasks.heads import Head
from cnnkeras.tasks.losses import make_loss
from cnnkeras.training.replicas import ReplicaLoss

random = np.random.default_rng(0)
pixels = random.normal(size=(5, 4, 4, 2)).astype("float32")
masks = random.integers(0, 3, (5, 4, 4))
masks[0, :3] = masks[4, 0, 0] = 255
matrix = random.normal(size=(2, 3)).astype("float32")
shares = (slice(0, 3), slice(3, 5))

def trained(loss, share, labels, weight):
    with tf.GradientTape() as tape:
        tape.watch(weight)
        inputs = tf.constant(pixels[share] if labels.ndim == 3 else pixels[share, 0, 0])
        value = loss(tf.constant(labels[share]), tf.nn.softmax(inputs @ weight))
    return value, tape.gradient(value, weight)

def on_one(loss, labels):
    return trained(loss, slice(None), labels, tf.constant(matrix))

def on_two(loss, labels):
    def step():
        context = tf.distribute.get_replica_context()
        index = context.replica_id_in_sync_group
        share = shares[index if isinstance(index, int) else int(tf.get_static_value(index))]
        value, gradient = trained(ReplicaLoss(loss), share, labels, tf.constant(matrix))
        # Keras divides each value by the number of replicas, adds up gradients, and averages values by size.
        value *= 2 * (share.stop - share.start) / len(labels)
        return context.all_reduce(tf.distribute.ReduceOp.SUM, [value, gradient])
    value, gradient = strategy.run(step)
    return [strategy.experimental_local_results(each)[0] for each in (value, gradient)]

strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
apart = {}
for name in sys.argv[1:]:
    described = TrainingSection.model_validate({"loss": ast.literal_eval(name)}).loss
    for kind, labels in {"masks": masks, "classes": masks[:, 3, 3]}.items():
        if kind == "classes" and 2 in ast.literal_eval(name).get("axis", ()):
            continue
        def loss():
            return make_loss(described, Head(3, 3, "identity"))
        with strategy.scope():
            two = on_two(loss(), labels)
        pairs = zip(on_one(loss(), labels), two)
        apart[f"{kind} {name}"] = max(float(abs(one - other).numpy().max()) / (1e-3 + float(abs(one).numpy().max())) for one, other in pairs)
print(json.dumps(apart))
"""
AXES = ((0, 1, 2), (1, 2), (1, 2, 3), (0,))
ASKED = [
    *({"type": name} for name in LOSSES),
    *({"type": name, "axis": axis} for name in ("Dice", "Tversky") for axis in AXES),
    {"type": "Tversky", "alpha": 0.3, "beta": 0.7, "axis": (0, 1, 2)},
    {"type": "Sum", "losses": ("SparseCategoricalCrossentropy", "Dice"), "weights": (1, 0.5)},
    {"type": "SparseCategoricalCrossentropy", "class_weights": (1.0, 2.0, 0.5)},
]


@pytest.mark.slow
def test_two_replicas_train_as_one() -> None:
    """A network would learn something else on two devices, by a loss of regions or where void pixels lie unevenly."""
    words = [sys.executable, "-c", PROGRAM, *map(repr, ASKED)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    apart = json.loads(done.stdout.splitlines()[-1])
    assert len(apart) > 40
    assert {name: distance for name, distance in apart.items() if distance > 1e-4} == {}
