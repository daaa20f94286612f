"""Layers that keep the numbers and change their arrangement."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from cnnkeras.layers.base import Dimension, Layer, LayerProblem, Shape, product, show
from cnnkeras.layers.fields import LARGEST
from cnnkeras.layers.reach import POINTWISE, Extent, Reach

# TensorFlow transposes and reshapes no more axes than this, the batch among them.
MOST_AXES = 7


def _target_shape(value: Any) -> Any:
    if (
        isinstance(value, tuple)
        and 1 <= len(value) <= MOST_AXES
        and all(type(size) is int and (size == -1 or 1 <= size <= LARGEST) for size in value)
        and value.count(-1) <= 1
    ):
        return value
    raise PydanticCustomError(
        "target_shape",
        "must be a list of 1 to {most} integers of at least 1, one of which may be -1 for what is left",
        {"most": MOST_AXES},
    )


def _dims(value: Any) -> Any:
    whole = isinstance(value, tuple) and value and all(type(dim) is int for dim in value)
    if whole and sorted(value) == list(range(1, len(value) + 1)) and len(value) <= MOST_AXES:
        return value
    hint = {"hint": "[2, 1, 3] swaps height and width"}
    raise PydanticCustomError("dims", "must name each axis once, counted from 1", hint)


TargetShape = Annotated[
    tuple[int, ...],
    BeforeValidator(_target_shape),
    WithJsonSchema(
        {"type": "array", "items": {"type": "integer", "minimum": -1}, "minItems": 1, "maxItems": MOST_AXES}
    ),
]
Dims = Annotated[
    tuple[int, ...],
    BeforeValidator(_dims),
    WithJsonSchema({"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1, "maxItems": MOST_AXES}),
]


class Flatten(Layer):
    """All numbers in one vector."""

    type: Literal["Flatten"]

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give `(height · width · channels,)`."""
        return (product(inputs[0]),)

    def reach(self, *inputs: Shape) -> Reach:
        """Give the whole input: what reads a vector reads all of the map."""
        return POINTWISE if len(inputs[0]) == 1 else Extent.WHOLE


class Reshape(Layer):
    """The numbers in their order, in another shape; one -1 stands for what is left."""

    type: Literal["Reshape"]
    target_shape: TargetShape

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the target shape, with -1 worked out."""
        total, given = product(inputs[0]), product(tuple(size for size in self.target_shape if size != -1))
        if total is not None and given is not None:
            self._check_total(inputs[0], total, given)
        return tuple(self._left(total, given) if size == -1 else size for size in self.target_shape)

    def reach(self, *inputs: Shape) -> Reach:
        """Give the whole input, unless nothing moves."""
        return POINTWISE if self.output_shape(*inputs) == inputs[0] else Extent.WHOLE

    @staticmethod
    def _left(total: Dimension, given: Dimension) -> Dimension:
        return None if total is None or given is None else total // given

    def _check_total(self, shape: Shape, total: int, given: int) -> None:
        if -1 in self.target_shape and total % given == 0:
            return
        if -1 not in self.target_shape and total == given:
            return
        wanted = "×".join("?" if size == -1 else str(size) for size in self.target_shape)
        raise LayerProblem(
            f"the {total} numbers of a {show(shape)} input don't fill {wanted}",
            hint=f"the sizes must multiply to {total}; one of them may be -1",
            field="target_shape",
        )


class Permute(Layer):
    """The axes in another order; `[2, 1, 3]` swaps height and width."""

    type: Literal["Permute"]
    dims: Dims

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the sizes in their new order."""
        if len(self.dims) != len(inputs[0]):
            raise LayerProblem(
                f"dims has {len(self.dims)} axes, and the {show(inputs[0])} input has {len(inputs[0])}",
                hint=f"give each number from 1 to {len(inputs[0])} once",
                field="dims",
            )
        return tuple(inputs[0][dim - 1] for dim in self.dims)

    def reach(self, *inputs: Shape) -> Reach:  # noqa: ARG002 - the order alone decides
        """Give a point where the order stays; where axes change places, rows are not rows any more."""
        return POINTWISE if self.dims == tuple(sorted(self.dims)) else Extent.UNKNOWN
