"""Keras's poolings with every padding. No padding ever wins a maximum or dilutes an average."""

from __future__ import annotations

from typing import Any

import keras

from cnnkeras.layers.padding import ExplicitPadding, Slide
from cnnkeras.layers.pooling import check_empty_windows
from cnnkeras.layers.reach import Pair
from cnnkeras.model.backend import average_pool, on_processor
from cnnkeras.model.padding import Padded


class PaddedPooling(Padded):
    """What the poolings share."""

    pool_size: Pair
    strides: Pair

    def __init__(self, *positional: Any, **options: Any) -> None:
        super().__init__(*positional, **options)
        padding = self.window_padding
        if isinstance(padding, ExplicitPadding) and padding.mode == "zeros":
            check_empty_windows(padding.amount, self.pool_size)

    def slide(self) -> Slide:
        """Give the pool's size and strides."""
        return Slide(self.pool_size, self.strides)


@keras.saving.register_keras_serializable(package="cnnkeras")
class MaxPooling2D(PaddedPooling, keras.layers.MaxPooling2D):  # type: ignore[misc]  # Keras carries no types
    """Keras's MaxPooling2D; "zeros" stand for pixels that are not there, so a map of negative numbers stays one."""

    blank = float("-inf")


@keras.saving.register_keras_serializable(package="cnnkeras")
class AveragePooling2D(PaddedPooling, keras.layers.AveragePooling2D):  # type: ignore[misc]  # Keras carries no types
    """Keras's AveragePooling2D; "zeros" stand for pixels that are not there, and are not counted, as with "same"."""

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Average over the pixels that are there; in training by a kernel of ours where the windows fill the map."""
        if training and self._fills(inputs):
            return average_pool(inputs, self.pool_size)
        averages = super().call(inputs)
        padding = self.window_padding
        if not self._pads() or not isinstance(padding, ExplicitPadding) or padding.mode != "zeros":
            return averages
        height, width = keras.ops.shape(inputs)[1:3]
        # The share of each pool that is map: the same average, of ones.
        shares = super().call(keras.ops.ones((1, height, width, 1), dtype="float32"))
        return averages / keras.ops.cast(shares, averages.dtype)

    def _fills(self, x: Any) -> bool:
        """Tell whether the windows lie side by side and fill a map of known sides, so that no padding is read."""
        side_by_side = tuple(self.strides) == tuple(self.pool_size) and not self._pads()
        if not (side_by_side and self.data_format == "channels_last" and on_processor()):
            return False
        return all(side and side % size == 0 for side, size in zip(x.shape[1:3], self.pool_size, strict=True))
