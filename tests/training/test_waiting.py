"""What is said while workers wait for each other."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time

import pytest

from cnnkeras.training.waiting import Waiting

pytestmark = pytest.mark.fast

WAIT = "import time; from cnnkeras.training.waiting import Waiting\nwith Waiting(['127.0.0.1:1'], 0.1, {limit}): time.sleep(60)"


def test_who_is_missing_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    """A worker that never starts would leave the others waiting without a word, and nobody would know for whom."""
    with socket.create_server(("127.0.0.1", 0)) as there, socket.create_server(("127.0.0.1", 0)) as gone:
        present, absent = (f"127.0.0.1:{each.getsockname()[1]}" for each in (there, gone))
        gone.close()
        for others in ([present, absent, "a..b:1"], [present]):
            with Waiting(others, first=0.1):
                time.sleep(1.5)
    assert capfd.readouterr().err.splitlines() == [
        f"still waiting after 0 seconds: nothing answers at {absent}, a..b:1 (Ctrl-C ends this worker)",
        "still waiting after 0 seconds: all workers answer, and have not met yet (Ctrl-C ends this worker)",
    ]


def test_nobody_waits_for_ever() -> None:
    """A machine would be paid for that waits for one that is never started."""
    ended = subprocess.run(
        [sys.executable, "-c", WAIT.format(limit=0)], capture_output=True, text=True, timeout=50, check=False
    )
    assert ended.returncode == -signal.SIGINT
    assert ended.stderr == (
        "gave up: nothing answers at 127.0.0.1:1 after 0 minutes\n     = help: start all workers again\n"
    )


def test_ctrl_c_ends_the_waiting_and_the_watch() -> None:
    """TensorFlow waits outside of Python, which would hear of Ctrl-C only when all have come."""
    process = subprocess.Popen([sys.executable, "-c", WAIT.format(limit=99)], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert process.stderr.readline().startswith("still waiting")
    process.send_signal(signal.SIGINT)
    # Its output ends when the watch has ended, too.
    assert process.communicate(timeout=20)[1] == ""
    assert process.returncode == -signal.SIGINT


def test_ctrl_c_is_python_s_again_afterwards() -> None:
    """A training that is stopped by Ctrl-C would lose what was not saved."""
    before = signal.getsignal(signal.SIGINT)
    with Waiting([]):
        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) is before
