"""The gradient of 3×3 kernels by Winograd's transforms: a quarter of the multiplications. Imported by `backend`.

A map is cut into windows of 6×6 pixels, four apart, whose outputs are 4×4; the transforms turn the convolution of each
into one product for each of 36 positions, and what all windows have of a position is one product of matrices
(F(4×4, 3×3) of Lavin and Gray, arXiv:1509.09308, turned around to give the kernel).

Measured in float32 on two cores with AVX2 and TensorFlow 2.21, milliseconds of oneDNN's own gradient and of this one:
32 filters on 64×64 pixels 37 and 22, 64 on 32×32 44 and 22, 128 on 16×16 29 and 13; on one core 56 and 29, 44 and 20,
41 and 18; 16 on 32×32 6 and 9. Forward and back to the map oneDNN is as fast as this would be. It differs from oneDNN's
by 2 to 9 millionths, and overflows some powers of ten sooner.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from cnnkeras.model.tensorflow_kernels import fused, gradient_of_map

# Of a map's window, of the gradient of its 4×4 outputs, and back to the kernel: Bᵀ, A and Gᵀ in the paper.
OF_MAP = np.array(
    [[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0],
     [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1]], "float32"
)  # fmt: skip
OF_OUTPUT = np.array(
    [[1, 0, 0, 0], [1, 1, 1, 1], [1, -1, 1, -1], [1, 2, 4, 8], [1, -2, 4, -8], [0, 0, 0, 1]], "float32"
)
TO_KERNEL = np.array([[6, -4, -4, 1, 1, 0], [0, -4, 4, 2, -2, 0], [0, -4, -4, 4, 4, 24]], "float32") / 24
STEP = 4
# Fewer channels and filters make products too small, each alone and together.
FEWEST, FEWEST_TOGETHER = 16, 48
# How much more the outputs may become where they are filled up to whole windows: from 7×7 to 8×8, 14×14 to 16×16.
MOST_FILLED = 1.35
# Windows that are transformed at a time: fewer make products too small, and far more leave the processor's cache.
AT_A_TIME = 256


def pays(x: Any, kernel: Any, padding: str) -> bool:
    """Tell whether the gradient of a 3×3 kernel that goes over such a map in steps of one is faster so."""
    sides = x.shape[1:3] if padding == "SAME" else [side and side - 2 for side in x.shape[1:3]]
    return tf.as_dtype(x.dtype) == tf.float32 and saves(sides, kernel.shape[2:])


def saves(sides: Sequence[int | None], depths: Sequence[int | None]) -> bool:
    """Tell it by the output's height and width, and by the channels and filters; None is unknown."""
    (height, width), (few, many) = (sorted(side or 0 for side in pair) for pair in (sides, depths))
    filled = windows(height) * windows(width) * STEP**2
    return few >= FEWEST and few + many >= FEWEST_TOGETHER and 0 < filled <= MOST_FILLED * height * width


def windows(side: int) -> int:
    """Give how many windows make so many outputs."""
    return -(-side // STEP)


def convolve(x: Any, kernel: Any, padding: str) -> Any:
    """Convolve by a 3×3 kernel in steps of one, with zeros around the map ("SAME") or none ("VALID")."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow carries no types
    def convolution(pixels: Any, weights: Any) -> tuple[Any, Callable[[Any], tuple[Any, Any]]]:
        def gradient(upstream: Any) -> tuple[Any, Any]:
            of_map = gradient_of_map(upstream, weights, tf.shape(pixels), padding)
            return of_map, transformed_gradient(pixels, upstream, padding)

        return tf.nn.conv2d(pixels, weights, 1, padding), gradient

    # A variable read within would have to be handed its gradient in another way.
    return convolution(tf.convert_to_tensor(x), tf.convert_to_tensor(kernel))


def transformed_gradient(x: Any, upstream: Any, padding: str) -> Any:
    """Give the gradient `(3, 3, channels, filters)`: of some pictures after others, which the cache has room for."""
    (rows, columns), channels, filters = map(windows, upstream.shape[1:3]), x.shape[3], upstream.shape[3]
    pictures = tf.shape(x)[0]
    groups = -(-pictures // max(AT_A_TIME // (rows * columns), 1))

    def add(group: Any, total: Any) -> tuple[Any, Any]:
        some = slice(pictures * group // groups, pictures * (group + 1) // groups)
        of_map = _of_map(x[some], int(padding == "SAME"), rows, columns)
        return group + 1, total + tf.matmul(of_map, _of_output(upstream[some], rows, columns), transpose_a=True)

    first = (0, tf.zeros((len(OF_MAP) ** 2, channels, filters)))
    # The next are transformed while these are multiplied.
    _, total = tf.while_loop(lambda group, _: group < groups, add, first, parallel_iterations=2)
    # The columns' positions come before the rows' here.
    both = np.einsum("ai,bk->abki", TO_KERNEL, TO_KERNEL).reshape(-1, len(OF_MAP) ** 2)
    return tf.reshape(both @ tf.reshape(total, (len(OF_MAP) ** 2, -1)), (3, 3, channels, filters))


@fused
def _of_map(x: Any, before: int, rows: int, columns: int) -> Any:
    """Transform the windows of maps: `(36, windows, channels)`, the column's position before the row's."""
    _, height, width, channels = x.shape
    sides = [(before, (count + 1) * STEP - before - side) for count, side in ((rows, height), (columns, width))]
    padded = tf.pad(x, [(0, 0), *sides, (0, 0)])
    lines = tf.reshape(padded, (-1, rows + 1, STEP, (columns + 1) * STEP * channels))
    pixels = tf.reshape(_combined(OF_MAP, _windowed(lines)), (-1, columns + 1, STEP, channels))
    return tf.reshape(_combined(OF_MAP, _windowed(pixels)), (len(OF_MAP) ** 2, -1, channels))


def _windowed(lines: Any) -> list[Any]:
    """Give the six lines of each window, of blocks `(…, blocks, four lines, …)`: two are the next block's."""
    own, following = lines[:, :-1], lines[:, 1:]
    return [own[:, :, line] if line < STEP else following[:, :, line - STEP] for line in range(len(OF_MAP))]


@fused
def _of_output(upstream: Any, rows: int, columns: int) -> Any:
    """Transform the gradients of windows' outputs: `(36, windows, filters)`."""
    _, height, width, filters = upstream.shape
    padded = tf.pad(upstream, ((0, 0), (0, rows * STEP - height), (0, columns * STEP - width), (0, 0)))
    lines = tf.reshape(padded, (-1, rows, STEP, columns * STEP * filters))
    pixels = tf.reshape(_combined(OF_OUTPUT, tf.unstack(lines, axis=2)), (-1, columns, STEP, filters))
    return tf.reshape(_combined(OF_OUTPUT, tf.unstack(pixels, axis=2)), (len(OF_MAP) ** 2, -1, filters))


def _combined(matrix: np.ndarray, parts: Sequence[Any]) -> Any:
    """Give the product of a matrix, mostly zeros and ones, with parts of maps, along a new first axis."""
    return tf.stack([_weighed(row, parts) for row in matrix])


def _weighed(row: np.ndarray, parts: Sequence[Any]) -> Any:
    return sum(part if weight == 1 else part * weight for weight, part in zip(row, parts, strict=True) if weight)
