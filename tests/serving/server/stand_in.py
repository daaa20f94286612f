"""Stands in for TF Serving, whose image is not in a test's reach: its REST and its gRPC, as its pages describe them.

It answers by running the SavedModel with TensorFlow. What it does not do of TF Serving: batching, warm-up, reloading.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from google.protobuf import any_pb2, json_format
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import get_model_metadata_pb2, predict_pb2, prediction_service_pb2_grpc

METHODS = r"/v1/models/(?P<name>[^/:]+)(?:/versions/(?P<version>\d+))?(?P<what>/metadata|:predict)?"


@dataclass
class Models:
    """What is served: versions by name. `state` is what every version is said to be in."""

    versions: dict[str, dict[int, Path]]
    state: str = "AVAILABLE"
    message: str = ""
    loaded: dict[Path, Any] = field(default_factory=dict)

    def signatures(self, name: str, version: int | None) -> Any:
        """Give a version's signatures, the newest's where none is named; KeyError where there is none."""
        path = self.path(name, version)
        if path not in self.loaded:
            self.loaded[path] = tf.saved_model.load(str(path))
        return self.loaded[path].signatures

    def path(self, name: str, version: int | None) -> Path:
        versions = self.versions[name]
        return versions[max(versions) if version is None else version]

    def definitions(self, name: str, version: int | None) -> Any:
        """Give the signatures as the SavedModel describes them."""
        content = (self.path(name, version) / "saved_model.pb").read_bytes()
        return saved_model_pb2.SavedModel.FromString(content).meta_graphs[0].signature_def

    def answer(self, name: str, version: int | None, signature: str, inputs: dict[str, np.ndarray]) -> Any:
        tensors = {
            key: tf.constant(value.tolist() if value.dtype == object else value) for key, value in inputs.items()
        }
        return {key: value.numpy() for key, value in self.signatures(name, version)[signature](**tensors).items()}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    models: Models

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:  # the library's name
        self.handle_with(self.get)

    def do_POST(self) -> None:  # the library's name
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.handle_with(lambda **match: self.predict(body, **match))

    def handle_with(self, handle: Any) -> None:
        match = re.fullmatch(METHODS, self.path)
        try:
            status, content = handle(**match.groupdict())
        except KeyError as missing:
            status, content = 404, {"error": f"Servable not found for request: {missing}"}
        except Exception as failure:
            status, content = 400, {"error": str(failure).splitlines()[0]}
        text = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def get(self, name: str, version: str | None, what: str | None) -> tuple[int, Any]:
        if what == "/metadata":
            found = self.models.definitions(name, version and int(version))
            signatures = {
                key: json_format.MessageToDict(each, preserving_proto_field_name=True) for key, each in found.items()
            }
            return 200, {"model_spec": {"name": name}, "metadata": {"signature_def": {"signature_def": signatures}}}
        status = {"error_code": "OK", "error_message": self.models.message}
        return 200, {
            "model_version_status": [
                {"version": str(number), "state": self.models.state, "status": status}
                for number in self.models.versions[name]
            ]
        }

    def predict(self, body: Any, name: str, version: str | None, what: str | None) -> tuple[int, Any]:
        assert what == ":predict"
        number, signature = version and int(version), body.get("signature_name", "serving_default")
        ((key, spec),) = self.models.definitions(name, number)[signature].inputs.items()
        if spec.dtype == tf.string.as_datatype_enum:
            value = np.array([base64.b64decode(each["b64"]) for each in body["instances"]], object)
        else:
            value = np.array(body["instances"], np.float32)
        outputs = self.models.answer(name, number, signature, {key: value})
        columns = {key: self.plain(each) for key, each in outputs.items()}
        if len(columns) == 1:
            return 200, {"predictions": next(iter(columns.values()))}
        return 200, {
            "predictions": [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        }

    def plain(self, value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return [self.plain(each) for each in value]
        return value.decode() if isinstance(value, bytes) else value.item()


class Servicer(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, models: Models) -> None:
        self.models = models

    def Predict(self, request: Any, context: Any) -> Any:  # noqa: N802  # the protocol's name
        spec = request.model_spec
        inputs = {key: tf.make_ndarray(value) for key, value in request.inputs.items()}
        try:
            outputs = self.models.answer(spec.name, self.version(spec), spec.signature_name, inputs)
        except KeyError as missing:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Servable not found for request: {missing}")
        except Exception as failure:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(failure).splitlines()[0])
        response = predict_pb2.PredictResponse()
        for key, value in outputs.items():
            response.outputs[key].CopyFrom(tf.make_tensor_proto(value))
        return response

    def GetModelMetadata(self, request: Any, context: Any) -> Any:  # noqa: N802  # the protocol's name
        try:
            found = self.models.definitions(request.model_spec.name, self.version(request.model_spec))
        except KeyError as missing:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Servable not found for request: {missing}")
        signatures = get_model_metadata_pb2.SignatureDefMap(signature_def=found)
        packed = any_pb2.Any()
        packed.Pack(signatures)
        return get_model_metadata_pb2.GetModelMetadataResponse(metadata={"signature_def": packed})

    def version(self, spec: Any) -> int | None:
        return spec.version.value if spec.HasField("version") else None


@contextmanager
def serving(models: Models) -> Iterator[tuple[str, str]]:
    """Serve on ports that are free; give REST's URL and gRPC's address."""
    rest = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"models": models}))
    threading.Thread(target=rest.serve_forever, daemon=True).start()
    rpc = grpc.server(ThreadPoolExecutor(2))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(Servicer(models), rpc)
    port = rpc.add_insecure_port("127.0.0.1:0")
    rpc.start()
    try:
        yield f"http://127.0.0.1:{rest.server_port}", f"127.0.0.1:{port}"
    finally:
        rpc.stop(None).wait()
        rest.shutdown()
        rest.server_close()
