"""Every layer where TensorFlow has its own kernels alone, as on some processors and in TF Serving."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from cnnkeras.kernels import SETTING

LAYERS = Path(__file__).with_name("test_layers.py")


def test_layers_answer_and_train_without_onednn() -> None:
    """A network that trained here would end in TensorFlow's error on a server, or on another processor."""
    contracts = "test_reach_is_confirmed_by_gradients or test_runs_in_mixed_precision"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(LAYERS), "-k", contracts],
        env={**os.environ, SETTING: "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
