"""Scenes of several digits, with masks and boxes: `{"source": "scenes"}`. Made of the digits that ship, on the fly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from cnnkeras.datasets.source import PARTS, Data, Part, Source
from cnnkeras.datasets.sources.digits import DIGITS, read_digits
from cnnkeras.layers.fields import Count

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

    from cnnkeras.datasets.scenes.composition import Scene

CLASSES = ("background", *DIGITS)
SMALLEST_SIDE, LARGEST_SIDE, MOST_DIGITS = 32, 4096, 100


def _size(value: Any) -> tuple[int, int]:
    sides = (value, value) if type(value) is int else value
    good = isinstance(sides, tuple) and len(sides) == 2
    if not good or not all(type(side) is int and SMALLEST_SIDE <= side <= LARGEST_SIDE for side in sides):
        raise PydanticCustomError("size", "must be an integer from 32 to 4096, or [height, width]")
    return (sides[0], sides[1])


def _range(value: Any) -> tuple[int, int]:
    ends = (value, value) if type(value) is int else value
    good = isinstance(ends, tuple) and len(ends) == 2 and all(type(end) is int for end in ends)
    if not good or not 0 <= ends[0] <= ends[1] <= MOST_DIGITS:
        raise PydanticCustomError("range", "must be an integer from 0 to 100, or [fewest, most]")
    return (ends[0], ends[1])


def _schema(smallest: int, largest: int) -> WithJsonSchema:
    number = {"type": "integer", "minimum": smallest, "maximum": largest}
    pair = {"type": "array", "prefixItems": [number, number], "minItems": 2, "maxItems": 2}
    return WithJsonSchema({"anyOf": [number, pair]})


Size = Annotated[tuple[int, int], BeforeValidator(_size), _schema(SMALLEST_SIDE, LARGEST_SIDE)]
Digits = Annotated[tuple[int, int], BeforeValidator(_range), _schema(0, MOST_DIGITS)]


class Counts(BaseModel):
    """How many scenes each part has."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    train: Count = 4000
    validation: Count = 200
    test: Count = 300


class Scenes(Source):
    """Grey scenes of `size` with `digits` digits each: scaled, touching and partial ones.

    The parts are made of the digits' own parts, so that no digit of the test was ever trained on. A scene depends on
    `seed`, its part and its number alone.
    """

    tasks = ("segmentation", "detection")

    source: Literal["scenes"]
    size: Size = (64, 64)
    count: Counts = Counts()
    digits: Digits = (2, 5)
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0

    def class_names(self) -> tuple[str, ...]:
        """Give the digits; a mask's first class is the background."""
        return DIGITS if self.task == "detection" else CLASSES

    def load(self) -> Data:
        """Read the digits that ship; each scene is made when it is asked for."""
        arrays = read_digits()
        return Data({name: self._part(name, arrays) for name in PARTS}, self.class_names())

    def _part(self, name: str, arrays: dict[str, np.ndarray]) -> Part:
        size = getattr(self.count, name)
        chosen = arrays["parts"] == name
        images, labels = arrays["images"][chosen], arrays["labels"][chosen]

        def scene(number: int) -> Scene:
            return self.scene(PARTS.index(name), number, images, labels)

        def examples() -> tf.data.Dataset:
            return _examples(scene, size, self.size)

        return Part(name, size, examples, len(self.class_names()))

    def scene(self, part: int, number: int, images: np.ndarray, labels: np.ndarray) -> Scene:
        """Make one scene of these digits."""
        import numpy as np

        from cnnkeras.datasets.scenes.composition import compose

        # PCG64 gives the same numbers on every machine; of the generator only `random` is used.
        random = np.random.Generator(np.random.PCG64([self.seed, part, number]))
        return compose(random, images, labels, self.size, self.digits)


def _examples(scene: Any, count: int, size: tuple[int, int]) -> tf.data.Dataset:
    """Give the scenes as dicts of `image`, `label` (the mask), `boxes` and `classes`."""
    import tensorflow as tf

    def make(number: Any) -> tuple[Any, ...]:
        made = scene(int(number))
        return made.image, made.mask, made.boxes, made.classes

    def example(number: tf.Tensor) -> dict[str, tf.Tensor]:
        types = [tf.uint8, tf.uint8, tf.float32, tf.int64]
        image, mask, boxes, classes = tf.numpy_function(make, [number], types)
        return {
            "image": tf.ensure_shape(image, (*size, 1)),
            "label": tf.ensure_shape(mask, size),
            "boxes": tf.ensure_shape(boxes, (None, 4)),
            "classes": tf.ensure_shape(classes, (None,)),
        }

    return tf.data.Dataset.range(count).map(example)
