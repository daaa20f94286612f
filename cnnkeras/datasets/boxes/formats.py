"""The ways to write a box, by Keras's names; all become left, top, right, bottom in pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np

BoxFormat = Literal[
    "xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw",
    "rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh", "rel_center_yxhw",
]  # fmt: skip

# From the four columns to left, top, right, bottom.
_TO_CORNERS: dict[str, Callable[..., tuple[Any, ...]]] = {
    "xyxy": lambda left, top, right, bottom: (left, top, right, bottom),
    "yxyx": lambda top, left, bottom, right: (left, top, right, bottom),
    "xywh": lambda left, top, width, height: (left, top, left + width, top + height),
    "center_xywh": lambda x, y, width, height: (x - width / 2, y - height / 2, x + width / 2, y + height / 2),
    "center_yxhw": lambda y, x, height, width: (x - width / 2, y - height / 2, x + width / 2, y + height / 2),
}


def is_relative(box_format: str) -> bool:
    """Tell whether boxes are shares of the picture's sides, and not pixels."""
    return box_format.startswith("rel_")


def corner_columns(box_format: str) -> Callable[..., tuple[Any, ...]]:
    """Give what makes left, top, right and bottom of a box's four numbers, or of columns of them; shares stay shares.

    Keras's own `convert_format` knows fewer formats, and needs TensorFlow.
    """
    return _TO_CORNERS[box_format.removeprefix("rel_")]


def to_corners(boxes: np.ndarray, box_format: str, size: tuple[int, int] | None = None) -> np.ndarray:
    """Give boxes `(n, 4)` as left, top, right, bottom; `size`, width and height, makes pixels of shares."""
    import numpy as np

    columns = corner_columns(box_format)(*np.moveaxis(boxes, -1, 0))
    corners = np.stack(columns, axis=-1)
    return corners * np.asarray([*size, *size]) if is_relative(box_format) and size is not None else corners
