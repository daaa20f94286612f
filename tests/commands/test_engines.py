"""What is printed of the engines; that they are written and measured is tested with a whole run."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from cnnkeras.commands.engines import kept, printed
from cnnkeras.errors import RunError
from cnnkeras.inspection.report import print_table


def test_the_table_of_a_detector_can_be_read() -> None:
    """Its nine figures would leave a letter for each column of a terminal."""
    figures = dict.fromkeys(("loss", "map", "map_50", "map_75", "map_small", "map_medium", "map_large"), 0.5)
    row = {"engine": "onnx", "file": "a.onnx", "kilobytes": 12711.1, "milliseconds": 89.9, "difference": 1.04e-6}
    text = io.StringIO()
    print_table(printed(pd.DataFrame([row | figures])), Console(file=text, width=80))
    assert [line.split() for line in text.getvalue().splitlines()][:2] == [
        ["engine", "kilobytes", "milliseconds", "difference", "loss", "map", "map", "50"],
        ["onnx", "12711.100", "89.900", "1.0e-06", "0.500", "0.500", "0.500"],
    ]
    assert len(printed(pd.DataFrame())) == 0


def test_files_of_another_network_leave_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After a run was trained further, the figures of two networks would stand side by side."""
    file = tmp_path / "engines.csv"
    kept(file, [{"engine": "onnx", "file": "a.onnx"}], "before")
    assert list(kept(file, [{"engine": "tflite", "file": "a.tflite"}], "before")["engine"]) == ["onnx", "tflite"]
    assert capsys.readouterr().err == ""
    table = kept(file, [{"engine": "keras", "file": "a.keras"}, {"engine": "tflite", "file": "a.tflite"}], "now")
    assert list(table["engine"]) == ["keras", "tflite"]
    assert capsys.readouterr().err == ("a.onnx is of the network before the run was trained further: make it again\n")
    # Of what an older table has, it is not known.
    pd.DataFrame([{"engine": "onnx", "file": "a.onnx"}]).to_csv(file, index=False)
    for _ in range(2):
        assert list(kept(file, [{"engine": "keras", "file": "a.keras"}], "now")["engine"]) == ["onnx", "keras"]
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no device that is always full")
def test_a_full_disk_behind_the_table_names_it() -> None:
    """It would be said that the output can't be written, and nobody know which."""
    with pytest.raises(RunError, match="/dev/full can't be written: No space left on device"):
        kept(Path("/dev/full"), [{"engine": "onnx", "file": "a.onnx"}], "now")
