"""Importing TensorFlow without its noise."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.fast

PROGRAM = """
import os
from cnnkeras.commands.quiet import quiet_import
with quiet_import():
    os.write(2, b"noise")
    {inside}
os.write(2, b"after")
"""


def run(inside: str) -> subprocess.CompletedProcess[str]:
    program = PROGRAM.format(inside=inside)
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env={**os.environ}
    )


def test_noise_is_held_back() -> None:
    """TensorFlow's start-up messages would stand before the user's own."""
    assert run("pass").stderr == "after"


def test_an_import_that_fails_is_told() -> None:
    """A broken installation would fail without a word."""
    stderr = run("raise ImportError('no such library')").stderr
    assert stderr.startswith("noise")
    assert "no such library" in stderr
