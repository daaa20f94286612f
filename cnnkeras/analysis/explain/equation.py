"""One line on the board: a quantity, the formula with the numbers put in, and what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from cnnkeras.analysis.receptive_field import LONGEST_PERIOD

SIDES = ("height", "width")


class Equation(NamedTuple):
    """`left` = `right` for `quantity`: `(5·5·3 + 1)·10` = 760 parameters."""

    quantity: str
    left: str
    right: int | float

    def __str__(self) -> str:
        """Write it with thousands apart: `28·28·6·(5·5·1) = 117,600`."""
        return f"{self.left} = {written(self.right)}" if self.left else written(self.right)


class Remark(NamedTuple):
    """What is said of a quantity where there is nothing to calculate."""

    quantity: str
    text: str

    def __str__(self) -> str:
        """Give the words."""
        return self.text


Line = Equation | Remark


def written(value: int | float) -> str:
    """Write a figure with thousands apart and a minus as on the board; a stride between pixels as a fraction."""
    if isinstance(value, float):
        return str(Fraction(value).limit_denominator(LONGEST_PERIOD))
    return f"{value:,}".replace("-", "−")


def by_side(quantity: str, lefts: Sequence[str], rights: Sequence[int | float]) -> list[Equation]:
    """Give one equation where height and width have the same, else one each."""
    if lefts[0] == lefts[1] and rights[0] == rights[1]:
        return [Equation(quantity or "height, width", lefts[0], rights[0])]
    return [
        Equation(f"{quantity}, {side}" if quantity else side, left, right)
        for side, left, right in zip(SIDES, lefts, rights, strict=True)
    ]


def times(*factors: int) -> str:
    """Write a product: `5·5·3`."""
    return "·".join(str(factor) for factor in factors)
