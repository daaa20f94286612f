"""Field types for how weights begin and what holds them: initializers, regularizers, constraints.

Each is a name as Keras accepts it, `"he_normal"` or `"HeNormal"`, or an object, `{"type": "HeNormal", "seed": 1}`.
A type is made for weights of a rank, because some of Keras's can't fill a vector, or fill nothing but a matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel
from pydantic_core import PydanticCustomError

from cnnkeras.layers.base import KerasObject
from cnnkeras.layers.named import OneOf
from cnnkeras.layers.weight_objects import ALIASES, CONSTRAINTS, INITIALIZERS, RANKS, REGULARIZERS

WHERE = {1: "a vector", 2: "the kernel of a dense layer", 4: "the kernel of a convolution"}


@dataclass(frozen=True, eq=False)
class OfRank(OneOf):
    """One of `objects`, for weights with `rank` axes. `unfit` are those that Keras has for other ranks."""

    rank: int = 1
    unfit: Mapping[str, type[BaseModel]] = field(default_factory=dict)

    def read(self, value: Any) -> BaseModel:
        """Give the object. Raises PydanticCustomError or ValidationError."""
        result = super().read(value)
        self._check_axes(result)
        return result

    def _class_name(self, name: str) -> str:
        if name in OneOf(self.noun, self.unfit, aliases=_aliases(self.unfit)).names():
            context = {"name": name, "where": WHERE[self.rank], "hint": f"it needs a matrix, as {WHERE[2]} is"}
            raise PydanticCustomError("rank", '"{name}" can\'t be used for {where}', context)
        return super()._class_name(name)

    def _check_axes(self, value: BaseModel) -> None:
        """Raise PydanticCustomError where a norm is over an axis that the weights don't have, or over one twice."""
        axes = getattr(value, "axis", ())
        axes = (axes,) if isinstance(axes, int) else axes
        if any(not -self.rank <= axis < self.rank for axis in axes):
            raise PydanticCustomError(
                "axis",
                "axis {axes} must be between {first} and {last} for {where}",
                {
                    "axes": ", ".join(map(str, axes)),
                    "first": -self.rank,
                    "last": self.rank - 1,
                    "where": WHERE[self.rank],
                },
            )
        if len({axis % self.rank for axis in axes}) < len(axes):
            raise PydanticCustomError("axis", "axis must name each axis once")


def _aliases(objects: Mapping[str, type[BaseModel]]) -> dict[str, str]:
    return {alias: name for alias, name in ALIASES.items() if name in objects}


def by_rank(noun: str, objects: Mapping[str, type[KerasObject]], rank: int) -> OfRank:
    """Give the field type for weights of a rank."""
    fit = {name: described for name, described in objects.items() if rank in RANKS.get(name, (1, 2, 4))}
    unfit = {name: described for name, described in objects.items() if name not in fit}
    return OfRank(noun, fit, aliases=_aliases(fit), rank=rank, unfit=unfit)


# For a bias, a scale, an offset: vectors.
Initializer = Annotated[str | KerasObject, by_rank("initializer", INITIALIZERS, 1)]
Regularizer = Annotated[str | KerasObject, by_rank("regularizer", REGULARIZERS, 1)]
Constraint = Annotated[str | KerasObject, by_rank("constraint", CONSTRAINTS, 1)]
# For the kernel of a dense layer: a matrix.
MatrixInitializer = Annotated[str | KerasObject, by_rank("initializer", INITIALIZERS, 2)]
MatrixRegularizer = Annotated[str | KerasObject, by_rank("regularizer", REGULARIZERS, 2)]
MatrixConstraint = Annotated[str | KerasObject, by_rank("constraint", CONSTRAINTS, 2)]
# For the kernel of a convolution, height × width × in × out; its initializer is in `kernels`.
KernelRegularizer = Annotated[str | KerasObject, by_rank("regularizer", REGULARIZERS, 4)]
KernelConstraint = Annotated[str | KerasObject, by_rank("constraint", CONSTRAINTS, 4)]
