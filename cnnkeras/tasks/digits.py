"""How figures are written for programs: with the digits that they have."""

from __future__ import annotations

from typing import Any

import numpy as np


def shortest(value: Any) -> float:
    """Give a float32 as the number of the fewest digits that is read back as the same float32.

    Python's own numbers are float64, and a float32 made one is written with seventeen digits, of which it has nine.
    """
    return float(str(np.float32(value)))
