"""What the beginning of a file tells; whatever it holds, looking ends and does not fail."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkeras.datasets.pictures.looking import READ, Look, _look, look
from tests.datasets.sources.conftest import encoded, picture, turned

FILES = {
    "jpg": turned(),
    "png": encoded(),
    "bmp": encoded(form="BMP"),
    "grey.bmp": encoded(picture(mode="L"), "BMP"),
    "gif": encoded(picture(mode="P"), "GIF", save_all=True, append_images=[picture(2, "P")]),
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_files_cut_off_anywhere(content: bytes) -> None:
    """A file that is cut off at the wrong byte would keep the program looking for ever."""
    for length in range(16, len(content)):
        assert _look(io.BytesIO(content[:length]), "x").problem is None


@given(st.sampled_from(list(READ)), st.binary(max_size=300))
def test_any_bytes(start: bytes, rest: bytes) -> None:
    """A damaged file would end in a traceback."""
    _look(io.BytesIO(start + rest), "jpg")


@given(st.binary(max_size=60))
def test_any_exif(exif: bytes) -> None:
    """What a camera wrote wrongly would end in a traceback."""
    segment = b"\xff\xd8\xff\xe1" + (len(exif) + 8).to_bytes(2, "big") + b"Exif\0\0" + exif
    assert set(_look(io.BytesIO(segment), "jpg").defects) <= {"exif_turned"}


@pytest.mark.parametrize(
    ("start", "problem"),
    [
        (b"\0\0\0\x1cftypavif", "is AVIF, which is not read"),
        (b"\0\0\0\x1cftypheic", "is HEIC or a video, which is not read"),
        (b"%PDF-1.7", "is PDF, which is not read"),
        (b"<svg xmlns", "is SVG, which is not read"),
        (b"anything else", "is no picture"),
        (encoded(picture(mode="1"), "BMP"), "is a BMP of 1 bits with a palette, which is not read"),
        (encoded(form="BMP")[:30] + b"\1" + encoded(form="BMP")[31:], "is a compressed BMP, which is not read"),
    ],
)
def test_other_files_are_named(tmp_path: Path, start: bytes, problem: str) -> None:
    """Somebody would not know what to turn into a JPEG."""
    (tmp_path / "x").write_bytes(start)
    assert look(str(tmp_path / "x")) == Look(problem)
    assert look(str(tmp_path)) == Look("can't be opened: Is a directory")
