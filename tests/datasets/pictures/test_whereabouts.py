"""Pictures of which none is where it is said to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.datasets.conftest import Refusal
from tests.datasets.sources.conftest import encoded, picture, write

TABLE = {"source": "table", "path": "labels.csv"}


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("{number}", "0 is looked for, and images/0.jpg is there: the names lack their endings"),
        ("pictures/{number}.jpg", "pictures/0.jpg is looked for, and images/0.jpg is there"),
        ("images/images/{number}.jpg", "images/images/0.jpg is looked for, and images/0.jpg is there"),
        ("images/{number}.JPG", "images/0.JPG is looked for, and images/0.jpg is there"),
        ("images\\{number}.jpg", "images\\0.jpg is looked for: write / between folders, and not \\"),
        ("a/{number}.gif", "a/0.gif is looked for: see from where the paths count"),
    ],
)
def test_one_cause_is_told_for_all(refusal: Refusal, tmp_path: Path, name: str, cure: str) -> None:
    """Each picture would be said to be missing, and nobody where it was looked for, or that all have one cause."""
    rows = "".join(f"{name.format(number=number)},{'ab'[number % 2]}\n" for number in range(12))
    files = {f"images/{number}.jpg": encoded(picture(number), "JPEG") for number in range(12)}
    write(tmp_path, files | {"labels.csv": f"path,label\n{rows}".encode()})
    head, first, second, third, hint = refusal(TABLE).splitlines()
    assert head == "file.json:16:11: error[data]: data: none of its 12 pictures is there"
    assert [line.split(" (row ")[0] for line in (first, second, third)] == [
        f"     = {name.format(number=number)}" for number in range(3)
    ]
    assert hint == f"     = help: {cure}"
