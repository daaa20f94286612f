"""Masks brought back to the pictures that were asked about."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from cnnkeras.datasets.preparation import resize_masks
from cnnkeras.serving.masks import MaskWriter, onto_picture
from cnnkeras.serving.predictions import Known
from cnnkeras.spec.data import VOID
from cnnkeras.spec.input import InputSection
from cnnkeras.tasks.palette import BACKGROUND_COLOUR, COLOURS
from tests.serving.conftest import write_extras

NAMES = ["background", "cat"]


def section(height: int | None, width: int | None, resize: str) -> InputSection:
    return InputSection.model_validate({"shape": (height, width, 1), "resize": resize})


@pytest.mark.parametrize(("height", "width"), [(8, 8), (8, 16), (None, 16), (None, None)])
@pytest.mark.parametrize("resize", ["stretch", "letterbox", "crop"])
def test_what_resizing_did_is_taken_back(height: int | None, width: int | None, resize: str) -> None:
    """The mask of a picture would lie beside what it marks."""
    # Halves of different classes, above and below as well as left and right; still halves at half the size.
    own = np.kron(np.array([[0, 1], [2, 3]], np.uint8), np.ones((8, 16), np.uint8))
    how = section(height, width, resize)
    resized = np.asarray(resize_masks(tf.constant(own[None]), how))[0]
    back = onto_picture(resized, own.shape, how)
    known = back != VOID
    np.testing.assert_array_equal(back[known], own[known])
    # A picture that is cut to a square has its two ends left out; nothing else is unknown.
    cut = resize == "crop" and (height, width) == (8, 8)
    assert known.mean() == (0.5 if cut else 1.0)


def test_a_smaller_answer_is_the_middle() -> None:
    """The mask of a network without padding would be stretched over the border that it says nothing about."""
    back = onto_picture(np.ones((4, 4), np.int64), (8, 8), section(8, 8, "stretch"))
    expected = np.full((8, 8), VOID)
    expected[2:6, 2:6] = 1
    np.testing.assert_array_equal(back, expected)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_files_of_a_picture(tmp_path: Path, channels: int) -> None:
    """A program could not read the classes from the mask, or a person not see them on the picture."""
    write_extras(tmp_path / "export" / "1", section(4, 4, "stretch"), NAMES, prediction={"smallest_object": 3})
    known = Known.of(tmp_path / "export" / "1")
    assert known.smallest_object == 3
    writer = MaskWriter(tmp_path, known)
    picture = np.full((8, 8, channels), 100, np.uint8)
    mask = np.zeros((4, 4), np.int64)
    mask[:2] = 1
    probabilities = np.full((4, 4, 2), 0.75, np.float32)
    answer = {"mask": mask, "probabilities": probabilities}
    row = writer.write(3, Path("a/cat.png"), tf.io.encode_png(picture).numpy(), answer)
    assert writer.folder == tmp_path / "predictions" / "1"
    assert row == {
        "file": "a/cat.png",
        "mask": str(writer.folder / "0003-cat-mask.png"),
        "overlay": str(writer.folder / "0003-cat-overlay.png"),
        "panoptic": str(writer.folder / "0003-cat-panoptic.png"),
        "pixels_background": 32,
        "pixels_cat": 32,
        "objects_cat": 1,
    }
    writer.finish()
    assert (writer.folder / "objects.csv").read_text().splitlines() == [
        "file,object,class,area,left,top,right,bottom,x,y,score",
        "a/cat.png,1,cat,32,0,0,8,4,4.0,2.0,0.75",
    ]
    assert Image.open(str(row["panoptic"])).getpixel((0, 0)) == (1, 0, 1)
    written = Image.open(str(row["mask"]))
    np.testing.assert_array_equal(np.array(written), np.kron(mask, np.ones((2, 2))))
    assert written.convert("RGB").getpixel((0, 0)) == COLOURS[0]
    assert written.convert("RGB").getpixel((0, 7)) == BACKGROUND_COLOUR
    overlay = Image.open(str(row["overlay"]))
    assert overlay.getpixel((0, 7)) == (100, 100, 100)
    assert overlay.getpixel((0, 0)) == tuple(int(45 + 0.55 * value) for value in COLOURS[0])
    assert MaskWriter(tmp_path, known).folder == tmp_path / "predictions" / "2"


def test_objects_have_outlines_on_a_large_picture(tmp_path: Path) -> None:
    """Where one object ends would have to be guessed from a pale colour."""
    write_extras(tmp_path / "export" / "1", section(160, 160, "stretch"), NAMES)
    mask = np.zeros((160, 160), np.int64)
    mask[40:80, 40:80] = 1
    answer = {"mask": mask, "probabilities": np.full((160, 160, 2), 0.5, np.float32)}
    picture = np.full((160, 160, 1), 100, np.uint8)
    row = MaskWriter(tmp_path, Known.of(tmp_path / "export" / "1")).write(
        1, Path("cat.png"), tf.io.encode_png(picture).numpy(), answer
    )
    overlay = Image.open(str(row["overlay"]))
    assert overlay.getpixel((40, 60)) == COLOURS[0]
    assert overlay.getpixel((60, 60)) == tuple(int(45 + 0.55 * value) for value in COLOURS[0])
    assert overlay.getpixel((39, 60)) == overlay.getpixel((0, 0)) == (100, 100, 100)
