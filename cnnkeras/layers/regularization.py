"""Layers that do something in training only, and Identity and ActivityRegularization beside them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from cnnkeras.layers.base import KerasLayer, Layer, LayerProblem, Shape, Unchanged, require_map, show
from cnnkeras.layers.fields import LARGEST, Natural, NotNegative, Rate


def _noise_shape(value: Any) -> Any:
    if isinstance(value, tuple) and all(size is None or (type(size) is int and 1 <= size <= LARGEST) for size in value):
        return value
    hint = {"hint": "the batch comes first: [null, 1, 1, 64] drops whole channels"}
    raise PydanticCustomError("noise_shape", "must be a list of sizes or null", hint)


NoiseShape = Annotated[
    tuple[int | None, ...],
    PlainValidator(_noise_shape),
    WithJsonSchema({"type": "array", "items": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}}),
]


class Identity(Unchanged):
    """Gives what it gets; a place to hang a name on."""

    type: Literal["Identity"]


class ActivityRegularization(Unchanged):
    """Adds `l1 · Σ|x| + l2 · Σx²` to the loss."""

    type: Literal["ActivityRegularization"]
    l1: NotNegative = 0.0
    l2: NotNegative = 0.0

    @property
    def joins_batch(self) -> bool:
        """Tell that the penalty, if there is any, is one for the batch."""
        return bool(self.l1 or self.l2)


class NoisyDropout(Unchanged):
    """What the dropouts with a noise shape share: a size of 1 drops everything along that axis together."""

    rate: Rate
    noise_shape: NoiseShape | None = None
    seed: Natural | None = None

    @property
    def joins_batch(self) -> bool:
        """Tell that all pictures lose the same where the noise has one row for them."""
        return self.rate > 0 and self.noise_shape is not None and self.noise_shape[:1] == (1,)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the input's shape. Raises LayerProblem where the noise can't be spread over it."""
        if self.noise_shape is not None and not self._spreads(inputs[0]):
            noise = "×".join("null" if size is None else str(size) for size in self.noise_shape)
            raise LayerProblem(
                f"noise_shape {noise} does not spread over a batch of {show(inputs[0])}",
                hint=f"give null for the batch, then {len(inputs[0])} sizes: null, 1, or the input's own",
                field="noise_shape",
            )
        return inputs[0]

    def _spreads(self, shape: Shape) -> bool:
        noise = self.noise_shape or ()
        if len(noise) != len(shape) + 1 or noise[0] not in (None, 1):
            return False
        return all(drop in (None, 1) or size in (None, drop) for drop, size in zip(noise[1:], shape, strict=True))


class Dropout(NoisyDropout):
    """Sets a fraction `rate` to 0 and scales the rest up (Srivastava et al. 2014)."""

    type: Literal["Dropout"]


class AlphaDropout(NoisyDropout):
    """Dropout that keeps mean and variance, for SELU (Klambauer et al. 2017)."""

    type: Literal["AlphaDropout"]


class SpatialDropout2D(Layer):
    """Drops whole channels of a map (Tompson et al. 2015)."""

    type: Literal["SpatialDropout2D"]
    rate: Rate
    seed: Natural | None = None

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the input's shape."""
        require_map(inputs[0], "SpatialDropout2D")
        return inputs[0]

    def keras_layer(self) -> KerasLayer:
        """Give the Keras layer, whose constructor alone takes no `trainable`."""
        layer = super().keras_layer()
        del layer.config["trainable"]
        return layer


class GaussianNoise(Unchanged):
    """Adds noise of mean 0; Keras takes a deviation of at most 1."""

    type: Literal["GaussianNoise"]
    stddev: Annotated[float, Field(ge=0, le=1)]
    seed: Natural | None = None


class GaussianDropout(Unchanged):
    """Multiplies by noise of mean 1 and deviation `√(rate / (1 − rate))` (Srivastava et al. 2014)."""

    type: Literal["GaussianDropout"]
    rate: Rate
    seed: Natural | None = None
