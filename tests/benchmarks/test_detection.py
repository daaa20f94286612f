"""The detection benchmark's table on made-up measurements, and the boxes as Ultralytics is given them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import detection
from benchmarks.detectors.ultralytics_yolo import rows

pytestmark = pytest.mark.fast


def measured(contestant: str, seed: int, precision: float, speed: float) -> dict[str, Any]:
    return {
        "contestant": contestant,
        "seed": seed,
        "map": precision,
        "map_50": precision + 0.25,
        "images_per_s": speed,
        "images_per_cpu_s": speed / 2,
        "peak_memory_mib": 2000.4,
        "parameters": 3_021_826,
        "precision": "mixed_bfloat16",
    }


def test_the_median_counts_and_every_seed_is_shown() -> None:
    """A lucky seed would be reported."""
    found = [measured("cnnkeras", seed, value, 40) for seed, value in ((2, 0.5), (0, 0.4), (1, 0.48))]
    assert detection.rows(detection.summarize(found)) == [
        [
            "yolov8n",
            "cnnkeras",
            "mixed_bfloat16",
            "3,021,826",
            "0.480",
            "0.730",
            "40.0",
            "",
            "20.0",
            "",
            "2,000",
            "0: 0.400 0.650\n1: 0.480 0.730\n2: 0.500 0.750",
        ]
    ]


def test_speeds_are_compared_seed_by_seed() -> None:
    """What else the machine did in one turn would decide."""
    found = [measured("cnnkeras", 0, 0.5, 40), measured("keras-cv", 0, 0.3, 16), measured("cnnkeras", 1, 0.5, 44)]
    ours, reference = detection.summarize(found)
    assert (ours["images_per_s_ratio"], ours["images_per_cpu_s_ratio"]) == (2.5, 2.5)
    assert reference["images_per_s_ratio"] == 1
    assert len(detection.rows([ours])[0]) == len(detection.COLUMNS)


def test_ultralytics_gets_the_same_boxes(tmp_path: Path) -> None:
    """It would be trained on other boxes, or fail on one without area."""
    file = tmp_path / "a.xml"
    box = (
        "<object><name>RBC</name><bndbox><xmin>{}</xmin><ymin>10</ymin><xmax>30</xmax><ymax>20</ymax></bndbox></object>"
    )
    size = "<size><width>100</width><height>50</height></size>"
    file.write_text(f"<annotation>{size}{box.format(10)}{box.format(30)}</annotation>")
    assert rows(file) == ["1 0.200000 0.300000 0.200000 0.200000"]
