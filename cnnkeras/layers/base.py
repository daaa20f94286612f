"""What every layer type is: validated fields, and what follows from them without TensorFlow.

Shapes are channels-last and leave the batch out: `(height, width, channels)` for a map, `(units,)` for a
vector. A dimension that can't be known before the data is there is `None`, and what depends on it is `None`.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict

from cnnkeras.layers.reach import POINTWISE, Reach

Dimension = int | None
Shape = tuple[Dimension, ...]


class LayerProblem(ValueError):
    """A layer that can't take what it is given.

    Args:
        message: what is wrong, with both values in it: `kernel 5×5 does not fit its 4×4 input`.
        hint: what to change.
        field: the field to point at; the whole layer when None.
        code: the diagnostic's stable code.

    """

    def __init__(self, message: str, hint: str | None = None, field: str | None = None, code: str = "shape") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.field = field
        self.code = code


class Weights(NamedTuple):
    """How many numbers a layer holds."""

    trainable: int = 0
    non_trainable: int = 0


class KerasLayer(NamedTuple):
    """The Keras layer that a node becomes, as data.

    `class_name` is a name in `keras.layers`, or one of ours written `cnnkeras>Name`.
    """

    class_name: str
    config: dict[str, Any]


class KerasObject(BaseModel):
    """A named thing with fields that Keras makes from its name: an initializer, an optimizer, a loss."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    type: str

    def to_keras(self) -> dict[str, Any]:
        """Give Keras's own serialized form, `{"class_name": …, "config": …}`."""
        return {"class_name": self.type, "config": keras_config(self, exclude={"type"})}


def keras_config(model: BaseModel, exclude: set[str]) -> dict[str, Any]:
    """Give a model's fields as Keras's constructor takes them, nested objects serialized."""
    fields = ((name, getattr(model, name)) for name in type(model).model_fields if name not in exclude)
    return {name: value.to_keras() if isinstance(value, KerasObject) else value for name, value in fields}


class Layer(BaseModel):
    """A layer type. Its fields are its configuration, with Keras's names and Keras's defaults.

    To add one: subclass, narrow `type` to a Literal, give the fields, `output_shape`, and whatever of `joins_batch`,
    `needs_float32`, `weights`, `macs`, `reach` and `keras_layer` differs from the defaults here; then name it in
    `LAYERS`.
    `weights`, `macs` and `reach` are asked only for inputs that `output_shape` took.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    # The fewest and the most inputs the layer takes; None is any number.
    arity: ClassVar[tuple[int, int | None]] = (1, 1)

    type: str
    trainable: bool = True

    @property
    def joins_batch(self) -> bool:
        """Tell whether, in training, what the layer does for one picture depends on the others of its batch.

        A penalty on what comes out does: it is added up, or averaged, over the batch.
        """
        return getattr(self, "activity_regularizer", None) is not None

    @property
    def needs_float32(self) -> bool:
        """Tell whether it computes in float32 where the others do in 16 bits: TensorFlow has it in no other."""
        return getattr(self, "activation", None) == "sparsemax"

    @abstractmethod
    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the shape that comes out. Raises LayerProblem where the inputs don't fit."""

    def weights(self, *inputs: Shape) -> Weights | None:  # noqa: ARG002 - subclasses use them
        """Give the number of weights as if trainable, or None where a shape is unknown."""
        return Weights()

    def macs(self, *inputs: Shape) -> int | None:  # noqa: ARG002 - subclasses use them
        """Give the multiply-accumulates for one picture, or None where a shape is unknown.

        Counted for convolutions and dense layers, as the field does; a bias, a normalization and an
        activation count nothing.
        """
        return 0

    def reach(self, *inputs: Shape) -> Reach:  # noqa: ARG002 - subclasses use them
        """Give which part of its input one output position reads."""
        return POINTWISE

    def parameters(self, *inputs: Shape) -> Weights | None:
        """Give `weights` with `trainable` applied, as Keras counts them."""
        weights = self.weights(*inputs)
        if weights is None or self.trainable:
            return weights
        return Weights(0, sum(weights))

    def keras_layer(self) -> KerasLayer:
        """Give the Keras layer: by default the one of the same name, with the fields as they are."""
        return KerasLayer(self.type, keras_config(self, exclude={"type"}))


class Unchanged(Layer):
    """A layer whose output has its input's shape."""

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the input's shape."""
        return inputs[0]


def product(shape: Shape) -> int | None:
    """Multiply dimensions; None where one is unknown."""
    result = 1
    for dimension in shape:
        if dimension is None:
            return None
        result *= dimension
    return result


def show(shape: Shape) -> str:
    """Write a shape as people do: `28×28×1`, with `?` for what is unknown."""
    return "×".join("?" if dimension is None else str(dimension) for dimension in shape)


def require_map(shape: Shape, layer: str) -> tuple[Dimension, Dimension, Dimension]:
    """Give (height, width, channels), or raise LayerProblem where the input is no map."""
    if len(shape) != 3:
        raise LayerProblem(
            f"needs a map (height×width×channels), and its input is {show(shape)}",
            hint=f"put {layer} before the Flatten or the global pooling, or use Reshape to make a map again",
        )
    return shape[0], shape[1], shape[2]
