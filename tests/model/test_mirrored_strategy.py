"""Our layers on two devices, in a process that has two."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import keras
import numpy as np
from cnnkeras.model.convolution import Conv2D
from cnnkeras.model.normalization import BatchNormalization

def mean_of_moving_variance(normalization):
    keras.utils.set_random_seed(0)
    with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
        layers = [Conv2D(2, 3, padding="reflect"), Conv2D(4, 3, groups=2), normalization(momentum=0.5)]
        model = keras.Sequential([keras.Input((6, 6, 1)), *layers, keras.layers.GlobalAveragePooling2D()])
        model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(8, 6, 6, 1))
    model.fit(x, np.ones((8, 4)), batch_size=8, epochs=2, verbose=0)
    return np.asarray(layers[2].moving_variance.value)

np.testing.assert_allclose(
    mean_of_moving_variance(BatchNormalization), mean_of_moving_variance(keras.layers.BatchNormalization), rtol=1e-4
)
"""


@pytest.mark.slow
def test_replicas_train_as_with_keras() -> None:
    """A net would fail, or keep other averages, as soon as it is trained on two devices."""
    process = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
