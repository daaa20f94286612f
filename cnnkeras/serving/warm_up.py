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

from cnnkeras.serving.batch_sizes import batch_sizes
from cnnkeras.serving.predict_request import predict_request
from cnnkeras.serving.requests import Request, requests_for
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


def _requests(
    architecture: Architecture, inputs: Mapping[str, str], pictures: Sequence[np.ndarray]
) -> Iterator[Request]:
    of_one_size = [picture for picture in pictures if picture.shape == pictures[0].shape]
    for size in batch_sizes(architecture, pictures[0].shape):
        yield from requests_for(inputs, list(islice(cycle(of_one_size), size)))
