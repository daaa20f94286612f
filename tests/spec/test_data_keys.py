"""Keys that another source of data has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnnkeras.commands.reading import examine

pytestmark = pytest.mark.fast

TFDS = {"source": "tfds", "name": "mnist", "num_classes": 10}


def hints(tmp_path: Path, *changes: str) -> list[tuple[str, str | None]]:
    """Give place and cure of everything that is wrong with a file of TFDS's data, changed so."""
    file = tmp_path / "file.json"
    file.write_text(
        json.dumps(
            {
                "task": "classification",
                "input": {"shape": [28, 28, 1]},
                "layers": [{"type": "Flatten"}, {"type": "Dense", "units": "num_classes", "activation": "softmax"}],
                "data": TFDS,
            }
        )
    )
    _, analysis = examine(file, changes)
    return [(found.path, found.hint) for found in analysis.diagnostics if found.severity == "error"]


def test_the_old_source_s_keys(tmp_path: Path) -> None:
    """Whoever changes the source would be offered keys, and not told that this one was the other's."""
    assert hints(tmp_path, "data.source=digits") == [
        (
            "data.name",
            'leave it out: it is for "tfds", and the source is "digits" '
            """(command line: the whole section, data='{"source": "digits"}')""",
        )
    ]
    assert hints(tmp_path, """data={"source": "digits"}""") == []


def test_what_the_new_source_requires_stands_in_the_cure(tmp_path: Path) -> None:
    """The cure would be a section that lacks its path."""
    (found,) = hints(tmp_path, "data.source=coco", "data.path=x", "data.annotations=y")
    assert found[1] is not None
    assert """data='{"source": "coco", "path": "…", "annotations": "…"}'""" in found[1]


@pytest.mark.parametrize(
    ("change", "hint"),
    [("data.imag=x", 'did you mean "image"?'), ("data.clases=x", 'did you mean "classes"?')],
)
def test_a_misspelt_key_of_its_own(tmp_path: Path, change: str, hint: str) -> None:
    """A slip would be taken for another source's key."""
    assert [said for _, said in hints(tmp_path, change)] == [hint]


def test_a_near_key_goes_before_another_source_s(tmp_path: Path) -> None:
    """Tables have the key image; of masks in folders images is meant."""
    masks = """data={"source": "masks", "path": "x", "image": "pictures"}"""
    assert ("data.image", 'did you mean "images"?') in hints(tmp_path, "task=segmentation", masks)
