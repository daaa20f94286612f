"""TFLite, for phones and small machines: float32, float16 weights, or int8 calibrated on the run's own pictures."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
import tensorflow as tf

from cnnkeras.errors import first_line
from cnnkeras.serving.engines.engine import CannotTake, Engine, Run
from cnnkeras.serving.engines.network import PortableNetwork

Precision = Literal["float32", "float16", "int8"]


class TFLite(Engine):
    """A file of TFLite's own operations, for one picture at a time.

    Inputs and outputs are float32 in every precision, so that a caller need not know it.
    """

    def __init__(self, precision: Precision) -> None:
        self._precision = precision
        self.is_exact = precision == "float32"
        self.ending = ".tflite" if self.is_exact else f"-{precision}.tflite"

    def write(self, network: PortableNetwork, file: Path, calibration: Sequence[np.ndarray]) -> None:
        """Convert the network. Raises CannotTake where it needs what TFLite does not have."""
        if None in network.architecture.input.shape:
            raise CannotTake("its pictures may have any size, and TFLite takes one\nfix it with input.shape=[…]")
        with _quiet():
            concrete = network.function(1).get_concrete_function()
            converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], network.tracked)
            if self._precision != "float32":
                converter.optimizations = [tf.lite.Optimize.DEFAULT]
            if self._precision == "float16":
                converter.target_spec.supported_types = [tf.float16]
            if self._precision == "int8":
                converter.representative_dataset = lambda: ([each[np.newaxis]] for each in calibration)
            try:
                content = converter.convert()
            # The converter raises an exception of its own in every version, and none that is public.
            except Exception as failure:
                raise CannotTake(first_line(failure)) from failure
        file.write_bytes(content)

    def open(self, file: Path) -> Run:
        """Run it in TFLite's interpreter."""
        with _quiet():
            interpreter = tf.lite.Interpreter(str(file), num_threads=1)
            interpreter.allocate_tensors()
            runner = interpreter.get_signature_runner()

        def run(images: np.ndarray) -> dict[str, np.ndarray]:
            # What the runner gives is its own memory, written over by the next call.
            answers = [
                {name: value.copy() for name, value in runner(images=each[np.newaxis]).items()} for each in images
            ]
            return {name: np.concatenate([answer[name] for answer in answers]) for name in answers[0]}

        return run


@contextmanager
def _quiet() -> Iterator[None]:
    # TensorFlow 2.21 announces that its interpreter moves to another package, which it does not bring itself.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
