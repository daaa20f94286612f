"""Warm-up: requests that TF Serving answers by itself when it loads the export, so that no user waits for the first.

See https://www.tensorflow.org/tfx/serving/saved_model_warmup: a TFRecord file of PredictionLog messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog, PredictLog

from cnnkeras.errors import RunError
from cnnkeras.serving.batch_sizes import batch_sizes
from cnnkeras.serving.requests import Request, requests_for
from cnnkeras.serving.rpc_format import predict_request
from cnnkeras.spec.architecture import Architecture

FILE = "assets.extra/tf_serving_warmup_requests"


def write_warm_up(
    export: Path, architecture: Architecture, inputs: Mapping[str, str], pictures: Sequence[np.ndarray]
) -> None:
    """Write requests about `pictures` to every signature, of each batch size that a server computes. Raises OSError."""
    with tf.io.TFRecordWriter(str(export / FILE)) as writer:
        for request in _requests(architecture, inputs, pictures):
            message = predict_request(request, architecture.name)
            writer.write(PredictionLog(predict_log=PredictLog(request=message)).SerializeToString())


def read_warm_up(export: Path, inputs: Mapping[str, str]) -> list[Request]:
    """Read them back. Raises RunError where they are not there."""
    try:
        records = list(tf.data.TFRecordDataset(str(export / FILE)).as_numpy_iterator())
    except tf.errors.OpError as failure:
        hint = "export the run again: python run.py export RUN"
        raise RunError(f"{export} has no readable warm-up requests", hint) from failure
    messages = [PredictionLog.FromString(record).predict_log.request for record in records]
    return [
        Request(name, inputs[name], tf.make_ndarray(message.inputs[inputs[name]]))
        for message in messages
        for name in [message.model_spec.signature_name]
    ]


def _requests(
    architecture: Architecture, inputs: Mapping[str, str], pictures: Sequence[np.ndarray]
) -> Iterator[Request]:
    of_one_size = [picture for picture in pictures if picture.shape == pictures[0].shape]
    for size in batch_sizes(architecture, pictures[0].shape):
        yield from requests_for(inputs, list(islice(cycle(of_one_size), size)))
