"""The three kinds of labels."""

from __future__ import annotations

from typing import Literal

# What the label of a picture is: a class number, a mask of them, or boxes with them.
Label = Literal["class", "mask", "boxes"]
