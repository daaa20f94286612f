"""Batch normalization over all replicas, against one replica that has the whole batch."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

PROGRAM = """
import json, sys
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import keras
import numpy as np
from cnnkeras.model.normalization import BatchNormalization

SHARES = {"shares of 4 and 3": (4, 3), "a share of nothing": (7, 0)}
policy = sys.argv[1]
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
random = np.random.default_rng(0)
maps = random.normal(3, 2, (7, 5, 4, 3)).astype("float32")
weights = random.normal(size=maps.shape).astype("float32")

def trained(layer, maps, weights):
    variables = [layer.gamma.value, layer.beta.value]
    with tf.GradientTape() as tape:
        x = tf.cast(maps, layer.compute_dtype)
        tape.watch(x)
        y = layer(x, training=True)
        loss = tf.reduce_sum(tf.cast(y, "float32") * weights)
    return [y, *tape.gradient(loss, [x, *variables])]

def made(kind):
    layer = kind(dtype=policy, momentum=0.5, synchronized=True, gamma_initializer=keras.initializers.Constant(1.5), epsilon=1e-7)
    layer.build(maps.shape)
    return layer

def averages(layer):
    return [np.asarray(each, "float64").tolist() for each in (layer.moving_mean.value, layer.moving_variance.value)]

def on_one():
    layer = made(keras.layers.BatchNormalization)
    found = trained(layer, tf.constant(maps), tf.constant(weights))
    return [np.asarray(tf.cast(each, "float64")).tolist() for each in found] + averages(layer)

def on_two(sizes):
    with strategy.scope():
        layer = made(BatchNormalization)
    cuts = (slice(0, sizes[0]), slice(sizes[0], None))
    parts = [[tf.constant(whole[cut]) for cut in cuts] for whole in (maps, weights)]
    spread = [strategy.experimental_distribute_values_from_function(
        lambda context, part=part: part[context.replica_id_in_sync_group]) for part in parts]
    found = tf.function(lambda *spread: strategy.run(trained, (layer, *spread)))(*spread)
    y, x, gamma, beta = [[tf.cast(each, "float64") for each in strategy.experimental_local_results(one)]
                         for one in found]
    joined = [tf.concat(y, 0), tf.concat(x, 0), tf.add_n(gamma), tf.add_n(beta)]
    return [each.numpy().tolist() for each in joined] + averages(layer)

def far_from_zero():
    # A mean that is large against the deviation, of 0.002, in the very first step.
    far = maps * 1e-3 + 100
    with strategy.scope():
        layer = made(BatchNormalization)
    parts = [tf.constant(far[:4]), tf.constant(far[4:])]
    spread = strategy.experimental_distribute_values_from_function(
        lambda context: parts[context.replica_id_in_sync_group])
    y = tf.function(lambda x: strategy.run(lambda x: layer(x, training=True), (x,)))(spread)
    return float(np.concatenate([np.asarray(each) for each in strategy.experimental_local_results(y)]).std())

meetings = []
reduce = tf.distribute.ReplicaContext.all_reduce
def counted(self, *arguments, **options):
    if self.num_replicas_in_sync > 1:
        meetings.append(self)
    return reduce(self, *arguments, **options)
tf.distribute.ReplicaContext.all_reduce = counted

found = {name: [on_one(), on_two(sizes)] for name, sizes in SHARES.items()}
met = len(meetings)
far = far_from_zero() if policy == "float32" else None
print(json.dumps([found, met, far]))
"""
BOUNDS = {"float32": 2e-5, "float64": 1e-10, "mixed_bfloat16": 3e-2, "mixed_float16": 4e-3, "bfloat16": 8e-2}
WHAT = ("outputs", "gradient", "gamma's gradient", "beta's gradient", "moving mean", "moving variance")


@pytest.mark.slow
@pytest.mark.parametrize("policy", BOUNDS)
def test_all_replicas_have_the_statistics_of_the_whole_batch(policy: str) -> None:
    """A net on two devices would train otherwise than on one, though the file asks for the same.

    In a process for each precision: TensorFlow takes the number of what devices exchange for a tensor of the type
    that it had before.
    """
    process = subprocess.run([sys.executable, "-c", PROGRAM, policy], capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    found, meetings, far = json.loads(process.stdout.splitlines()[-1])
    bound = BOUNDS[policy]
    for case, pair in found.items():
        for what, one, two in zip(WHAT, *pair, strict=True):
            np.testing.assert_allclose(two, one, rtol=bound, atol=bound, err_msg=f"{what}: {case}")
    # Of two replicas, once forward and once backward, for each way to share the batch out.
    assert meetings == 2 * 2 * len(found)
    # 1.5 but for epsilon.
    assert far is None or far == pytest.approx(1.5 * (1 + 1e-7 / 0.002**2) ** -0.5, rel=1e-3)
