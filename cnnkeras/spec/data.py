"""The `data` section, as far as every source shares it. What a source adds stands in its own file."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, PlainValidator, PrivateAttr, WithJsonSchema
from pydantic_core import PydanticCustomError

from cnnkeras.layers.fields import LARGEST, Count
from cnnkeras.spec.augmentation import AnyAugmentation

# The class number in masks of pixels that count nowhere: nobody knows them, or they are no part of the picture.
VOID = 255


CACHES = ("auto", "disk", "none")


def _cache(value: Any) -> Any:
    if value in CACHES or (type(value) is int and 1 <= value <= LARGEST):
        return value
    raise PydanticCustomError("cache", 'must be "auto", "disk", "none", or how many MiB of memory may be taken')


Cache = Annotated[
    str | int,
    PlainValidator(_cache),
    WithJsonSchema({"anyOf": [{"enum": list(CACHES)}, {"type": "integer", "minimum": 1, "maximum": LARGEST}]}),
]


class DataSection(BaseModel):
    """Where pictures and labels come from.

    A source subclasses this, narrows `source` to a Literal and adds its fields. It is made while the file is
    checked, so its module imports no TensorFlow at the top.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    # The tasks that its labels are for.
    tasks: ClassVar[tuple[str, ...]] = ("classification",)

    source: str
    # How many classes there are, where the source can't tell before its data is there.
    num_classes: Count | None = None
    # Where pictures are kept between the epochs: "auto" is memory up to a quarter of what is free, then the disk.
    cache: Cache = "auto"
    # What is done to the pictures of training, in this order.
    augmentation: tuple[AnyAugmentation, ...] = ()
    # How classes that are rarer than others come to count: by weights in training's loss, or by being shown more often.
    balance: Literal["weights", "resample"] | None = None
    # A source may have labels for several tasks; which are wanted is told by the file's `task`, not by its section.
    _task: str | None = PrivateAttr(default=None)

    def for_task(self, name: str) -> Self:
        """Give the same section, with the labels that a task of that name wants."""
        section = self.model_copy()
        section._task = name
        return section

    @property
    def task(self) -> str:
        """Give the name of the task that its labels are wanted for."""
        return self._task or self.tasks[0]

    def class_names(self) -> tuple[str, ...] | None:
        """Give the labels' names as far as they are known without loading the data, else None."""
        return None

    def count_classes(self) -> int | None:
        """Give the number of classes: as the file states it, else as the source knows it, else None.

        A source without any has nothing to load yet, and says so itself.
        """
        names = self.class_names() if self.num_classes is None else None
        return len(names) if names else self.num_classes
