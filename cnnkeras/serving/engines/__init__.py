"""Engines beside TF Serving that run a network: what each is called, and what writes and runs its file."""

from collections.abc import Mapping

from cnnkeras.serving.engines.engine import Engine
from cnnkeras.serving.engines.keras_file import KerasFile
from cnnkeras.serving.engines.onnx import Onnx
from cnnkeras.serving.engines.tflite import TFLite

ENGINES: Mapping[str, Engine] = {
    "tflite": TFLite("float32"),
    "tflite-float16": TFLite("float16"),
    "tflite-int8": TFLite("int8"),
    "onnx": Onnx(),
    "keras": KerasFile(),
}
