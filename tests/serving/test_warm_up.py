"""The requests that TF Serving answers by itself when it loads an export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from cnnkeras.serving.batch_sizes import BATCH_SIZES, batch_sizes
from cnnkeras.serving.requests import Request
from cnnkeras.serving.rpc_format import predict_request
from tests.inspection.networks import architecture_of, pictures
from tests.serving.conftest import Exported


def warm_up_requests(export: Path) -> list[PredictRequest]:
    """Read them as the server does, from the place that it knows."""
    records = tf.data.TFRecordDataset(str(export / "assets.extra" / "tf_serving_warmup_requests")).as_numpy_iterator()
    logs = [PredictionLog.FromString(record) for record in records]
    assert all(log.WhichOneof("log_type") == "predict_log" for log in logs)
    return [log.predict_log.request for log in logs]


def test_every_signature_is_warmed_up_for_every_batch_size(exported: Exported) -> None:
    """The first user of a signature or of a batch size would wait longer than the second."""
    found = [
        (request.model_spec.signature_name, value.tensor_shape.dim[0].size)
        for request in warm_up_requests(exported.path)
        for value in request.inputs.values()
    ]
    signatures = ("serving_default", "features", "serve_encoded")
    assert sorted(found) == sorted((name, size) for name in signatures for size in BATCH_SIZES)
    assert {request.model_spec.name for request in warm_up_requests(exported.path)} == {"small"}


def test_the_export_answers_them(exported: Exported) -> None:
    """A server would refuse to load an export whose warm-up fails."""
    signatures = tf.saved_model.load(str(exported.path)).signatures
    for request in warm_up_requests(exported.path):
        inputs = {name: tf.constant(tf.make_ndarray(value)) for name, value in request.inputs.items()}
        answer = signatures[request.model_spec.signature_name](**inputs)
        rows = {value.shape[0] for value in answer.values()}
        assert rows == {len(next(iter(inputs.values())))}


def test_they_are_the_runs_own_pictures(exported: Exported) -> None:
    """Noise would not take the ways that users' pictures take."""
    first = next(request for request in warm_up_requests(exported.path) if "images" in request.inputs)
    np.testing.assert_array_equal(tf.make_ndarray(first.inputs["images"]), pictures(1).astype(np.float32))


def test_a_version_can_be_asked_for() -> None:
    """With two versions side by side, only the newer could be asked."""
    request = Request("serve_encoded", "image_bytes", np.array([b"a", b"\x00"], object))
    message = predict_request(request, "lenet5", 3)
    assert message.model_spec.version.value == 3
    assert tf.make_ndarray(message.inputs["image_bytes"]).tolist() == [b"a", b"\x00"]
    assert not predict_request(request, "lenet5").model_spec.HasField("version")


def test_a_large_network_gets_small_batches(tmp_path: Path) -> None:
    """A server would be busy with itself for minutes, or its export be of gigabytes."""
    small = architecture_of(tmp_path)
    assert batch_sizes(small, (8, 8, 1)) == (1, 8, 32)
    assert batch_sizes(small, (224, 224, 3)) == (1, 8)
    dense = [{"type": "Flatten"}, {"type": "Dense", "units": 3}, {"type": "Softmax"}]
    layers = [{"type": "Conv2D", "filters": 256, "kernel_size": 7, "padding": "same"}, *dense]
    assert batch_sizes(architecture_of(tmp_path, layers, input={"shape": [900, 900, 3]}), (8, 8, 1)) == (1,)
