"""Fields that name something of the data, once or for each part."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


def class_name(text: str) -> str:
    """Give a class's name in one spelling: an "ü" may be one character or two, as archives made on a Mac have it."""
    return unicodedata.normalize("NFC", text)


Name = Annotated[str, Field(min_length=1)]


class ByPart(BaseModel):
    """The name for each part; what a part lacks is held out of train."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    train: Name
    validation: Name | None = None
    test: Name | None = None

    def given(self) -> dict[str, str]:
        """Give the parts that have a name."""
        return {part: name for part, name in self.model_dump().items() if name is not None}


def by_part(names: str | ByPart) -> dict[str, str]:
    """Give the name of each part; one for all is train's."""
    return {"train": names} if isinstance(names, str) else names.given()
