"""Keras's initializers, regularizers and constraints, with their fields and defaults (Keras 3.15).

Left out: `STFT`, which fills weights of rank 3 that no layer here has; and `input_axes` and `output_axes`, which
tell a fan from the axes of attention's kernels.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cnnkeras.layers.axes import Axes
from cnnkeras.layers.base import KerasObject
from cnnkeras.layers.fields import Finite, Natural, NotNegative, Positive


class Zeros(KerasObject):
    """All 0."""

    type: Literal["Zeros"]


class Ones(KerasObject):
    """All 1."""

    type: Literal["Ones"]


class Constant(KerasObject):
    """All `value`."""

    type: Literal["Constant"]
    value: Finite = 0.0


class Identity(KerasObject):
    """`gain` on the diagonal, for a matrix only."""

    type: Literal["Identity"]
    gain: Finite = 1.0


class Orthogonal(KerasObject):
    """Orthogonal rows or columns (Saxe et al., "Exact solutions to the nonlinear dynamics of learning", 2014)."""

    type: Literal["Orthogonal"]
    gain: Finite = 1.0
    seed: Natural | None = None


class Fan(KerasObject):
    """Glorot and Bengio 2010, He et al. 2015, LeCun et al. 1998: variance from the number of inputs and outputs."""

    type: Literal["GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform"]
    seed: Natural | None = None


class Normal(KerasObject):
    """A normal distribution; `TruncatedNormal` draws again what is over two deviations away."""

    type: Literal["RandomNormal", "TruncatedNormal"]
    mean: Finite = 0.0
    stddev: NotNegative = 0.05
    seed: Natural | None = None


class RandomUniform(KerasObject):
    """Evenly between `minval` and `maxval`."""

    type: Literal["RandomUniform"]
    minval: Finite = -0.05
    maxval: Finite = 0.05
    seed: Natural | None = None


class VarianceScaling(KerasObject):
    """The general form of the six fan initializers."""

    type: Literal["VarianceScaling"]
    scale: Positive = 1.0
    mode: Literal["fan_in", "fan_out", "fan_avg"] = "fan_in"
    distribution: Literal["truncated_normal", "untruncated_normal", "uniform"] = "truncated_normal"
    seed: Natural | None = None


class L1(KerasObject):
    """`l1 · Σ|w|`."""

    type: Literal["L1"]
    l1: NotNegative = 0.01


class L2(KerasObject):
    """`l2 · Σw²`."""

    type: Literal["L2"]
    l2: NotNegative = 0.01


class L1L2(KerasObject):
    """`l1 · Σ|w| + l2 · Σw²`."""

    type: Literal["L1L2"]
    l1: NotNegative = 0.0
    l2: NotNegative = 0.0


class OrthogonalRegularizer(KerasObject):
    """Pulls the rows or columns of a matrix towards orthogonality."""

    type: Literal["OrthogonalRegularizer"]
    factor: NotNegative = 0.01
    mode: Literal["rows", "columns"] = "rows"


class NonNeg(KerasObject):
    """No weight below 0."""

    type: Literal["NonNeg"]


class MaxNorm(KerasObject):
    """Norms over `axis` of at most `max_value`."""

    type: Literal["MaxNorm"]
    max_value: NotNegative = 2
    axis: Axes = 0


class MinMaxNorm(KerasObject):
    """Norms over `axis` between two values, approached at `rate`."""

    type: Literal["MinMaxNorm"]
    min_value: NotNegative = 0.0
    max_value: NotNegative = 1.0
    rate: Annotated[float, Field(ge=0, le=1)] = 1.0
    axis: Axes = 0


class UnitNorm(KerasObject):
    """Norms over `axis` of 1."""

    type: Literal["UnitNorm"]
    axis: Axes = 0


# Keras's class names. Also accepted, as Keras does: the same in snake_case, and the aliases below.
INITIALIZERS: dict[str, type[KerasObject]] = {
    "Constant": Constant, "GlorotNormal": Fan, "GlorotUniform": Fan, "HeNormal": Fan, "HeUniform": Fan,
    "Identity": Identity, "LecunNormal": Fan, "LecunUniform": Fan, "Ones": Ones, "Orthogonal": Orthogonal,
    "RandomNormal": Normal, "RandomUniform": RandomUniform, "TruncatedNormal": Normal,
    "VarianceScaling": VarianceScaling, "Zeros": Zeros,
}  # fmt: skip
REGULARIZERS: dict[str, type[KerasObject]] = {
    "L1": L1, "L1L2": L1L2, "L2": L2, "OrthogonalRegularizer": OrthogonalRegularizer,
}  # fmt: skip
CONSTRAINTS: dict[str, type[KerasObject]] = {
    "MaxNorm": MaxNorm, "MinMaxNorm": MinMaxNorm, "NonNeg": NonNeg, "UnitNorm": UnitNorm,
}  # fmt: skip
ALIASES = {"normal": "RandomNormal", "uniform": "RandomUniform", "one": "Ones", "zero": "Zeros"}
# How many axes the weights may have, where not every number will do.
RANKS = {"Identity": (2,), "Orthogonal": (2, 4), "OrthogonalRegularizer": (2,)}
