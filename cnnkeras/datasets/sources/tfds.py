"""Any image data set of TensorFlow Datasets with one label a picture: `{"source": "tfds", "name": "mnist"}`.

The data is read by the library itself, from a folder that it has prepared, or is downloaded by it.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from cnnkeras.datasets.source import Data, Source
from cnnkeras.datasets.tfds.folder import label_names, prepared_folder

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


class Tfds(Source):
    """A data set of TFDS.

    `data_dir` holds the data set's folder (`<data_dir>/mnist/3.0.1`), and takes a download. Without it, the
    environment's TFDS_DATA_DIR counts, then `data` in the current directory, then the one of the checkout.
    `image` and `label` name the features, where the data set calls them otherwise.
    """

    source: Literal["tfds"]
    name: Name
    data_dir: str | None = None
    split: Split = Split()
    image: str = "image"
    label: str = "label"

    def class_names(self) -> tuple[str, ...] | None:
        """Give the labels' names where the data set is prepared, read without TensorFlow."""
        folder = prepared_folder(self.name, self.data_dir)
        return label_names(folder, self.label) if folder else None

    def load(self) -> Data:
        """Open the prepared data, downloading it first where it is not there."""
        from cnnkeras.datasets.tfds.builder import open_builder
        from cnnkeras.datasets.tfds.parts import load_parts

        builder = open_builder(self.name, self.data_dir)
        return load_parts(builder, self.split.given(), self.image, self.label, self.num_classes)
