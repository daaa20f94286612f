"""The networks as one writes them in Keras by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import layers


def lenet5() -> keras.Model:
    """Give LeNet-5 with full connections."""
    return keras.Sequential(
        [
            keras.Input(shape=(28, 28, 1)),
            layers.Conv2D(6, 5, padding="same", activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Conv2D(16, 5, activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dense(120, activation="tanh"),
            layers.Dense(84, activation="tanh"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def vgg_like() -> keras.Model:
    """Give six 3×3 convolutions."""
    model = keras.Sequential([keras.Input(shape=(64, 64, 3))])
    for filters in (32, 64, 128):
        model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        model.add(layers.MaxPooling2D(2))
    model.add(layers.Flatten())
    model.add(layers.Dense(128, activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    return model


def residual20() -> keras.Model:
    """Give the 20-layer residual net."""
    return _residual(3)


def resnet56() -> keras.Model:
    """Give the 56-layer residual net."""
    return _residual(9)


def _residual(blocks: int) -> keras.Model:
    inputs = keras.Input(shape=(32, 32, 3))
    x = layers.ReLU()(_convolution(inputs, 16))
    strides_of = {16: [1] * blocks, 32: [2, *[1] * (blocks - 1)], 64: [2, *[1] * (blocks - 1)]}
    for filters, strides in ((filters, strides) for filters, every in strides_of.items() for strides in every):
        shortcut = x if strides == 1 else _convolution(x, filters, kernel_size=1, strides=strides)
        main = layers.ReLU()(_convolution(x, filters, strides=strides))
        main = _convolution(main, filters)
        x = layers.ReLU()(layers.Add()([main, shortcut]))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


def resnet50() -> keras.Model:
    """Give ResNet-50 as Keras has it, its strides on the first 1×1 convolution of a block."""
    return keras.applications.ResNet50(weights=None, input_shape=(224, 224, 3), classes=10)


def unet(
    shape: tuple[int | None, int | None, int] = (128, 128, 1),
    classes: int = 11,
    kernel_initializer: str = "glorot_uniform",
    dropout: float = 0.0,
) -> keras.Model:
    """Give a U-Net of five levels, for networks/unet.json and, with other arguments, for the membranes."""
    x = inputs = keras.Input(shape)
    skips = []
    for filters in (16, 32, 64, 128):
        x = _two_convolutions(x, filters, kernel_initializer)
        skips.append(x)
        x = layers.MaxPooling2D(2)(x)
    x = _two_convolutions(x, 256, kernel_initializer)
    if dropout:
        x = layers.SpatialDropout2D(dropout)(x)
    for filters, skip in zip((128, 64, 32, 16), reversed(skips), strict=True):
        x = layers.Conv2DTranspose(filters, 2, 2)(x)
        x = _two_convolutions(layers.Concatenate()([skip, x]), filters, kernel_initializer)
    return keras.Model(inputs, layers.Conv2D(classes, 1, activation="softmax")(x))


def _two_convolutions(x: Any, filters: int, kernel_initializer: str) -> Any:
    for _ in range(2):
        x = layers.ReLU()(_convolution(x, filters, kernel_initializer=kernel_initializer))
    return x


def _convolution(x: Any, filters: int, kernel_size: int = 3, strides: int = 1, **options: Any) -> Any:
    x = layers.Conv2D(filters, kernel_size, strides=strides, padding="same", use_bias=False, **options)(x)
    return layers.BatchNormalization(momentum=0.9)(x)


NETWORKS: dict[str, Callable[[], keras.Model]] = {
    "lenet5": lenet5,
    "vgg_like": vgg_like,
    "residual20": residual20,
    "resnet56": resnet56,
    "unet": unet,
    "resnet50": resnet50,
}
