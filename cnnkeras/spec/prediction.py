"""The `prediction` section: which of the boxes or the objects that a network finds are given out."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class PredictionSection(BaseModel):
    """What is answered for a picture, where the answer is boxes or a mask.

    A box is given out where its score is above `score_threshold`, and where no box of the same class with a higher
    score overlaps it by more than `iou_threshold` (intersection over union): those are taken for the same object. Of
    what is left, the `max_detections` with the highest scores. In a mask, pixels of one class that hang together are
    an object if they are at least `smallest_object`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    score_threshold: Annotated[float, Field(ge=0, lt=1)] = 0.25
    iou_threshold: Annotated[float, Field(gt=0, le=1)] = 0.7
    max_detections: Annotated[int, Field(ge=1, le=10_000)] = 300
    smallest_object: Annotated[int, Field(ge=1, le=1_000_000_000)] = 1
