"""Pictures that a camera held otherwise: the same in Python, in the graph, and in Pillow."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from cnnkeras.datasets.loading import load_data
from cnnkeras.datasets.pictures.decoding import decode
from cnnkeras.datasets.pictures.looking import _look
from cnnkeras.datasets.pictures.upright import stated_orientation
from cnnkeras.serving import pictures as served
from tests.datasets.conftest import MakeArchitecture
from tests.datasets.sources.conftest import classes, encoded, picture, turned, write

COMPILED = tf.function(stated_orientation, autograph=False, input_signature=[tf.TensorSpec((), tf.string)])


def with_orientation(number: int, form: str, endian: str = "<") -> bytes:
    exif = Image.Exif()
    exif.endian = endian
    exif[0x0110] = "a camera"
    exif[0x0112] = number
    return encoded(picture(1), form, exif=exif)


@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize(("form", "endian"), [("PNG", "<"), ("PNG", ">"), ("JPEG", "<"), ("JPEG", ">")])
def test_pictures_stand_as_people_see_them(number: int, form: str, endian: str) -> None:
    """A network would be shown faces that lie on their side."""
    content = with_orientation(number, form, endian)
    seen = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))))
    decoded = decode(tf.constant(content)).numpy()
    assert decoded.shape == seen.shape
    # Two decoders of JPEG round otherwise.
    assert np.abs(decoded.astype(int) - seen).max() <= (5 if form == "JPEG" else 0)
    stated = number if 1 <= number <= 8 else 1
    assert _look(io.BytesIO(content), form.lower()).orientation == stated == int(COMPILED(tf.constant(content)))


SOUND = [with_orientation(6, "JPEG"), with_orientation(8, "PNG", ">"), turned(), encoded(form="JPEG"), encoded()]


TOO_LONG = bytearray(with_orientation(8, "PNG", ">"))
TOO_LONG[33] = 1  # the first byte of the Exif data's length


@settings(max_examples=300)
@example(bytes(TOO_LONG), [], len(TOO_LONG))
@given(
    st.sampled_from(SOUND),
    st.lists(st.tuples(st.integers(2, 160), st.integers(0, 255)), max_size=4),
    st.integers(16, 400),
)
def test_damaged_files_are_read_alike(content: bytes, changes: list[tuple[int, int]], length: int) -> None:
    """Training and serving would turn the same broken file differently, or never come back from it."""
    damaged = bytearray(content)
    for place, byte in changes:
        damaged[place] = byte
    some = bytes(damaged[:length])
    look = _look(io.BytesIO(some), "x")
    stated = int(COMPILED(tf.constant(some)))
    assert stated == look.orientation or look.problem is not None


def test_served_pictures_stand_as_those_of_training(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A network would be asked about faces that lie on their side, having learned those that stand."""
    write(tmp_path / "pictures", classes(3, 3) | {"a/turned.jpg": turned()})
    data = load_data(architecture((7, 9, 3), data={"source": "folder", "path": "pictures"}))
    examples = [example for part in data.parts.values() for example in part.examples().as_numpy_iterator()]
    (trained,) = [example["image"] for example in examples if example["file"] == b"a/turned.jpg"]
    assert trained.shape == (9, 7, 3)
    np.testing.assert_array_equal(served.decode(tf.constant(turned()), 3).numpy(), trained)
