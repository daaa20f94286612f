"""The initializer of kernels whose numbers are given."""

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
