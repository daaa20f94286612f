"""Keys that another source of data has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnnkeras.commands.reading import examine
from cnnkeras.datasets.sources import SOURCES

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
    (found,) = hints(tmp_path, "data.source=digits")
    assert found == (
        "data.name",
        'leave it out: it is for "tfds", and the source is "digits" '
        """(command line: the whole section, data='{"source": "digits", "num_classes": 10}')""",
    )
    assert hints(tmp_path, """data={"source": "digits", "num_classes": 10}""") == []


def test_the_section_that_is_offered_keeps_what_was_given(tmp_path: Path) -> None:
    """The cure would lose the path and the augmentation, or lack what the source needs without a word of it."""
    coco = dict(hints(tmp_path, "data.source=coco", "data.path=it's", "data.balance=weights"))["data.name"]
    assert coco is not None
    assert coco.endswith(
        r"""data='{"source": "coco", "num_classes": 10, "path": "it'"'"'s", "balance": "weights", …}')"""
    )


@pytest.mark.parametrize(
    ("task", "source"), [("classification", "folder"), ("segmentation", "masks"), ("detection", "voc")]
)
def test_a_path_without_its_source(tmp_path: Path, task: str, source: str) -> None:
    """Who names a folder of their own, and forgets to say what is in it, would be told to leave it out."""
    found = dict(hints(tmp_path, f"task={task}", """data={"source": "scenes"}""", "data.path=own"))
    start = f"name the source with it, as in data.source={source}; or leave it out: it is for "
    assert (found["data.path"] or "").startswith(start)


def test_a_slip_in_the_file_needs_no_command_line(tmp_path: Path) -> None:
    """The cure would be longer than the file."""
    masks = """data={"source": "masks", "path": "x", "image": "pictures"}"""
    assert (
        "data.image",
        'leave it out: it is for "table", "arrays" and "tfds", and the source is "masks"; or did you mean "images"?',
    ) in hints(tmp_path, "task=segmentation", masks)


@pytest.mark.parametrize(
    ("change", "hint"),
    [("data.imag=x", 'did you mean "image"?'), ("data.clases=x", 'did you mean "classes"?')],
)
def test_a_misspelt_key_of_its_own(tmp_path: Path, change: str, hint: str) -> None:
    """A slip would be taken for another source's key."""
    assert [said for _, said in hints(tmp_path, change)] == [hint]


PAIRS = [
    (source, key)
    for source, own in SOURCES.items()
    for key in sorted({key for other in SOURCES.values() for key in other.model_fields} - set(own.model_fields))
]


@pytest.mark.parametrize(("source", "key"), PAIRS)
def test_every_key_of_another_source(tmp_path: Path, source: str, key: str) -> None:
    """A key that is right elsewhere would be taken for a slip, as classes for num_classes."""
    found = dict(hints(tmp_path, f"data.source={source}", f"data.{key}=x"))
    assert (found[f"data.{key}"] or "").startswith("leave it out: it is for ")
