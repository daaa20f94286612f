"""Mirror padding on TensorFlow, before a window of any kind. Imported by `backend`.

One gather pads at the speed of a copy, two to three times as fast as `tf.pad`'s mirror. Where a pixel is a few bytes,
which take as long as many, lines are copied.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from cnnkeras.layers.padding import Mode
from cnnkeras.model.mirror import Amounts, source_positions
from cnnkeras.model.tensorflow_kernels import on_processor

# Bytes of a pixel from which copying pixels is as fast as copying lines: a picture's three channels took 0.20 ms for
# 0.05, sixteen pictures of 64×64 pixels on one core.
LONG_PIXEL = 64


def sides_of(x: Any) -> tuple[Any, Any, int]:
    """Give height, width and channels: numbers where they are known, scalar tensors where not."""
    dynamic = tf.shape(x)
    height, width = (x.shape[side] if x.shape[side] is not None else dynamic[side] for side in (1, 2))
    return height, width, x.shape[3]


def mirror_pad(x: Any, mode: Mode, amounts: Amounts, in_place: bool) -> Any:
    """Pad by one gather; its gradient folds the border back."""
    height, width, _ = sides_of(x)

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow carries no types
    def pad(pixels: Any) -> tuple[Any, Callable[[Any], Any]]:
        return (
            padded_map(pixels, mode, amounts),
            lambda upstream: fold(upstream, mode, (height, width), amounts, in_place),
        )

    return pad(x)


def padded_map(x: Any, mode: Mode, amounts: Amounts) -> Any:
    """Give the padded map."""
    height, width, channels = sides_of(x)
    if channels * x.dtype.size < LONG_PIXEL:
        return _padded_by_lines(x, mode, amounts)
    flat = tf.gather(
        tf.reshape(x, (-1, height * width, channels)), padded_sources(mode, (height, width), amounts), axis=1
    )
    return tf.reshape(flat, (-1, height + sum(amounts[0]), width + sum(amounts[1]), channels))


def _padded_by_lines(x: Any, mode: Mode, amounts: Amounts) -> Any:
    height, width, _ = sides_of(x)
    rows, columns = (source_positions(mode, *side) for side in zip((height, width), amounts, strict=True))
    taller = tf.gather(x, rows, axis=1)
    left, _ = amounts[1]
    before, after = (tf.gather(taller, positions, axis=2) for positions in (columns[:left], columns[left + width :]))
    return tf.concat([before, taller, after], axis=2)


def padded_sources(mode: Mode, size: tuple[Any, Any], amounts: Amounts) -> Any:
    """Give, for each pixel of the padded map, the flat position that it is copied from."""
    rows, columns = (source_positions(mode, *side) for side in zip(size, amounts, strict=True))
    sources = (rows[:, None] * size[1] + columns[None, :])[None]
    return sources.reshape(-1) if isinstance(sources, np.ndarray) else tf.reshape(sources, [-1])


def fold(upstream: Any, mode: Mode, size: tuple[Any, Any], amounts: Amounts, in_place: bool) -> Any:
    """Add the border's gradients to the pixels that the border was copied from."""
    (top, _), (left, _) = amounts
    height, width = size
    border = border_positions(size, amounts)
    padded_height, padded_width, channels = sides_of(upstream)
    flat = tf.reshape(upstream, (-1, padded_height * padded_width, channels))
    inner = upstream[:, top : top + height, left : left + width]
    targets = tf.gather(padded_sources(mode, size, amounts), border)
    return add_to_pixels(inner, targets, tf.gather(flat, border, axis=1), in_place)


def add_to_pixels(x: Any, positions: Any, additions: Any, in_place: bool) -> Any:
    """Add `(batch, positions, channels)` to the pixels of a map at these flat positions; one may come twice.

    In place takes a third of the time, and wants a map that nobody else reads. XLA can't, and a GPU would lose what
    comes twice.
    """
    height, width, channels = sides_of(x)
    firsts = tf.range(tf.shape(x)[0])[:, None] * (height * width)
    rows = tf.reshape(firsts + positions[None], [-1])
    flat, additions = tf.reshape(x, (-1, channels)), tf.reshape(additions, (-1, channels))
    if in_place and on_processor():
        summed = tf.raw_ops.InplaceAdd(x=flat, i=rows, v=additions)
    else:
        summed = tf.tensor_scatter_nd_add(flat, rows[:, None], additions)
    return tf.reshape(summed, (-1, height, width, channels))


def border_positions(size: tuple[Any, Any], amounts: Amounts) -> Any:
    """Give the flat positions in the padded map that lie outside the map itself."""
    inside = []
    for side, (before, after) in zip(size, amounts, strict=True):
        static = all(isinstance(number, int) for number in (side, before, after))
        positions = (np.arange if static else tf.range)(side + before + after)
        inside.append((positions >= before) & (positions < before + side))
    outside = ~(inside[0][:, None] & inside[1][None, :])
    if isinstance(outside, np.ndarray):
        return np.flatnonzero(outside).astype("int32")
    return tf.cast(tf.where(tf.reshape(outside, [-1]))[:, 0], "int32")
