"""What is said while workers wait for each other."""

from __future__ import annotations

import signal
import socket
import time

import pytest

from cnnkeras.training import waiting
from cnnkeras.training.waiting import Waiting

pytestmark = pytest.mark.fast


def test_who_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A worker that never starts would leave the others waiting without a word, and nobody would know for whom."""
    monkeypatch.setattr(waiting, "FIRST", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as there, socket.create_server(("127.0.0.1", 0)) as gone:
        present, absent = (f"127.0.0.1:{each.getsockname()[1]}" for each in (there, gone))
        gone.close()
        with Waiting([present, absent]):
            time.sleep(0.6)
        with Waiting([present]):
            time.sleep(0.6)
    assert capsys.readouterr().err.splitlines() == [
        f"still waiting after 0 seconds: nothing answers at {absent} (Ctrl-C ends this worker)",
        "still waiting after 0 seconds: all workers answer, and have not met yet (Ctrl-C ends this worker)",
    ]


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A machine would be paid for that waits for one that is never started."""
    ended: list[int] = []
    monkeypatch.setattr(waiting, "FIRST", 0.1)
    monkeypatch.setattr(waiting, "LIMIT", 0.0)
    monkeypatch.setattr(waiting.os, "_exit", ended.append)
    with Waiting(["127.0.0.1:1"]):
        time.sleep(0.5)
    assert ended[0] == 1
    assert capsys.readouterr().err.startswith("gave up: nothing answers at 127.0.0.1:1 after 0 minutes\n")


def test_ctrl_c_is_the_systems_meanwhile() -> None:
    """TensorFlow waits outside of Python, which would hear of Ctrl-C only when all have come."""
    before = signal.getsignal(signal.SIGINT)
    with Waiting([]):
        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) is before
