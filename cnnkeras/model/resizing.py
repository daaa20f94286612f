"""Keras's layers that change a map's size, where only the data tells the sides."""

from __future__ import annotations

from typing import Any

import keras

from cnnkeras.model.backend import resize


@keras.saving.register_keras_serializable(package="cnnkeras")
class UpSampling2D(keras.layers.UpSampling2D):  # type: ignore[misc]  # Keras carries no types
    """Keras's UpSampling2D, which in a graph takes maps of free sides to the nearest pixel only."""

    def call(self, inputs: Any) -> Any:
        """Give the map `size` times larger."""
        if None not in inputs.shape[1:3]:
            return super().call(inputs)
        height, width = (keras.ops.shape(inputs)[side + 1] * self.size[side] for side in (0, 1))
        return resize(inputs, (height, width), self.interpolation)

    def compute_output_spec(self, inputs: Any) -> Any:
        """Give the output's shape and type, without a call: outside of a graph Keras knows no free side."""
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), self.compute_dtype)


@keras.saving.register_keras_serializable(package="cnnkeras")
class CenterCrop(keras.layers.CenterCrop):  # type: ignore[misc]  # Keras carries no types
    """Keras's CenterCrop, which in a graph enlarges no map of free sides that is smaller than the crop."""

    def transform_images(self, images: Any, transformation: Any = None, training: bool = True) -> Any:
        """Give the middle, of an enlarged map where it is smaller."""
        if None not in images.shape[1:3]:
            return super().transform_images(images, transformation, training)
        _, height, width, channels = keras.ops.shape(images)
        return keras.ops.cond(
            keras.ops.logical_and(height >= self.height, width >= self.width),
            lambda: self._middle(images, height, width, channels),
            lambda: self._enlarged(images),
        )

    def _middle(self, images: Any, height: Any, width: Any, channels: int) -> Any:
        top, left = (height - self.height) // 2, (width - self.width) // 2
        middle = images[:, top : top + self.height, left : left + self.width]
        return keras.ops.reshape(middle, (-1, self.height, self.width, channels))

    def _enlarged(self, images: Any) -> Any:
        whole = keras.ops.image.resize(images, (self.height, self.width), crop_to_aspect_ratio=True)
        return keras.ops.cast(whole, images.dtype)
