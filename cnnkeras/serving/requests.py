"""Questions to an export: pictures as each of its signatures takes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle, groupby
from typing import NamedTuple

import numpy as np
import tensorflow as tf

# What the inputs of the signatures are called. The ending is what TF Serving's REST asks of binary values.
IMAGES, IMAGE_BYTES = "images", "image_bytes"


class Request(NamedTuple):
    """A batch for one signature.

    `value` is float32 `(pictures, height, width, channels)` from 0 to 255, or the pictures' files as bytes
    `(pictures,)`; `input` is the name under which the signature takes it.
    """

    signature: str
    input: str
    value: np.ndarray

    @property
    def tensor(self) -> tf.Tensor:
        """Give the batch as TensorFlow takes it."""
        return tf.constant(self.value.tolist() if self.value.dtype == object else self.value)


def requests_for(inputs: Mapping[str, str], pictures: Sequence[np.ndarray]) -> Iterator[Request]:
    """Ask every signature about pictures, uint8 `(height, width, channels)`, in batches of equal sizes.

    `inputs` names each signature's input.
    """
    for _, group in groupby(sorted(pictures, key=np.shape), key=np.shape):
        batch = np.stack(list(group))
        for signature, name in inputs.items():
            yield Request(signature, name, encoded(batch) if name == IMAGE_BYTES else batch.astype(np.float32))


def encoded(batch: np.ndarray) -> np.ndarray:
    """Encode pictures as PNG and as JPEG by turns; JPEG has no transparency."""
    encoders = [tf.io.encode_png] if batch.shape[-1] == 4 else [tf.io.encode_png, tf.io.encode_jpeg]
    files = [encode(picture).numpy() for encode, picture in zip(cycle(encoders), batch, strict=False)]
    return np.array(files, object)
