"""What stands at the top of a file beside the sections."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cnnkeras.spec.entries import Name


class Header(BaseModel):
    """The experiment's name, its description, its outputs, and the lints that it silences."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Name | None = None
    description: str = ""
    outputs: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    silence: tuple[str, ...] = ()
