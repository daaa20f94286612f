"""What load_data says of a file that does not fit its data; the texts are the user's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnkeras.datasets.checks import check_data, lost_colours
from cnnkeras.datasets.loading import load_data
from cnnkeras.datasets.shipped import shipped
from cnnkeras.datasets.source import Data, Part
from cnnkeras.errors import RunError, UserError
from cnnkeras.spec.architecture import Architecture

from .conftest import Labels, MakeArchitecture, noise, part_of

DIGITS = {"source": "digits"}


def refusal(make: Callable[[], object]) -> str:
    with pytest.raises(UserError) as error:
        make()
    return str(error.value)


def found(data: Data, architecture: Architecture) -> str:
    return "\n".join(str(diagnostic) for diagnostic in check_data(data, architecture))


def three(part: Part, class_names: tuple[str, ...] = ("a", "b")) -> Data:
    return Data(dict.fromkeys(("train", "validation", "test"), part), class_names)


def test_digits_are_loaded(architecture: MakeArchitecture) -> None:
    """The default data would not be there, or in other parts than documented."""
    data = load_data(architecture(data=DIGITS))
    assert {name: part.size for name, part in data.parts.items()} == {"train": 1197, "validation": 300, "test": 300}
    assert data.class_names == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
    example = next(data.parts["test"].examples().as_numpy_iterator())
    assert (example["image"].shape, example["image"].dtype, example["label"].dtype) == ((8, 8, 1), np.uint8, np.int64)


def test_digits_that_are_gone(architecture: MakeArchitecture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A broken installation would end in a traceback."""
    monkeypatch.setattr("cnnkeras.datasets.sources.digits.shipped", lambda _: tmp_path)
    with pytest.raises(RunError) as error:
        load_data(architecture(data=DIGITS))
    file = tmp_path / "digits.npz"
    assert str(error.value) == (
        f"the digits that ship can't be read: [Errno 2] No such file or directory: '{file}'\n"
        "     = help: install cnnkeras again"
    )


def test_digits_that_are_damaged(
    architecture: MakeArchitecture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A download that was cut off would end in a traceback."""
    whole = (shipped("digits") / "digits.npz").read_bytes()
    monkeypatch.setattr("cnnkeras.datasets.sources.digits.shipped", lambda _: tmp_path)
    for content, reason in ((b"", "No data left in file"), (whole[:1000], "File is not a zip file")):
        (tmp_path / "digits.npz").write_bytes(content)
        with pytest.raises(RunError) as error:
            load_data(architecture(data=DIGITS))
        assert str(error.value) == (
            f"the digits that ship can't be read: {reason}\n     = help: install cnnkeras again"
        )


def test_no_data(architecture: MakeArchitecture) -> None:
    """A run without a data section would end in a traceback."""
    text = refusal(lambda: load_data(architecture()))
    assert text.splitlines() == [
        'file.json:1:1: error[missing]: the file: "data" is missing',
        "   1 | {",
        "     | ^",
        '     = help: add "data": {"source": "digits"}, the digits that ship',
    ]


def test_no_data_for_masks(architecture: MakeArchitecture) -> None:
    """A network for masks would be told to learn from data that has none."""
    text = refusal(lambda: load_data(replace(architecture(), task=Labels("mask"))))
    assert text.splitlines()[-1] == '     = help: add "data": {"source": "scenes"}, the scenes of digits that ship'


def test_wrong_number_of_classes(architecture: MakeArchitecture) -> None:
    """A network with too few outputs would fail at its first batch, far from the line that is wrong."""
    text = refusal(lambda: load_data(architecture(data=DIGITS | {"num_classes": 5})))
    assert text.splitlines() == [
        'file.json:16:18: error[data]: data: "num_classes" is 5, and the data has 10 classes',
        '  16 |   "num_classes": 5',
        "     |                  ^",
        '     = help: leave "num_classes" out, or make it 10',
    ]


def test_channels_that_nothing_makes(architecture: MakeArchitecture) -> None:
    """A network for two channels would fail on grey pictures inside TensorFlow."""
    text = refusal(lambda: load_data(architecture((8, 8, 2), data=DIGITS)))
    assert text.splitlines() == [
        "file.json:6:4: error[data]: input: the pictures have 1 channel, and the shape has 2",
        "   6 |    2",
        "     |    ^",
        "     = help: make the last number of the shape 1",
    ]


def test_colours_that_are_lost(architecture: MakeArchitecture) -> None:
    """Somebody who begins with a file for digits would train on grey pictures, and not see it."""
    colour, grey = noise(4, channels=3), np.repeat(noise(4), 3, axis=3)
    remark = (
        "data: the pictures are in colour, and the network takes grey; input.shape=[8, null, 3] would keep the colours",
    )
    assert lost_colours(three(part_of(colour)), architecture((8, None, 1))) == remark
    assert not lost_colours(three(part_of(colour)), architecture((8, 8, 3)))
    assert not lost_colours(three(part_of(np.concatenate([colour[:2], grey[:1]]))), architecture((8, 8, 1)))


def test_free_sizes_in_one_batch(architecture: MakeArchitecture) -> None:
    """Pictures of many sizes would fail in the middle of the first epoch."""
    from .test_pipeline import mixed_sizes

    file = architecture((None, None, 1), training={"batch_size": 4})
    assert found(three(mixed_sizes([(3, 4), (5, 6)])), file).splitlines() == [
        "file.json:4:4: error[data]: input: the pictures differ in size, the shape leaves it free, and 4 can't share a batch",
        "   4 |    null,",
        "     |    ^",
        '     = help: give height and width, or "training": {"batch_size": 1}',
    ]
    assert not found(three(mixed_sizes([(3, 4), (5, 6)])), architecture((None, None, 1), training={"batch_size": 1}))


def test_empty_part(architecture: MakeArchitecture) -> None:
    """A run without validation examples would go on and choose its best network by nothing."""
    part = part_of(noise(2))
    data = Data({"train": part, "validation": part_of(noise(0)), "test": part}, ("a", "b"))
    assert found(data, architecture(data=DIGITS)).splitlines() == [
        "file.json:14:10: error[data]: data: there are no examples for validation",
        '  14 |  "data": {',
        "     |          ^",
        "     = help: every run trains, validates and tests: give each of the three some examples",
    ]


def test_part_without_labels(architecture: MakeArchitecture) -> None:
    """Training would go on for hours before the test fails on pictures that have no labels."""
    with pytest.raises(RunError, match="example 0 has the label -1"):
        check_data(three(part_of(noise(2), np.array([-1, -1]), num_classes=2)), architecture(data=DIGITS))
