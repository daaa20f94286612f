"""What every backbone is: a node whose own output is its deepest map, and whose levels others take by name.

A backbone called "backbone" has "backbone.P3", the map whose pixels stand for 2³ of the picture's, and so on.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from cnnkeras.layers.backbones.tally import Tally
from cnnkeras.layers.base import KerasLayer, Layer, LayerProblem, Shape, Unchanged, Weights, require_map
from cnnkeras.layers.fields import Count
from cnnkeras.layers.reach import Extent, Reach

MOST_STACKS = 8
# Every level that some backbone may have.
LEVELS = tuple(f"P{number}" for number in range(1, MOST_STACKS + 3))

# A number for every stack.
Counts = Annotated[tuple[Count, ...], Field(min_length=1, max_length=MOST_STACKS)]
# How deep every stack is.
Depths = Annotated[tuple[Annotated[int, Field(ge=1, le=1000)], ...], Field(min_length=1, max_length=MOST_STACKS)]
Coefficient = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]


def _strides(value: Any) -> Any:
    if isinstance(value, tuple) and all(type(stride) is int and stride in (1, 2) for stride in value):
        return value
    raise PydanticCustomError("strides", "must be a list of strides, each 1 or 2")


Strides = Annotated[
    tuple[int, ...],
    BeforeValidator(_strides),
    WithJsonSchema({"type": "array", "items": {"enum": [1, 2]}, "minItems": 1, "maxItems": MOST_STACKS}),
]


class Backbone(Layer):
    """A backbone of KerasCV, with its fields and its defaults; what it derives is tested against what KerasCV builds.

    `include_rescaling` divides the input by 255; the file's `input.range` has done so already.
    """

    include_rescaling: bool = False

    @property
    def joins_batch(self) -> bool:
        """Tell that there are batch statistics within it; a frozen one takes the moving ones."""
        return self.trainable

    @property
    @abstractmethod
    def level_names(self) -> tuple[str, ...]:
        """Give the names of the levels, the finest first. They follow from the fields."""

    @abstractmethod
    def walk(self, tally: Tally) -> None:
        """Lead a map through the layers, noting the levels."""

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the shape of the deepest level."""
        return self._walked(inputs[0]).shape

    def levels(self, *inputs: Shape) -> dict[str, Shape]:
        """Give the shape of every level."""
        return self._walked(inputs[0]).levels

    def weights(self, *inputs: Shape) -> Weights | None:
        """Count what all of its layers hold."""
        return None if inputs[0][-1] is None else self._walked(inputs[0]).weights

    def macs(self, *inputs: Shape) -> int | None:
        """Count what all of its convolutions multiply."""
        return None if inputs[0][-1] is None else self._walked(inputs[0]).macs

    def reach(self, *inputs: Shape) -> Reach:  # noqa: ARG002 - a picture of any size
        """Give nothing: the receptive field inside a backbone is not derived."""
        return Extent.UNKNOWN

    def keras_layer(self) -> KerasLayer:
        """Give ours, which has KerasCV build it and puts our layers in the place of those that fall short."""
        fields = {name: getattr(self, name) for name in type(self).model_fields if name not in ("type", "trainable")}
        return KerasLayer("cnnkeras>Backbone", {"backbone": self.type, "fields": fields, "trainable": self.trainable})

    def _walked(self, shape: Shape) -> Tally:
        return _walk(self, shape)


@lru_cache(maxsize=32)  # its shape, its weights and its cost are asked for one after the other
def _walk(backbone: Backbone, shape: Shape) -> Tally:
    require_map(shape, backbone.type)
    tally = Tally(shape)
    backbone.walk(tally)
    return tally


class PyramidLevel(Unchanged):
    """One level of a backbone, as other layers take it. Written by its name alone, "backbone.P3"."""

    type: Literal["PyramidLevel"]
    level: str

    def keras_layer(self) -> KerasLayer:
        """Give a layer that passes the level on, so that it has its name in the network."""
        return KerasLayer("Identity", {})


def check_lengths(backbone: Backbone, *names: str) -> None:
    """Raise LayerProblem where lists that have a number for each stack differ in length."""
    lengths = {name: len(getattr(backbone, name)) for name in names}
    longest = names[0]
    for name, length in lengths.items():
        if length != lengths[longest]:
            raise LayerProblem(
                f"{longest} has {lengths[longest]} numbers, and {name} has {length}",
                hint="give each a number for every stack",
                field=name,
                code="value",
            )
