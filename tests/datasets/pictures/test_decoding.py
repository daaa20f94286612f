"""From the bytes of a file to numbers, as other libraries decode them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from cnnkeras.datasets.pictures.decoding import decode


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("recover", [False, True])
def test_a_jpeg_has_the_numbers_that_pillow_gives_it(mode: str, recover: bool) -> None:
    """A client that decodes a picture itself would get another answer than one that sends the file."""
    random = np.random.default_rng(0)
    rough = random.integers(0, 256, (12, 16, 3), np.uint8)
    picture = Image.fromarray(rough).resize((160, 120), Image.Resampling.BICUBIC).convert(mode)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=75)
    with Image.open(file) as again:
        expected = np.atleast_3d(np.asarray(again))
    np.testing.assert_array_equal(decode(file.getvalue(), recover=recover), expected)
