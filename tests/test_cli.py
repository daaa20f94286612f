"""The command line: how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any, NoReturn

import pytest

from cnnkeras import cli
from cnnkeras.commands import run
from cnnkeras.errors import RunError


@pytest.mark.parametrize(
    ("error", "status", "end"),
    [
        (RunError("the disk is full"), 1, "the disk is full\n"),
        (KeyboardInterrupt(), 1, "stopped by Ctrl-C\n"),
        (ValueError("nobody thought of it"), 1, "ValueError: nobody thought of it\n"),
    ],
)
def test_a_worker_leaves_at_once(
    error: BaseException, status: int, end: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would wait at TensorFlow's farewell for workers that wait for it in their training."""

    def fail(*_: Any) -> NoReturn:
        raise error

    def leave(number: int) -> NoReturn:
        raise SystemExit(number)

    monkeypatch.setattr(run, "run", fail)
    monkeypatch.setattr(os, "_exit", leave)
    with pytest.raises(SystemExit) as caught:
        cli.main(["run", "architectures/digits.json", "--workers", "a:1,b:2", "--index", "0"])
    assert caught.value.code == status
    assert capsys.readouterr().err.endswith(end)


@pytest.mark.fast
def test_the_package_is_a_command_too() -> None:
    """`python -m cnnkeras` is what many try first."""
    ended = subprocess.run(
        [sys.executable, "-m", "cnnkeras", "schema"], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0
    assert ended.stdout.startswith("{")


@pytest.mark.fast
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no device that is always full")
def test_a_full_disk_behind_the_output_is_told() -> None:
    """A pipe into a file on a full disk would end in a traceback."""
    with open("/dev/full", "w", encoding="utf-8") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "cnnkeras", "schema"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (ended.returncode, ended.stderr) == (1, "the output can't be written: No space left on device\n")


@pytest.mark.fast
@pytest.mark.parametrize(("closed", "status"), [("2>&-", 2), (">&-", 0)])
def test_streams_may_be_closed(closed: str, status: int) -> None:
    """A service that has no terminal would end in a traceback, or what was found stand where a result is looked for."""
    file = "nothing.json" if status else "architectures/digits.json"
    command = f"{sys.executable} -m cnnkeras check {file} {closed}"
    ended = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (status, "", "")
