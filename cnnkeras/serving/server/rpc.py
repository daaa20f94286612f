"""TF Serving's gRPC: PredictionService, in the messages of tensorflow-serving-api."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grpc
import tensorflow as tf
from tensorflow.core.framework.types_pb2 import DataType
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataRequest, SignatureDefMap
from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

from cnnkeras.errors import RunError
from cnnkeras.serving.golden import Answers
from cnnkeras.serving.requests import Request
from cnnkeras.serving.rpc_format import predict_request
from cnnkeras.serving.server.client import INITIALIZER, PATIENCE_SECONDS, TYPES, Client, Names, Target

# Maps of probabilities are larger than the four megabytes that gRPC allows by itself.
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class GrpcClient(Client):
    """One channel, kept open between requests."""

    protocol = "gRPC"

    def __init__(self, target: Target) -> None:
        self._target = target
        self._channel = grpc.insecure_channel(target.address, UNLIMITED)
        self._stub = PredictionServiceStub(self._channel)

    def signatures(self) -> dict[str, tuple[Names, Names]]:
        """Give the inputs and outputs of each signature. Raises RunError where the model is not there."""
        request = GetModelMetadataRequest(metadata_field=["signature_def"])
        request.model_spec.name = self._target.model
        request.model_spec.version.value = self._target.version
        try:
            metadata = self._stub.GetModelMetadata(request, timeout=PATIENCE_SECONDS)
        except grpc.RpcError as failure:
            raise self._failed("the request for its signatures", failure) from failure
        found = SignatureDefMap()
        metadata.metadata["signature_def"].Unpack(found)
        return {
            name: (_names(each.inputs), _names(each.outputs))
            for name, each in found.signature_def.items()
            if name != INITIALIZER
        }

    def answer(self, request: Request, outputs: Names) -> Answers:
        """Give the outputs that are named. Raises RunError where the server does not."""
        message = predict_request(request, self._target.model, self._target.version)
        try:
            answer = self._stub.Predict(message, timeout=PATIENCE_SECONDS)
        except grpc.RpcError as failure:
            raise self._failed(f"a request to {request.signature}", failure) from failure
        return {name: tf.make_ndarray(answer.outputs[name]) for name in outputs}

    def close(self) -> None:
        """Let the channel go."""
        self._channel.close()

    def _failed(self, request: str, failure: grpc.RpcError) -> RunError:
        code, said = failure.code(), failure.details() or ""
        if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
            return self._target.not_there(said)
        return self._target.refused(request, said)


def _names(tensors: Mapping[str, Any]) -> Names:
    kinds = {name: DataType.Name(each.dtype) for name, each in tensors.items()}
    return {name: TYPES.get(kind, kind) for name, kind in kinds.items()}
