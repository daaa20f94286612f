"""Mirror padding on TensorFlow: before a window of any kind, and as one with a convolution. Imported by `backend`.

Measured on two cores with AMX and TensorFlow 2.21, a training step of six 3×3 convolutions on 64×64 pixels against
"same" (`python -m benchmarks.mirror_padding`): one gather pads at the speed of a copy, two to three times as fast as
`tf.pad`'s mirror. Going back, the gradient of a padded map is a larger convolution and has to be cut, so a 3×3
convolution takes the gradient of zeros instead and adds what only the border's pixels get, a hundredth of the work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from cnnkeras.layers.padding import Mode
from cnnkeras.model.mirror import Amounts, source_positions
from cnnkeras.model.tensorflow_kernels import gradient_of_kernel, gradient_of_map, has_onednn, on_processor
from cnnkeras.model.tensorflow_winograd import transformed_gradient

ONE_PIXEL: Amounts = ((1, 1), (1, 1))


def sides_of(x: Any) -> tuple[Any, Any, int]:
    """Give height, width and channels: numbers where they are known, scalar tensors where not."""
    dynamic = tf.shape(x)
    height, width = (x.shape[side] if x.shape[side] is not None else dynamic[side] for side in (1, 2))
    return height, width, x.shape[3]


def mirror_pad(x: Any, mode: Mode, amounts: Amounts, in_place: bool) -> Any:
    """Pad by one gather; its gradient folds the border back."""
    height, width, _ = sides_of(x)
    sources = padded_sources(mode, (height, width), amounts)

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow carries no types
    def pad(pixels: Any) -> tuple[Any, Callable[[Any], Any]]:
        return (
            gather_map(pixels, sources, amounts),
            lambda upstream: fold(upstream, sources, (height, width), amounts, in_place),
        )

    return pad(x)


def padded_sources(mode: Mode, size: tuple[Any, Any], amounts: Amounts) -> Any:
    """Give, for each pixel of the padded map, the flat position that it is copied from."""
    rows, columns = (source_positions(mode, *side) for side in zip(size, amounts, strict=True))
    sources = (rows[:, None] * size[1] + columns[None, :])[None]
    return sources.reshape(-1) if isinstance(sources, np.ndarray) else tf.reshape(sources, [-1])


def gather_map(x: Any, sources: Any, amounts: Amounts) -> Any:
    """Give the padded map."""
    height, width, channels = sides_of(x)
    flat = tf.gather(tf.reshape(x, (-1, height * width, channels)), sources, axis=1)
    return tf.reshape(flat, (-1, height + sum(amounts[0]), width + sum(amounts[1]), channels))


def fold(upstream: Any, sources: Any, size: tuple[Any, Any], amounts: Amounts, in_place: bool) -> Any:
    """Add the border's gradients to the pixels that the border was copied from."""
    (top, _), (left, _) = amounts
    height, width = size
    border = border_positions(size, amounts)
    padded_height, padded_width, channels = sides_of(upstream)
    flat = tf.reshape(upstream, (-1, padded_height * padded_width, channels))
    inner = upstream[:, top : top + height, left : left + width]
    return add_to_pixels(inner, tf.gather(sources, border), tf.gather(flat, border, axis=1), in_place)


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


def can_mirror_within(x: Any) -> bool:
    """Tell whether `mirrored_convolution` can be used: on a processor whose library has the kernels, sides known."""
    return None not in x.shape[1:3] and has_onednn(x.dtype)


def mirrored_convolution(x: Any, kernel: Any, mode: Mode, winograd: bool = False) -> Any:
    """Convolve a map of known sides by a 3×3 kernel in steps of one, its border mirrored by one pixel.

    `winograd`: the kernel's gradient by Winograd's transforms.
    """
    sources = padded_sources(mode, (x.shape[1], x.shape[2]), ONE_PIXEL)

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow carries no types
    def convolve(pixels: Any, weights: Any) -> tuple[Any, Callable[[Any], tuple[Any, Any]]]:
        padded = gather_map(pixels, sources, ONE_PIXEL)

        def gradient(upstream: Any) -> tuple[Any, Any]:
            of_map = gradient_of_mirrored(upstream, weights, tf.shape(pixels), mode)
            if winograd:
                return of_map, transformed_gradient(padded, upstream, "VALID")
            return of_map, gradient_of_kernel(padded, upstream, weights, "VALID")

        return tf.nn.conv2d(padded, weights, 1, "VALID"), gradient

    # A variable read within would have to be handed its gradient in another way.
    return convolve(tf.convert_to_tensor(x), tf.convert_to_tensor(kernel))


def gradient_of_mirrored(upstream: Any, kernel: Any, size: Any, mode: Mode) -> Any:
    """Give the gradient of the map: that of a map padded with zeros, and what its border's copies get beside it."""
    x = gradient_of_map(upstream, kernel, size, "SAME")
    for side in (0, 1):
        positions, additions = border_gradient(upstream, kernel, mode, side)
        x = add_to_pixels(x, positions, additions, in_place=True)
    return x


def border_gradient(upstream: Any, kernel: Any, mode: Mode, side: int) -> tuple[Any, Any]:
    """Give what the two border lines above and below (side 0), or left and right, get, and where it belongs.

    A line outside is seen by the output's line beside it alone, through the kernel's first or last line. The corners
    are counted with the lines above and below. Both lines are one convolution in two groups.
    """
    height, width, filters = sides_of(upstream)
    size, length = (height, width) if side == 0 else (width, height)
    step, along = (width, 1) if side == 0 else (1, width)
    first_and_last = np.array([0, size - 1]) * step
    seen = (np.arange(length)[:, None] * along + first_and_last).reshape(-1).astype("int32")
    flat = tf.reshape(upstream, (-1, height * width, filters))
    lines = tf.reshape(tf.gather(flat, seen, axis=1), (-1, 1, length, 2 * filters))
    ends = (kernel[0], kernel[2]) if side == 0 else (kernel[:, 0], kernel[:, 2])
    channels = kernel.shape[2]
    whole = tf.stack([tf.shape(upstream)[0], 1, length + 2, 2 * channels])
    outside = tf.reshape(
        gradient_of_map(lines, tf.concat(ends, -1)[None], whole, "VALID"), (-1, (length + 2) * 2, channels)
    )
    across = source_positions(mode, size, (1, 1))[[0, -1]] * step
    targets = (source_positions(mode, length, (1, 1))[:, None] * along + across).reshape(-1).astype("int32")
    return (targets, outside) if side == 0 else (targets[2:-2], outside[:, 2:-2])
