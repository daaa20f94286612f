"""The prepared pictures as a data source, registered by the benchmark alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cnnkeras.datasets.source import PARTS, Data, Part, Source

if TYPE_CHECKING:
    import tensorflow as tf

CLASSES = tuple(str(digit) for digit in range(10))


class Arrays(Source):
    """The file that `benchmarks.pictures` writes: every contestant reads the same one."""

    source: Literal["arrays"]
    file: str

    def class_names(self) -> tuple[str, ...]:
        """Give the digits."""
        return CLASSES

    def load(self) -> Data:
        """Read the arrays."""
        import numpy as np

        with np.load(self.file) as arrays:
            parts = {name: (arrays[f"{name}_images"], arrays[f"{name}_labels"]) for name in PARTS}
        return Data({name: _part(name, *pair) for name, pair in parts.items()}, CLASSES)


def _part(name: str, images: object, labels: object) -> Part:
    def examples() -> tf.data.Dataset:
        import tensorflow as tf

        return tf.data.Dataset.from_tensor_slices({"image": images, "label": labels})

    return Part(name, len(labels), examples, len(CLASSES))  # type: ignore[arg-type]
