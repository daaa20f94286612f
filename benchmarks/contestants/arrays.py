"""The prepared pictures as a data source, registered by the benchmark alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from cnnkeras.datasets.source import PARTS, Data, Part, Source

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

DIGITS = tuple(str(digit) for digit in range(10))


class Arrays(Source):
    """The file that `benchmarks.pictures` writes: every contestant reads the same one."""

    tasks = ("classification", "segmentation", "detection")

    source: Literal["arrays"]
    file: str

    def class_names(self) -> tuple[str, ...]:
        """Give the digits; a mask's first class is the background."""
        return ("background", *DIGITS) if self.task == "segmentation" else DIGITS

    def load(self) -> Data:
        """Read the arrays."""
        import numpy as np

        with np.load(self.file) as arrays:
            parts = {name: (arrays[f"{name}_images"], arrays[f"{name}_labels"]) for name in PARTS}
        return Data({name: self._part(name, *pair) for name, pair in parts.items()}, self.class_names())

    def _part(self, name: str, images: np.ndarray, labels: np.ndarray) -> Part:
        def examples() -> tf.data.Dataset:
            import tensorflow as tf

            data = tf.data.Dataset.from_tensor_slices({"image": images, "label": labels})
            return data.map(_boxes) if self.task == "detection" else data

        return Part(name, len(labels), examples, len(self.class_names()))


def _boxes(example: dict[str, Any]) -> dict[str, Any]:
    """Give an example's boxes and classes, of the rows `(most boxes, 5)` that are some."""
    import tensorflow as tf

    rows = tf.boolean_mask(example["label"], example["label"][:, 4] >= 0)
    return {"image": example["image"], "boxes": rows[:, :4], "classes": tf.cast(rows[:, 4], tf.int64)}
