"""What a network's output means: probabilities as they are, or logits, and of how many classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from cnnkeras.analysis.answers import PROBABILITIES, activation_of, answering
from cnnkeras.analysis.walk import walked
from cnnkeras.layers.base import LayerProblem, Shape, show
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.losses import UNITWISE

Link = Literal["identity", "softmax", "sigmoid"]


@dataclass(frozen=True)
class Head:
    """One output: its units, the classes they stand for, and what makes probabilities of it.

    One unit stands for two classes: it is the probability of the second.
    """

    units: int
    classes: int
    link: Link

    @property
    def from_logits(self) -> bool:
        """Tell whether the output has to go through `link` to become probabilities."""
        return self.link != "identity"

    def probabilities(self, outputs: Any) -> Any:
        """Give the probability of each class on the last axis, from the output's units there."""
        import keras

        if self.link == "softmax":
            return keras.ops.softmax(outputs, axis=-1)
        own = keras.ops.sigmoid(outputs) if self.link == "sigmoid" else outputs
        return keras.ops.concatenate([1 - own, own], axis=-1) if self.units == 1 else own


def head(architecture: Architecture, output: str | None = None) -> Head:
    """Describe an output of a checked architecture, by default the main one."""
    name = output or architecture.outputs[0]
    classes = architecture.num_classes
    units = units_of(architecture, name) or classes or 2
    return Head(units, classes or max(units, 2), _link(architecture, name, units))


def units_of(architecture: Architecture, name: str) -> int | None:
    """Give the length of an output's last axis, or None where it waits for the data or is wrong."""
    node = walked(architecture).nodes.get(name)
    return node.output_shape[-1] if node is not None and node.output_shape else None


def _link(architecture: Architecture, name: str, units: int) -> Link:
    if activation(architecture, name) in PROBABILITIES:
        return "identity"
    loss = architecture.training.loss
    unitwise = loss is not None and any(part.type in UNITWISE for part in loss.parts)
    return "sigmoid" if units == 1 or unitwise else "softmax"


def activation(architecture: Architecture, name: str) -> str:
    """Give the activation that an output has gone through last; "linear" where there is none."""
    found = {activation_of(node) for node in answering(architecture, name)}
    return found.pop() if len(found) == 1 else "linear"


def check_units(shape: Shape, num_classes: int | None, field: str) -> LayerProblem | None:
    """Tell whether the last axis of an output, as `units` or `filters` make it, fits the classes of the data."""
    units = shape[-1]
    if num_classes == 1:
        message, hint = "the data has one class, and nothing can be told apart", "look at it: python run.py data FILE"
        return LayerProblem(message, hint, code="head")
    if units is None or num_classes is None or units == num_classes or (units == 1 and num_classes == 2):
        return None
    return LayerProblem(
        f"the output has {units} {field}, and the data has {num_classes} classes",
        f'use "{field}": "num_classes"',
        field=field,
        code="head",
    )


def wrong_form(shape: Shape, needs: str, hint: str) -> LayerProblem:
    """Give the problem of an output that is no vector, or no map."""
    return LayerProblem(f"the output is {show(shape)}, and {needs}", hint, code="head")
