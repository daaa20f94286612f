"""A run that the tests of whole paths share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnnkeras.cli import main


def finished_run(folder: Path, experiment: Mapping[str, Any]) -> Path:
    """Train an experiment below a folder, as the command line does; give its run."""
    file = folder / f"{experiment['name']}.json"
    file.write_text(json.dumps(experiment))
    assert main([str(file), "--runs", str(folder / "runs")]) == 0
    (run,) = (folder / "runs" / experiment["name"]).iterdir()
    return run
