"""The `data` section, as far as every source shares it. What a source adds stands in its own file."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, PrivateAttr

from cnnkeras.layers.fields import Count
from cnnkeras.spec.augmentation import AnyAugmentation

# The class number in masks of pixels that count nowhere: nobody knows them, or they are no part of the picture.
VOID = 255


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
        """Give the number of classes: as the file states it, else as the source knows it, else None."""
        names = self.class_names() if self.num_classes is None else None
        return len(names) if names is not None else self.num_classes
