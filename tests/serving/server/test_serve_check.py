"""A running server held to a run: that it is the run's network, and how fast."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from cnnkeras.cli import main
from cnnkeras.serving.export import export
from cnnkeras.serving.server.timing import FEWEST
from tests.inspection.networks import CLASS_NAMES, architecture_of, model_of
from tests.serving.conftest import Exported
from tests.serving.server.stand_in import Models, serving

QUICK = ["--seconds", "0"]
PROTOCOLS = ["rest", "grpc"]


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Go to this machine without a proxy."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture(scope="module")
def served(exported: Exported) -> Iterator[tuple[str, str]]:
    """Give a server of the export."""
    with serving(Models({"small": {1: exported.path}})) as addresses:
        yield addresses


def check(addresses: tuple[str, str], place: Path, *more: str) -> int:
    """Check a server, both its protocols if `more` does not say otherwise."""
    return main(["serve-check", addresses[0], str(place), "--grpc", addresses[1], *QUICK, *more])


def test_a_server_of_the_run_answers_as_the_network(
    served: tuple[str, str], exported: Exported, capsys: pytest.CaptureFixture[str]
) -> None:
    """A user could not tell whether the server gives what was trained, nor how fast it is."""
    assert check(served, exported.path, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    by = {(each["protocol"], each["signature"], each["output"]) for each in found["answers"]}
    outputs = [
        *(("serving_default", name) for name in ("class", "label", "score", "probabilities")),
        ("features", "features"),
    ]
    assert by >= {(protocol, *each) for protocol in ("REST", "gRPC") for each in outputs}
    assert all(each["difference"] < 1e-5 for each in found["answers"])
    assert {each["pictures"] for each in found["answers"]} == {5, 2}
    measured = {(each["protocol"], each["signature"], each["batch_size"]) for each in found["timings"]}
    assert measured == {
        (protocol, signature, size)
        for protocol in ("REST", "gRPC")
        for signature in ("serving_default", "serve_encoded", "features")
        for size in (1, 8, 32)
    }
    for each in found["timings"]:
        assert each["requests"] == FEWEST
        assert 0 < each["median_ms"] <= each["p99_ms"]
        assert each["pictures_per_second"] > 0


def test_a_person_reads_tables(served: tuple[str, str], exported: Exported, capsys: pytest.CaptureFixture[str]) -> None:
    """A user would have to read JSON."""
    assert check(served, exported.path, "--only", "grpc", "--clients", "2") == 0
    printed = capsys.readouterr()
    assert printed.err == f"asking {served[1]} by gRPC\n"
    assert "answers by gRPC: the network's" in printed.out
    assert "REST" not in printed.out
    rows = [line.split() for line in printed.out.splitlines() if line.startswith("gRPC")]
    assert [(row[1], row[2], row[3]) for row in rows[:2]] == [("serving_default", "1", "10"), ("features", "1", "10")]


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """Give the error alone: what stands above it is what was asked."""
    return "".join(line for line in capsys.readouterr().err.splitlines(True) if not line.startswith("asking "))


def test_no_server(exported: Exported, capsys: pytest.CaptureFixture[str]) -> None:
    """A user who has not started it would look at a traceback of three libraries."""
    with serving(Models({})) as addresses:
        pass
    compose = exported.path.parent / "compose.yaml"
    hint = f"\n     = help: start it: docker compose -f {compose} up -d, and give it a moment; or name the address it has\n"
    assert check(addresses, exported.path, "--only", "rest") == 1
    assert said(capsys) == f"no TF Serving answers at {addresses[0]}: Connection refused{hint}"
    assert check(addresses, exported.path, "--only", "grpc") == 1
    text = said(capsys)
    assert text.startswith(f"no TF Serving answers at {addresses[1]}: failed to connect to all addresses")
    assert text.endswith(hint)


def test_something_else_answers(exported: Exported, capsys: pytest.CaptureFixture[str]) -> None:
    """A user who named a wrong port would look at a traceback."""

    class Other(BaseHTTPRequestHandler):
        content = b"<html>"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.content)))
            self.end_headers()
            self.wfile.write(self.content)

        def log_message(self, *_: Any) -> None: ...

    other = HTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{other.server_port}"
    assert check((address, ""), exported.path, "--only", "rest") == 1
    assert said(capsys).startswith(f"no TF Serving answers at {address}: it says 200 OK, and not in JSON\n")
    Other.content = b"[1]"
    assert check((address, ""), exported.path, "--only", "rest") == 1
    expected = f"no TF Serving answers at {address}: what it says of the model is not TF Serving's\n"
    assert said(capsys).startswith(expected)
    other.shutdown()
    other.server_close()


def test_another_name(served: tuple[str, str], exported: Exported, capsys: pytest.CaptureFixture[str]) -> None:
    """A user would not know that the model goes by another name there."""
    assert check(served, exported.path, "--only", "rest", "--model", "large") == 1
    assert said(capsys) == (
        f"the server at {served[0]} has no model large\n"
        "     = help: name the model that it has with --model, or start it with the run's models.config\n"
    )
    assert check(served, exported.path, "--only", "grpc", "--model", "large") == 1
    assert said(capsys).startswith(
        f"the server at {served[1]} refused the request for its signatures: Servable not found for request: 'large'\n"
    )


def test_another_version(served: tuple[str, str], exported: Exported, capsys: pytest.CaptureFixture[str]) -> None:
    """A user would not know that the server still has the version before."""
    assert check(served, exported.path, "--only", "rest", "--version", "7") == 1
    assert said(capsys) == (
        "the server has small in version 1, and not in version 7\n"
        f"     = help: wait until it has loaded {exported.path}; or check the version that it has, by its folder in "
        f"{exported.path.parent} or, if it has another number there, with --version\n"
    )


def test_a_server_that_is_not_ready(exported: Exported, capsys: pytest.CaptureFixture[str]) -> None:
    """A user would take a server that is loading for a broken one."""
    with serving(Models({"small": {1: exported.path}}, state="LOADING", message="warming up")) as addresses:
        assert check(addresses, exported.path, "--only", "rest") == 1
    assert said(capsys) == (
        "version 1 of small is in state LOADING: warming up\n"
        "     = help: wait a moment; if it stays so, the server's log says why\n"
    )


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_another_network(protocol: str, exported: Exported, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A user would measure a server that serves something else."""
    layers: list[dict[str, Any]] = [{"type": "Conv2D", "filters": 3, "kernel_size": 1, "activation": "softmax"}]
    architecture = architecture_of(tmp_path, layers, task="segmentation")
    other = export(model_of(architecture), architecture, architecture.task, CLASS_NAMES, tmp_path / "export")
    with serving(Models({"small": {1: other}})) as addresses:
        assert check(addresses, exported.path, "--only", protocol) == 1
    address = addresses[PROTOCOLS.index(protocol)]
    assert said(capsys) == (
        f"another network answers as small at {address}: its serving_default gives class_names, mask, probabilities, "
        "and the export's class, label, probabilities, score\n"
        f"     = help: start the server with {exported.path.parent} as its folder, or name the run that it serves\n"
    )


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_other_weights(protocol: str, exported: Exported, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A server with an older network would be taken for the run's."""
    model = model_of(exported.architecture)
    model.get_layer("head").bias.assign([0.0, 0.1, 0.0])
    other = export(model, exported.architecture, exported.architecture.task, CLASS_NAMES, tmp_path / "export")
    with serving(Models({"small": {1: other}})) as addresses:
        assert check(addresses, exported.path, "--only", protocol) == 1
    address, name = addresses[PROTOCOLS.index(protocol)], {"rest": "REST", "grpc": "gRPC"}[protocol]
    head, help_line, _ = said(capsys).split("\n")
    assert head.startswith(
        f"the server at {address} answers otherwise than the network: probabilities of serving_default-1, by {name}, is off by "
    )
    assert help_line == (
        f"     = help: it has other weights, or was changed: let it serve {exported.path}, which is proved by: "
        "python run.py export RUN --verify"
    )


def test_a_server_that_fails(exported: Exported, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the server says of its trouble would be lost."""

    class Failing(Models):
        def answer(self, *_: Any) -> Any:
            raise ValueError("no memory left")

    with serving(Failing({"small": {1: exported.path}})) as addresses:
        for protocol, address in zip(PROTOCOLS, addresses, strict=True):
            assert check(addresses, exported.path, "--only", protocol) == 1
            assert said(capsys) == (
                f"the server at {address} refused a request to serving_default: no memory left\n"
                "     = help: the server's log says more; the export itself is proved by: python run.py export RUN --verify\n"
            )


def test_no_url(exported: Exported, capsys: pytest.CaptureFixture[str]) -> None:
    """A user who forgets http:// would look at a traceback."""
    assert check(("localhost:8501", ""), exported.path) == 2
    assert said(capsys) == (
        "command line: error[url]: localhost:8501 is no server's URL\n"
        "     = help: give it as in http://localhost:8501, REST's address\n"
    )


def test_an_export_without_warm_up(
    served: tuple[str, str], exported: Exported, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An export that was copied in part would end in a traceback."""
    copy = Path(shutil.copytree(exported.path, tmp_path / "1"))
    (copy / "assets.extra" / "tf_serving_warmup_requests").unlink()
    assert check(served, copy, "--only", "rest") == 1
    assert said(capsys) == (
        f"{copy} has no readable warm-up requests\n     = help: export the run again: python run.py export RUN\n"
    )
