"""ONNX, checked with onnxruntime."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from cnnkeras.errors import first_line
from cnnkeras.serving.engines.engine import CannotTake, Engine, Run
from cnnkeras.serving.engines.network import IMAGES, PortableNetwork

# The newest set of operations that tf2onnx 1.17 writes whole.
OPSET = 17


class Onnx(Engine):
    """A file for batches of any size."""

    ending = ".onnx"
    extra = "onnx"

    def write(self, network: PortableNetwork, file: Path, calibration: Sequence[np.ndarray]) -> None:  # noqa: ARG002
        """Convert the network. Raises CannotTake where it needs what ONNX does not have."""
        import onnx
        import tf2onnx

        logging.getLogger("tf2onnx").setLevel(logging.ERROR)
        function = network.function(None)
        names = sorted(function.get_concrete_function().structured_outputs)

        def in_order(images: tf.Tensor) -> list[tf.Tensor]:
            outputs = network(images)
            return [tf.identity(outputs[name], name=name) for name in names]

        spec = tf.TensorSpec((None, *network.architecture.input.shape), tf.float32, name=IMAGES)
        with warnings.catch_warnings():
            # tf2onnx 1.17 still asks NumPy 2 by old names.
            warnings.simplefilter("ignore")
            try:
                made, _ = tf2onnx.convert.from_function(
                    tf.function(in_order, autograph=False), input_signature=[spec], opset=OPSET
                )
                _name_outputs(made, names)
                onnx.checker.check_model(made)
            # tf2onnx raises ValueError, RuntimeError and KeyError for operations that it does not know.
            except Exception as failure:
                raise CannotTake(first_line(failure)) from failure
        onnx.save(made, str(file))

    def open(self, file: Path) -> Run:
        """Run it in onnxruntime, on the processor."""
        import onnxruntime

        session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]

        def run(images: np.ndarray) -> dict[str, np.ndarray]:
            return dict(zip(names, session.run(names, {IMAGES: images}), strict=True))

        return run


def _name_outputs(made: Any, names: Sequence[str]) -> None:
    """Give the outputs our names, in place of those of TensorFlow's graph, and the input its own."""
    new = {output.name: name for output, name in zip(made.graph.output, names, strict=True)}
    new[made.graph.input[0].name] = IMAGES
    made.graph.input[0].name = IMAGES
    for output in made.graph.output:
        output.name = new[output.name]
    for node in made.graph.node:
        for field in (node.input, node.output):
            field[:] = [new.get(each, each) for each in field]
