"""Whose kernels TensorFlow is told to compute with."""

from __future__ import annotations

import os
import platform

import pytest

from cnnkeras.kernels import SETTING, prefer_onednn

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("machine", "named", "expected"),
    [("x86_64", None, "1"), ("AMD64", None, "1"), ("x86_64", "0", "0"), ("aarch64", None, None)],
)
def test_onednn_is_taken_on_x86_unless_the_environment_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, machine: str, named: str | None, expected: str | None
) -> None:
    """On a processor with AVX2 alone LeNet-5 would take three times as long; or the user's own word not count."""
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setenv(SETTING, named or "")
    if named is None:
        monkeypatch.delenv(SETTING)
    prefer_onednn()
    assert os.environ.get(SETTING) == expected
