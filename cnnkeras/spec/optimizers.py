"""Keras's optimizers, with their fields and defaults (Keras 3.15). The schedules stand in `schedules`.

Left out: `name`, which says nothing in a file of one optimizer; `MultiOptimizer`, whose map is of variables; and
`LossScaleOptimizer`, which mixed_float16 puts around the optimizer by itself.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from cnnkeras.layers.base import KerasObject
from cnnkeras.layers.fields import Count, Finite, Natural
from cnnkeras.layers.named import OneOf
from cnnkeras.spec.schedules import LearningRate, NotNegative, Positive

Momentum = Annotated[float, Field(ge=0, lt=1)]
Average = Annotated[float, Field(ge=0, le=1)]


class Optimizer(KerasObject):
    """What every optimizer has: decay, clipping, averaging of weights, accumulation of gradients.

    Weights whose names contain one of `exclude_from_weight_decay` don't decay: "bias", "gamma" and "beta" are the
    biases and the normalizations'. It is a method of Keras's optimizers.
    """

    learning_rate: LearningRate = 0.001
    weight_decay: NotNegative | None = None
    exclude_from_weight_decay: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    clipnorm: Positive | None = None
    clipvalue: Positive | None = None
    global_clipnorm: Positive | None = None
    use_ema: bool = False
    ema_momentum: Average = 0.99
    ema_overwrite_frequency: Count | None = None
    loss_scale_factor: Positive | None = None
    gradient_accumulation_steps: Annotated[int, Field(ge=2)] | None = None

    @model_validator(mode="after")
    def _one_clipping(self) -> Optimizer:
        named = [name for name in ("clipnorm", "clipvalue", "global_clipnorm") if getattr(self, name) is not None]
        if len(named) > 1:
            raise PydanticCustomError(
                "clipping",
                "takes one of clipnorm, clipvalue and global_clipnorm, and has {named}",
                {"named": " and ".join(named)},
            )
        return self


class SGD(Optimizer):
    """Gradient descent, with momentum (Sutskever et al. 2013)."""

    type: Literal["SGD"]
    learning_rate: LearningRate = 0.01
    momentum: Average = 0.0
    nesterov: bool = False


class Adam(Optimizer):
    """Kingma and Ba 2014; `amsgrad` as Reddi et al. 2018."""

    type: Literal["Adam"]
    beta_1: Momentum = 0.9
    beta_2: Momentum = 0.999
    epsilon: NotNegative = 1e-7
    amsgrad: bool = False


class AdamW(Optimizer):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019)."""

    type: Literal["AdamW"]
    weight_decay: NotNegative = 0.004
    beta_1: Momentum = 0.9
    beta_2: Momentum = 0.999
    epsilon: NotNegative = 1e-7
    amsgrad: bool = False


class RMSprop(Optimizer):
    """Hinton's lecture 6e, 2012."""

    type: Literal["RMSprop"]
    rho: Momentum = 0.9
    momentum: Average = 0.0
    epsilon: NotNegative = 1e-7
    centered: bool = False


class Adagrad(Optimizer):
    """Duchi et al. 2011."""

    type: Literal["Adagrad"]
    initial_accumulator_value: NotNegative = 0.1
    epsilon: NotNegative = 1e-7


class Adadelta(Optimizer):
    """Zeiler 2012."""

    type: Literal["Adadelta"]
    rho: Momentum = 0.95
    epsilon: NotNegative = 1e-7


class Adamax(Optimizer):
    """Adam by the infinity norm (Kingma and Ba 2014, section 7)."""

    type: Literal["Adamax"]
    beta_1: Momentum = 0.9
    beta_2: Momentum = 0.999
    epsilon: NotNegative = 1e-7


class Nadam(Optimizer):
    """Adam with Nesterov momentum (Dozat 2015)."""

    type: Literal["Nadam"]
    beta_1: Momentum = 0.9
    beta_2: Momentum = 0.999
    epsilon: NotNegative = 1e-7


class Lamb(Optimizer):
    """Adam with a trust ratio a layer, for large batches (You et al. 2019)."""

    type: Literal["Lamb"]
    beta_1: Momentum = 0.9
    beta_2: Momentum = 0.999
    epsilon: NotNegative = 1e-7


class Ftrl(Optimizer):
    """Follow the regularized leader (McMahan et al. 2013)."""

    type: Literal["Ftrl"]
    learning_rate_power: Annotated[float, Field(le=0, allow_inf_nan=False)] = -0.5
    initial_accumulator_value: NotNegative = 0.1
    l1_regularization_strength: NotNegative = 0.0
    l2_regularization_strength: NotNegative = 0.0
    l2_shrinkage_regularization_strength: NotNegative = 0.0
    beta: Finite = 0.0


class Lion(Optimizer):
    """The sign of the momentum (Chen et al. 2023)."""

    type: Literal["Lion"]
    beta_1: Annotated[float, Field(gt=0, le=1)] = 0.9
    beta_2: Momentum = 0.99


class Adafactor(Optimizer):
    """Factored second moments (Shazeer and Stern 2018)."""

    type: Literal["Adafactor"]
    beta_2_decay: Annotated[float, Field(le=0, allow_inf_nan=False)] = -0.8
    epsilon_1: NotNegative = 1e-30
    epsilon_2: NotNegative = 0.001
    clip_threshold: Positive = 1.0
    relative_step: bool = True


class Muon(Optimizer):
    """Orthogonalized momentum for matrices, AdamW for everything else (Jordan 2024; Liu et al. 2025)."""

    type: Literal["Muon"]
    weight_decay: NotNegative | None = 0.004
    adam_beta_1: Momentum = 0.9
    adam_beta_2: Momentum = 0.999
    adam_weight_decay: NotNegative | None = 0.004
    epsilon: NotNegative = 1e-7
    exclude_layers: tuple[str, ...] = ()
    exclude_embeddings: bool = True
    muon_a: Finite = 3.4445
    muon_b: Finite = -4.775
    muon_c: Finite = 2.0315
    adam_lr_ratio: Positive = 1.0
    momentum: Momentum = 0.95
    ns_steps: Count = 5
    nesterov: bool = True
    rms_rate: Positive | None = 0.2


class ScheduleFreeAdamW(Optimizer):
    """AdamW with an averaged iterate in place of a schedule (Defazio et al. 2024)."""

    type: Literal["ScheduleFreeAdamW"]
    learning_rate: LearningRate = 0.0025
    beta_1: Annotated[float, Field(gt=0, lt=1)] = 0.9
    beta_2: Momentum = 0.999
    epsilon: NotNegative = 1e-8
    warmup_steps: Natural = 0


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "Adam": Adam,
    "AdamW": AdamW,
    "SGD": SGD,
    "RMSprop": RMSprop,
    "Adagrad": Adagrad,
    "Adadelta": Adadelta,
    "Adamax": Adamax,
    "Nadam": Nadam,
    "Lamb": Lamb,
    "Ftrl": Ftrl,
    "Lion": Lion,
    "Adafactor": Adafactor,
    "Muon": Muon,
    "ScheduleFreeAdamW": ScheduleFreeAdamW,
}

# Keras's strings for optimizers are the class names in lower case.
AnyOptimizer = Annotated[Optimizer, OneOf("optimizer", OPTIMIZERS, spell=str.lower)]
