"""What is written for TF Serving's own image, as far as it can be held to its formats without the image."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format, wrappers_pb2
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from cnnkeras.errors import RunError
from cnnkeras.serving.batch_sizes import BATCH_SIZES
from cnnkeras.serving.export import export
from cnnkeras.serving.server_files import write_server_files
from tests.inspection.networks import CLASS_NAMES
from tests.serving.conftest import Exported


def batching_parameters() -> Any:
    """Give an empty BatchingParameters, by its fields in TF Serving's session_bundle_config.proto.

    tensorflow-serving-api does not have it.
    """
    file = descriptor_pb2.FileDescriptorProto(
        name="batching.proto", syntax="proto3", dependency=[wrappers_pb2.DESCRIPTOR.name]
    )
    message = file.message_type.add(name="BatchingParameters")
    field = descriptor_pb2.FieldDescriptorProto
    wrapped = ["max_batch_size", "batch_timeout_micros", "max_enqueued_batches", "num_batch_threads"]
    for number, name in enumerate(wrapped, 1):
        message.field.add(
            name=name, number=number, label=field.LABEL_OPTIONAL, type=field.TYPE_MESSAGE,
            type_name=".google.protobuf.Int64Value",
        )  # fmt: skip
    message.field.add(name="allowed_batch_sizes", number=6, label=field.LABEL_REPEATED, type=field.TYPE_INT64)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("BatchingParameters"))()


def test_the_server_reads_its_models(exported: Exported) -> None:
    """The server would not start, or not know the model under its name."""
    text = (exported.path.parent / "models.config").read_text()
    (config,) = text_format.Parse(text, ModelServerConfig()).model_config_list.config
    assert (config.name, config.base_path, config.model_platform) == ("small", "/models/small", "tensorflow")
    assert config.model_version_policy.latest.num_versions == 2


def test_the_server_reads_its_batching(exported: Exported) -> None:
    """The server would not start with batching, or compute batches that it was not warmed up for."""
    read = text_format.Parse((exported.path.parent / "batching.config").read_text(), batching_parameters())
    assert list(read.allowed_batch_sizes) == list(BATCH_SIZES)
    # TF Serving refuses anything else than the last.
    assert read.max_batch_size.value == BATCH_SIZES[-1]
    assert (read.batch_timeout_micros.value, read.max_enqueued_batches.value) == (1000, 100)


def test_compose_finds_everything(exported: Exported) -> None:
    """`docker compose up` would fail, or the server not find its files."""
    folder = exported.path.parent
    services = yaml.safe_load((folder / "compose.yaml").read_text())["services"]
    assert services.keys() == {"server", "batching"}
    # Only one of them starts by itself: they take the same ports.
    assert [name for name, service in services.items() if "profiles" not in service] == ["server"]
    for service in services.values():
        assert service["ports"] == ["8501:8501", "8500:8500"]
        (volume,) = service["volumes"]
        assert volume == ".:/models/small:ro"
        files = re.findall(r"=/models/small/(\S+)", " ".join(service["command"]))
        assert files
        assert all((folder / file).is_file() for file in files)
    # A server that is given batching parameters without batching does not start.
    assert [any("batching" in word for word in service["command"]) for service in services.values()] == [False, True]


def test_the_readme_s_request_is_there(exported: Exported) -> None:
    """A user would copy a command that sends nothing."""
    text = (exported.path.parent / "README.md").read_text()
    (request,) = re.findall(r"curl -d @(\S+)", text)
    assert json.loads((exported.path.parent / request).read_text())["signature_name"] == "serving_default"
    (answer,) = re.findall(r"in `(\S+answer\.json)`", text)
    assert (exported.path.parent / answer).is_file()
    assert "http://localhost:8501/v1/models/small:predict" in text


def test_what_can_not_be_written_is_told(exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user would look at a traceback, and not know that the export itself is there."""

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cnnkeras.serving.export.verify", lambda *_: None)
    monkeypatch.setattr("cnnkeras.serving.export.write_server_files", full)
    with pytest.raises(RunError) as raised:
        export(exported.model, exported.architecture, exported.architecture.task, CLASS_NAMES, tmp_path / "export")
    assert str(raised.value) == (
        f"the server's files could not be written to {tmp_path}/export: No space left on device\n"
        f"     = help: see to the place and its space; the export itself is in {tmp_path}/export/1"
    )


def test_a_large_network_is_served_one_by_one(tmp_path: Path) -> None:
    """TF Serving refuses allowed batch sizes whose last is not the largest batch."""
    write_server_files(tmp_path, "large", (1,), "1/golden")
    read = text_format.Parse((tmp_path / "batching.config").read_text(), batching_parameters())
    assert (list(read.allowed_batch_sizes), read.max_batch_size.value) == ([1], 1)
