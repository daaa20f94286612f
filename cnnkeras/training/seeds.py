"""Where all randomness comes from: one number in the file."""

from __future__ import annotations

import keras
import tensorflow as tf

from cnnkeras.spec.training import TrainingSection


def set_seeds(training: TrainingSection) -> None:
    """Seed Python, NumPy, TensorFlow and Keras; with `deterministic`, let TensorFlow use no operation that is not.

    Determinism can't be taken back within a process. It costs speed, mostly on a GPU.
    """
    keras.utils.set_random_seed(training.seed)
    if training.deterministic:
        tf.config.experimental.enable_op_determinism()
