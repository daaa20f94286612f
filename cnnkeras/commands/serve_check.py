"""`serve-check`: a running TF Serving held to a run, and its speed."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd

from cnnkeras.commands.export import comparison_table
from cnnkeras.commands.runs import newest
from cnnkeras.console import plain_console
from cnnkeras.errors import Diagnostic, UserError
from cnnkeras.inspection.report import print_table
from cnnkeras.serving.answering import find_export
from cnnkeras.serving.golden import GoldenSet, read_golden
from cnnkeras.serving.server.check import check_answers, check_signatures
from cnnkeras.serving.server.client import Client, Target
from cnnkeras.serving.server.rest import RestClient
from cnnkeras.serving.server.rpc import GrpcClient
from cnnkeras.serving.server.timing import Timing, measure
from cnnkeras.serving.verification import Compared
from cnnkeras.serving.warm_up import read_warm_up
from cnnkeras.spec.overrides import COMMAND_LINE

GRPC_PORT = 8500


def serve_check(request: Namespace) -> int:
    """Ask the server everything that the export was proved on, then measure it; print both as tables or as JSON."""
    export = find_export(newest(request.run))
    golden = read_golden(export)
    compared: list[tuple[str, Compared]] = []
    timings: list[Timing] = []
    for connect, target in _connections(request, golden, export):
        client = connect()
        _say(f"asking {target.address} by {client.protocol}")
        check_signatures(client, target, golden)
        compared += [(client.protocol, each) for each in check_answers(client, target, golden)]
        client.close()
        for asked in read_warm_up(export, golden.inputs):
            outputs = golden.outputs[asked.signature]
            timings.append(measure(connect, asked, outputs, request.seconds, request.clients))
    _print(compared, timings, request.json)
    return 0


def _connections(request: Namespace, golden: GoldenSet, export: Path) -> list[tuple[Callable[[], Client], Target]]:
    """Give how to connect by each protocol that is asked for."""
    parts = urlsplit(request.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        hint = "give it as in http://localhost:8501, REST's address"
        raise UserError(Diagnostic("url", "error", COMMAND_LINE, 0, 0, "", f"{request.url} is no server's URL", hint))
    model = request.model or golden.model
    version = request.version or (int(export.name) if export.name.isdecimal() else 1)
    rest = Target(request.url.rstrip("/"), model, version, export)
    rpc = Target(request.grpc or f"{parts.hostname}:{GRPC_PORT}", model, version, export)
    connections: dict[str, tuple[Callable[[], Client], Target]] = {
        "rest": (partial(RestClient, rest), rest),
        "grpc": (partial(GrpcClient, rpc), rpc),
    }
    return [each for name, each in connections.items() if request.only in (None, name)]


def _print(compared: Sequence[tuple[str, Compared]], timings: Sequence[Timing], as_json: bool) -> None:
    if as_json:
        answers = [
            {"protocol": protocol, "signature": each.signature, "output": each.output, "pictures": each.pictures,
             "difference": each.difference.value, "allowed": each.difference.allowed}
            for protocol, each in compared
        ]  # fmt: skip
        print(json.dumps({"answers": answers, "timings": [timing._asdict() for timing in timings]}, indent=2))
        return
    console = plain_console()
    for protocol in dict.fromkeys(protocol for protocol, _ in compared):
        console.print(f"answers by {protocol}: the network's", style="bold")
        print_table(comparison_table([each for by, each in compared if by == protocol]), console)
    table = pd.DataFrame(timings)
    for name in ("median_ms", "p99_ms"):
        table[name] = table[name].map("{:.1f}".format)
    table["pictures_per_second"] = table["pictures_per_second"].map("{:,.0f}".format)
    print_table(table.rename(columns={"pictures_per_second": "pictures/s"}), console)


def _say(line: str) -> None:
    print(line, file=sys.stderr)
