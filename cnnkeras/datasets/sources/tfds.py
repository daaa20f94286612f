"""Any image data set of TensorFlow Datasets: `{"source": "tfds", "name": "mnist"}`.

The data is read by the library itself, from a folder that it has prepared, or is downloaded by it.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from cnnkeras.datasets.masks.values import MaskValues
from cnnkeras.datasets.source import Data, DataPath, Source, SourceProblem
from cnnkeras.datasets.tfds.folder import label_names, prepared_folder
from cnnkeras.errors import first_of

if TYPE_CHECKING:
    from cnnkeras.datasets.tfds.features import Labels

# A name becomes a path below the data folder, so it can't climb out of it.
NAME_PATTERN = r"[a-z][a-z0-9_]{0,99}(/[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99})?(:[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9})?"


def _name(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(NAME_PATTERN, value):
        return value
    raise PydanticCustomError("name", "must be a name such as mnist, mnist:3.0.1 or cifar10_corrupted/fog_3")


Name = Annotated[str, BeforeValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{NAME_PATTERN}$"})]
Expression = Annotated[str, Field(min_length=1, max_length=500)]


class Split(BaseModel):
    """What each part is made of, as TFDS writes it: `train[:90%]`. What is not given is chosen (see `tfds.splits`)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    train: Expression | None = None
    validation: Expression | None = None
    test: Expression | None = None

    def given(self) -> dict[str, str]:
        """Give the parts that the file names."""
        return {part: expression for part, expression in self.model_dump().items() if expression is not None}


class Tfds(MaskValues, Source):
    """A data set of TFDS, by its `name`, or by the `path` of a folder in which TFDS has prepared it.

    `data_dir` holds the data set's folder (`<data_dir>/mnist/3.0.1`), and takes a download. Without it, the
    environment's TFDS_DATA_DIR counts, then `data` in the current directory, then the one of the checkout.
    `image`, `label`, `mask` and `boxes` name the features: the picture and, as the task wants it, its class, its mask,
    or a sequence of boxes, in which `label` is the class of each. `classes` and `void` say what the numbers of masks
    mean.
    """

    tasks = ("classification", "segmentation", "detection")

    source: Literal["tfds"]
    name: Name | None = None
    path: DataPath | None = None
    data_dir: DataPath | None = None
    split: Split = Split()
    image: str = "image"
    label: str = "label"
    mask: str = "segmentation_mask"
    boxes: str = "objects"

    @model_validator(mode="after")
    def _is_named_once(self) -> Self:
        if self.name is None and self.path is None:
            cure = 'add it, as in "name": "mnist", or "path" for a prepared folder'
            raise PydanticCustomError("name", '"name" is missing; {cure}', {"cure": cure})
        if self.name is not None and self.path is not None:
            raise PydanticCustomError("name", '"name" and "path" are both there; leave one out')
        return self

    def class_names(self) -> tuple[str, ...] | None:
        """Give the labels' names where the data set is prepared, read without TensorFlow."""
        if self.classes is not None:
            return tuple(self.classes)
        folder = Path(os.path.expanduser(self.path)) if self.path else prepared_folder(self.name or "", self.data_dir)
        names = {"segmentation": (self.mask,), "detection": (self.boxes, self.label)}.get(self.task, (self.label,))
        return label_names(folder, *names) if folder else None

    def load(self) -> Data:
        """Open the prepared data, downloading it first where it is not there."""
        from cnnkeras.datasets.tfds.builder import open_builder, open_folder
        from cnnkeras.datasets.tfds.parts import load_parts
        from cnnkeras.datasets.tfds.splits import split_expressions

        builder = open_folder(self.path) if self.path else open_builder(self.name or "", self.data_dir)
        labels = self._labels(builder.info.features)
        expressions = split_expressions(builder, self.split.given())
        data = load_parts(builder, expressions, labels)
        return replace(data, remarks=self._empty_boxes(builder, expressions)) if self.task == "detection" else data

    def _labels(self, features: Any) -> Labels:
        from cnnkeras.datasets.tfds.features import box_labels, class_labels, mask_labels

        if self.task == "segmentation":
            return mask_labels(features, self.image, self.mask, self.classes, self.void, self.num_classes)
        for field in ("classes", "void"):
            if getattr(self, field) is not None:
                message = f'"{field}" says what the numbers of masks mean, and there are none'
                raise SourceProblem((field,), message, "leave it out: the data set names its classes")
        if self.task == "detection":
            return box_labels(features, self.image, self.boxes, self.label)
        return class_labels(features, self.image, self.label, self.num_classes)

    def _empty_boxes(self, builder: Any, expressions: dict[str, str]) -> tuple[str, ...]:
        """Say which boxes have no area: they are left out."""
        from cnnkeras.datasets.pictures.findings import REMARKED
        from cnnkeras.datasets.tfds.features import empty_boxes
        from cnnkeras.datasets.tfds.parts import read

        features = builder.info.features
        found = [
            f"{part} {place}"
            for part, expression in expressions.items()
            for place in empty_boxes(read(builder, expression, frozenset()), features, self.boxes)
        ]
        if not found:
            return ()
        count = "1 box has no area" if len(found) == 1 else f"{len(found):,} boxes have no area"
        return (f"data: {count} (left out): {first_of(found, REMARKED, '; ')}",)
