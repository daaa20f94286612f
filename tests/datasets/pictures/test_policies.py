"""Every defect under every policy that there is for it: the run trains or refuses as the file says, and names it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.datasets.loading import load_data, read_ahead
from cnnkeras.datasets.pictures.decoding import decode
from cnnkeras.datasets.pictures.defects import DEFECTS
from cnnkeras.datasets.pipeline import batches
from cnnkeras.errors import UserError
from tests.datasets.conftest import MakeArchitecture
from tests.datasets.sources.conftest import broken, write

from .seeded import CONTENTS, CUT, SEEDED, SOUND, seeded

FOLDER = {"source": "folder", "path": "pictures"}
CASES = [(code, policy) for code in SEEDED for policy in DEFECTS[code].policies]


def names(part: object) -> set[str]:
    return {example["file"].decode() for example in part.examples().as_numpy_iterator()}  # type: ignore[attr-defined]


@pytest.mark.parametrize(("code", "policy"), CASES)
def test_every_policy_of_every_defect(code: str, policy: str, architecture: MakeArchitecture, tmp_path: Path) -> None:
    """What the file says would not be done."""
    write(tmp_path / "pictures", seeded(code))
    file = architecture((8, 8, 3), data=FOLDER | {"on_problem": {code: policy}}, training={"batch_size": 4})
    if policy == "error":
        with pytest.raises(UserError) as error:
            read_ahead(load_data(file), file)
        assert SEEDED[code] in str(error.value)
        return
    data = load_data(file)
    read_ahead(data, file)
    assert (SEEDED[code] in names(data.parts["train"])) == (policy in ("repair", "report"))
    assert any(SEEDED[code] in note for note in data.notes)
    assert [problem.name for problem in data.problems if problem.code == code] == [SEEDED[code]]
    shapes = [images.shape for images, _ in batches(data.parts["train"], file, 4, training=True)]
    assert sum(shape[0] for shape in shapes) == data.parts["train"].size


def test_all_at_once(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """Somebody would mend one kind of problem, start again, and meet the next."""
    write(tmp_path / "pictures", seeded(*SEEDED))
    file = architecture((8, 8, 3), data=FOLDER | {"on_problem": dict.fromkeys(SEEDED, "error")})
    with pytest.raises(UserError) as error:
        load_data(file)
    lines = str(error.value).splitlines()
    # That a picture is in two parts is known once every picture could be read.
    assert [line for line in lines if "|" not in line] == [
        "file.json:16:11: error[data]: data: 10 of 30 pictures can't be used",
        "     = train/a/16.png has 16 bits a number",
        "     = train/a/cmyk.jpg is CMYK",
        "     = train/a/cut.jpg can't be decoded: it is cut off or broken",
        "     = train/a/glass.png is transparent in parts",
        "     = train/a/lie.jpg is of another format than its name says",
        "     = train/a/moves.gif is animated",
        "     = train/a/notes.txt is no picture",
        "     = train/a/palette.png has a palette",
        "     = train/a/turned.jpg is turned by EXIF",
        "     = train/loose.png lies in no class's folder",
        '     = help: mend or remove them, or say "on_problem": {"unreadable": "skip", "truncated": "skip", '
        '"picture_without_label": "skip", "extension": "repair", "animated": "repair", "palette": "repair", '
        '"cmyk": "repair", "sixteen_bits": "repair", "transparent": "repair", "exif_turned": "repair"} (command line: '
        "data.on_problem.unreadable=skip, and so on)",
    ]


def test_what_is_left_out_is_said(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """Pictures would be lost without a word."""
    write(tmp_path / "pictures", seeded(*SEEDED))
    skipped = ["unreadable", "truncated", "picture_without_label", "same_picture"]
    data = load_data(architecture((8, 8, 3), data=FOLDER | {"on_problem": dict.fromkeys(skipped, "skip")}))
    assert data.notes[0] == (
        "data: 4 of 30 pictures left out: train/a/cut.jpg can't be decoded: it is cut off or broken; "
        "train/a/notes.txt is no picture; train/a/twin.png is in train, and in test as test/b/twin.png; "
        "train/loose.png lies in no class's folder"
    )
    assert data.parts["train"].size == 17


def test_a_cut_off_jpeg_is_decoded_as_far_as_it_goes(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A picture of which nearly all is there would be thrown away, or be another than it was."""
    write(tmp_path / "pictures", seeded("truncated"))
    data = load_data(architecture((7, 9, 3), data=FOLDER | {"on_problem": "repair"}))
    assert data.notes == (
        "data: 1 picture can't be decoded: it is cut off or broken (JPEGs decoded as far as they go): train/a/cut.jpg",
    )
    images = {example["file"]: example["image"] for example in data.parts["train"].examples().as_numpy_iterator()}
    whole, kept = decode(tf.constant(CUT)).numpy(), images[b"train/a/cut.jpg"]
    assert kept.shape == whole.shape
    np.testing.assert_array_equal(kept[:24], whole[:24])


def test_what_cant_be_repaired_stops(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A picture with nothing in it would be trained on."""
    cut = {"train/a/cut.png": SOUND["train/a/000.png"][:60], "train/b/head.jpg": broken()[:300]}
    write(tmp_path / "pictures", SOUND | cut)
    with pytest.raises(UserError) as error:
        load_data(architecture((7, 9, 3), data=FOLDER | {"on_problem": "repair"}))
    reason = "can't be decoded, and can't be repaired: too little of it is there, or it is no JPEG"
    assert [line for line in str(error.value).splitlines() if "|" not in line] == [
        "file.json:16:11: error[data]: data: 2 of 21 pictures can't be used",
        f"     = train/a/cut.png {reason}",
        f"     = train/b/head.jpg {reason}",
        '     = help: mend or remove them, or leave them out with "on_problem": "skip" (command line: data.on_problem=skip)',
    ]


def test_contents_have_one_defect_each() -> None:
    """A test of one policy would test another."""
    assert CONTENTS.keys() == SEEDED.keys()
