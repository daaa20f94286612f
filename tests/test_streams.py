"""Streams whose other end is gone."""

from __future__ import annotations

import os
import pty
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.fast

WAITS = """
import sys, time
from cnnkeras.stopping import stoppable
from cnnkeras.streams import prepare_streams, tell

prepare_streams()
try:
    with stoppable():
        print("ready", flush=True)
        time.sleep(20)
except KeyboardInterrupt:
    print("nobody reads this", flush=True)
    tell("nor this")
    open(sys.argv[1], "w").write("ended in order")
"""


def test_a_terminal_that_is_closed(tmp_path: Path) -> None:
    """The first word after it would end the command in a traceback that nobody sees, and leave things undone."""
    process, terminal = pty.fork()
    if process == 0:
        code = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL){WAITS}"
        os.execv(sys.executable, [sys.executable, "-c", code, str(tmp_path / "end")])
    assert b"ready" in os.read(terminal, 100)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
    assert (tmp_path / "end").read_text() == "ended in order"
