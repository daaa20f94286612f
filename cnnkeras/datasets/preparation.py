"""From a picture as the data has it to what the network takes, in stock TensorFlow operations.

The pipeline and the export call the same two functions, so that a served answer is the trained network's. In
between stands a picture of whole numbers from 0 to 255: that is what the pipeline keeps, one byte a number.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from cnnkeras.datasets.places import placed
from cnnkeras.spec.data import VOID
from cnnkeras.spec.input import InputSection

# What the eye makes of red, green and blue (ITU-R BT.601).
LUMINANCE = (0.299, 0.587, 0.114)


def prepare(images: tf.Tensor, section: InputSection) -> tf.Tensor:
    """Give float32 `(batch, height, width, channels)`, ready for the network.

    `images` is uint8 or float, `(batch, height, width, channels)` of any size, values from 0 to 255.
    """
    return scale(resize_to(images, section), section)


def resize_to(images: tf.Tensor, section: InputSection, whole: bool = False) -> tf.Tensor:
    """Give uint8 pictures with the input's height, width and channels; a side that is free keeps its own size.

    Grey and colour become each other, and transparency is left out. A picture that is made smaller is
    smoothed first (antialiasing); what "letterbox" adds is 0. Pictures that are tiled keep their size.
    With `whole` nothing is cropped yet.
    """
    height, width, channels = (None, None, section.shape[2]) if whole else section.picture_shape
    ready = ((height, width, channels), section.shape) if section.short_side is None else ()
    if images.dtype == tf.uint8 and tuple(images.shape[1:]) in ready:
        return images
    numbers = tf.cast(_to_channels(images, channels), tf.float32)
    pictures = _resized(numbers, section, section.interpolation, whole=whole)
    pictures = tf.cast(tf.clip_by_value(tf.round(pictures), 0, 255), tf.uint8)
    return tf.ensure_shape(pictures, (None, height, width, channels))


def resize_masks(masks: tf.Tensor, section: InputSection, whole: bool = False) -> tf.Tensor:
    """Bring masks `(batch, height, width)` to where `resize_to` brings their pictures, class numbers as they are.

    Each pixel gets the class of the nearest; what "letterbox" adds is void, and counts nowhere.
    """
    resized = _resized(masks[..., tf.newaxis], section, "nearest", VOID, whole)[..., 0]
    return tf.ensure_shape(resized, (None, *((None, None) if whole else section.picture_shape[:2])))


def scale(images: tf.Tensor, section: InputSection) -> tf.Tensor:
    """Turn whole numbers from 0 to 255 into the input's range, then take off the mean and divide by std."""
    low, high = section.range
    mean, std = np.asarray(section.mean or 0.0), np.asarray(section.std or 1.0)
    # One product and one sum: nothing that a graph optimizer could compute in another order elsewhere.
    factor = np.float32((high - low) / 255 / std)
    offset = np.float32((low - mean) / std)
    scaled = tf.cast(images, tf.float32) * factor
    return scaled + offset if np.any(offset) else scaled


def unscaled(images: np.ndarray, section: InputSection) -> np.ndarray:
    """Undo `scale`, to look at what a network gets: uint8, numbers that augmentation brought out of range cut."""
    low, high = section.range
    mean, std = np.asarray(section.mean or 0.0), np.asarray(section.std or 1.0)
    numbers: np.ndarray = (images * std + mean - low) * (255 / (high - low))
    return np.clip(np.round(numbers), 0, 255).astype(np.uint8)


def _to_channels(images: tf.Tensor, channels: int) -> tf.Tensor:
    """Turn 1 (grey), 2 (grey, transparency), 3 (colour) or 4 (colour, transparency) channels into 1 or 3."""
    given = images.shape[-1]
    if given == channels or channels not in (1, 3):
        return images
    if given is None:
        is_colour = tf.shape(images)[-1] >= 3
        return tf.cond(is_colour, lambda: _from_colour(images, channels), lambda: _from_grey(images, channels))
    return _from_colour(images, channels) if given >= 3 else _from_grey(images, channels)


def _from_colour(images: tf.Tensor, channels: int) -> tf.Tensor:
    colours = tf.cast(images[..., :3], tf.float32)
    if channels == 3:
        return colours
    red, green, blue = (colours[..., index, tf.newaxis] * LUMINANCE[index] for index in range(3))
    return red + green + blue


def _from_grey(images: tf.Tensor, channels: int) -> tf.Tensor:
    return tf.repeat(tf.cast(images[..., :1], tf.float32), channels, axis=-1)


def _resized(
    pictures: tf.Tensor, section: InputSection, method: str, border: int = 0, whole: bool = False
) -> tf.Tensor:
    if section.resize == "tile":
        return pictures
    size = tf.shape(pictures, tf.int64)[1:3]
    place = placed(size[0], size[1], section, whole)
    inner = tf.stack([tf.cast(place.inner_height, tf.int32), tf.cast(place.inner_width, tf.int32)])
    pictures = tf.image.resize(pictures, inner, method, antialias=True)
    if section.is_cropped:
        top, left = -place.top, -place.left
        return pictures[:, top : top + place.height, left : left + place.width]
    if section.resize == "stretch":
        return pictures
    below, right = place.height - place.inner_height - place.top, place.width - place.inner_width - place.left
    return tf.pad(pictures, [[0, 0], [place.top, below], [place.left, right], [0, 0]], constant_values=border)
