"""The benchmark of the input pipeline, on made-up measurements and its smallest folder: nothing here is timed."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.contestants.feeders import CLASSES
from benchmarks.input_pipeline import rows_of, write_pictures

pytestmark = pytest.mark.fast


def test_rows_compare_later_epochs_with_keras() -> None:
    """The ratio that is promised would be that of first epochs, or upside down."""
    results = {
        "cnnkeras": {"images_per_s": [100.0, 3000.0, 3200.0], "memory_mib": 40.4},
        "keras": {"images_per_s": [500.0, 2000.0, 2000.0], "memory_mib": 10.0},
    }
    assert rows_of("small", results) == [
        ["small", "cnnkeras", "100", "3,100", "1.55", "40"],
        ["small", "keras", "500", "2,000", "1.00", "10"],
    ]
    assert rows_of("alone", {"cnnkeras": results["cnnkeras"]})[0][4] == ""


def test_a_folder_has_every_class(tmp_path: Path) -> None:
    """The contestants would be asked to tell one class from itself."""
    write_pictures(tmp_path / "small", CLASSES + 1, (32, 16))
    files = sorted((tmp_path / "small").glob("*/*.jpg"))
    assert (len(files), len({file.parent for file in files})) == (CLASSES + 1, CLASSES)
