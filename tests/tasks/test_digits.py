"""Figures with the digits that they have."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkeras.tasks.digits import shortest

pytestmark = pytest.mark.fast


@given(st.floats(width=32))
def test_it_is_read_back_as_the_same(value: float) -> None:
    """A figure would become another one in a file."""
    assert np.float32(shortest(value)) == np.float32(value) or np.isnan(value)


def test_with_as_few_digits_as_can_be() -> None:
    """A score of 0.97 would be written 0.9700000286102295."""
    given_out = [repr(shortest(np.float32(value))) for value in (0.97, 1 / 3, 1e-7, 123456.789, 1, np.nan)]
    assert given_out == ["0.97", "0.33333334", "1e-07", "123456.79", "1.0", "nan"]
