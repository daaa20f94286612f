"""The initializers of kernels whose numbers are given, or follow from their shape."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np


@keras.saving.register_keras_serializable(package="cnnkeras")
class FixedKernel(keras.initializers.Initializer):  # type: ignore[misc]  # Keras carries no types
    """Fills a convolution's kernel with given numbers.

    Args:
        kernel: rows of numbers, used for every pair of an input and an output channel; or
            `[height][width][in][out]`, used as they are.

    """

    def __init__(self, kernel: Any) -> None:
        self.kernel = np.asarray(kernel, dtype="float64")

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Give the kernel. Raises ValueError where its numbers don't have the shape."""
        kernel = self.kernel[:, :, None, None] if self.kernel.ndim == 2 else self.kernel
        # Only the channels of rows may be broadcast.
        if self.kernel.shape != tuple(shape)[: self.kernel.ndim]:
            raise ValueError(f"a kernel of shape {self.kernel.shape} is given, and {tuple(shape)} is needed")
        return keras.ops.convert_to_tensor(np.broadcast_to(kernel, shape), dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        """Give the numbers."""
        return {"kernel": self.kernel.tolist()}


@keras.saving.register_keras_serializable(package="cnnkeras")
class Bilinear(keras.initializers.Initializer):  # type: ignore[misc]  # Keras carries no types
    """Fills a kernel `(height, width, channels, channels)` with bilinear interpolation, each channel by itself.

    A transposed convolution with strides of half its kernel enlarges a map so (Long, Shelhamer and Darrell, "Fully
    convolutional networks for semantic segmentation", 2015, section 3.3). Where there are more channels on one side,
    those beyond the others get nothing.
    """

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Give the kernel."""
        rows, columns = (_tent(side) for side in shape[:2])
        same = np.eye(shape[2], shape[3])
        kernel = rows[:, None, None, None] * columns[None, :, None, None] * same
        return keras.ops.convert_to_tensor(kernel, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        """Give nothing: the kernel's shape tells everything."""
        return {}


def _tent(side: int) -> np.ndarray:
    """Give the weights of linear interpolation by a factor of half a side."""
    factor = (side + 1) // 2
    return 1 - abs(np.arange(side) - (side - 1) / 2) / factor
