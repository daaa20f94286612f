"""Where the rows of a head's output stand in the picture. Needs no TensorFlow."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cnnkeras.analysis.receptive_field import ReceptiveField
from cnnkeras.analysis.walk import walked
from cnnkeras.layers.base import Shape
from cnnkeras.spec.architecture import Architecture


class Level(NamedTuple):
    """One map of a head: its rows and columns, and how many of the picture's pixels a place stands for."""

    rows: int
    columns: int
    strides: tuple[float, float]


def levels(architecture: Architecture, output: str) -> list[Level]:
    """Give the maps that an output's head takes. Raises ValueError where a side is not known."""
    walk = walked(architecture)
    node = walk.nodes[output]
    sources = [walk.nodes.get(name) for name in node.node.inputs]
    return [
        _level(shape, architecture.input.shape, None if source is None else source.receptive_field)
        for shape, source in zip(node.input_shapes, sources, strict=True)
    ]


def _level(shape: Shape | None, picture: Shape, field: ReceptiveField | None) -> Level:
    known = [None if size is None else int(size) for size in (*(shape or (None, None))[:2], *picture[:2])]
    if None in known:
        raise ValueError("the places of a head follow from input.shape")
    rows, columns, height, width = (size or 0 for size in known)
    if field is not None and min(field.stride) > 0:
        return Level(rows, columns, (field.stride[0], field.stride[1]))
    # Inside a backbone, and behind a Dense, the field is not derived.
    return Level(rows, columns, (_stride(height, rows), _stride(width, columns)))


def _stride(whole: int, side: int) -> float:
    """Give the pixels of one place: the power of two by which halving makes the side, else the quotient."""
    stride = 1
    while -(-whole // stride) > side:
        stride *= 2
    return float(stride) if -(-whole // stride) == side else whole / side


def centres(found: list[Level]) -> tuple[np.ndarray, np.ndarray]:
    """Give the centres of all places `(places, 2)` as x and y, and their strides `(places, 2)`, in pixels."""
    points, strides = [], []
    for level in found:
        y, x = np.meshgrid(np.arange(level.rows) + 0.5, np.arange(level.columns) + 0.5, indexing="ij")
        stride = np.array([level.strides[1], level.strides[0]], np.float32)
        points.append(np.stack([x.ravel(), y.ravel()], axis=-1).astype(np.float32) * stride)
        strides.append(np.tile(stride, (level.rows * level.columns, 1)))
    return np.concatenate(points), np.concatenate(strides)
