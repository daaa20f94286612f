"""Requests as TF Serving's gRPC takes them, in the messages of tensorflow-serving-api."""

from __future__ import annotations

import tensorflow as tf
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from cnnkeras.serving.requests import Request


def predict_request(request: Request, model: str, version: int | None = None) -> PredictRequest:
    """Give the message. Without a version the server takes its newest."""
    message = PredictRequest()
    message.model_spec.name = model
    message.model_spec.signature_name = request.signature
    if version is not None:
        message.model_spec.version.value = version
    value = request.value.tolist() if request.value.dtype == object else request.value
    message.inputs[request.input].CopyFrom(tf.make_tensor_proto(value))
    return message
