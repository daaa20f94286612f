"""The digits that ship: what is in the file, and that it can be made again."""

import hashlib
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from cnnkeras.datasets.shipped import shipped

FOLDER = shipped("digits")
pytestmark = pytest.mark.fast


@pytest.fixture(scope="module")
def digits() -> dict[str, np.ndarray]:
    with np.load(FOLDER / "digits.npz") as arrays:
        return dict(arrays)


def test_checksum_is_the_documented_one() -> None:
    """A user who checks the shipped file against its README would be told that it was tampered with."""
    checksum = hashlib.sha256((FOLDER / "digits.npz").read_bytes()).hexdigest()
    assert f"{checksum}  digits.npz" in (FOLDER / "README.md").read_text()


def test_pictures_are_ordinary(digits: dict[str, np.ndarray]) -> None:
    """Values would not span 0 to 255, and the default range would leave the network with dim pictures."""
    assert digits["images"].shape == (1797, 8, 8)
    assert digits["images"].dtype == np.uint8
    assert np.unique(digits["images"]).tolist() == [(value * 255 + 8) // 16 for value in range(17)]


def test_parts_are_stratified(digits: dict[str, np.ndarray]) -> None:
    """A digit would be missing from a part, or be weighted more than the others in the test."""
    counts = {
        part: np.bincount(digits["labels"][digits["parts"] == part]).tolist() for part in np.unique(digits["parts"])
    }
    assert counts["validation"] == counts["test"] == [30] * 10
    assert counts["train"] == [118, 122, 117, 123, 121, 122, 121, 119, 114, 120]


def test_no_picture_stands_in_two_parts(digits: dict[str, np.ndarray]) -> None:
    """The test would ask for pictures that were trained on."""
    seen = {
        part: {image.tobytes() for image in digits["images"][digits["parts"] == part]} for part in ("train", "test")
    }
    assert not seen["train"] & seen["test"]


def test_made_again_byte_by_byte() -> None:
    """The script that is shown as the file's origin would not be its origin."""
    pytest.importorskip("sklearn")
    script = Path(__file__).parents[2] / "data" / "digits" / "make.py"
    spec = importlib.util.spec_from_file_location("make_digits", script)
    assert spec is not None
    assert spec.loader is not None
    make_digits = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_digits)
    assert make_digits.make() == (FOLDER / "digits.npz").read_bytes()
