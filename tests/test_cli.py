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
