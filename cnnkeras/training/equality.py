"""Whether a network trains the same on one replica as on several: its loss, its gradients, its metrics, its weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cnnkeras.datasets.source import Part
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.few_steps import Arrays, Steps, take_steps, without_chance

# Pictures a replica and step: enough for every layer to have something to do, and few for the time they take.
SHARE = 8
STEPS = 3
# How far apart figures may be, as a share of the larger one: sums in another order. The layers compute in float64,
# so that rounding is not made visible by an optimizer that divides by small gradients; losses may be in float32.
BOUND = 1e-5
# The least change of a weight that is looked at by itself, as a share of the largest.
SLOWEST = 1e-3


@dataclass(frozen=True)
class Difference:
    """One figure, on one replica and on several, and their distance as a share of the larger one."""

    name: str
    one: float
    several: float
    distance: float

    @property
    def agrees(self) -> bool:
        """Tell whether rounding explains it."""
        return self.distance <= BOUND


def compare(architecture: Architecture, task: TrainableTask, part: Part, several: Sequence[str]) -> list[Difference]:
    """Train a few steps on the first of the devices `several` and on all of them; give the differences.

    One step shows the gradients, of a batch that divides evenly and of one that does not; some steps of the file's
    own optimizer show the rest. Random layers are left out and BatchNormalization is synchronized: what these do
    otherwise is no difference of the machinery.
    """
    size = _batch_size(architecture, len(several))
    uneven = max(size - len(several) + 1, len(several))
    titles = (f"a batch of {size}", f"a batch of {uneven}", f"{STEPS} steps")
    parts = [_first(part, count) for count in (size, uneven, size * (STEPS - 1) + uneven)]
    calm = _that_steps(without_chance(architecture))
    one, other = (take_steps(calm, task, parts, size, devices) for devices in (several[:1], several))
    return [
        *_of_a_batch(titles[0], one[0], other[0]),
        *_of_a_batch(titles[1], one[1], other[1]),
        *_of_steps(titles[2], one[2], other[2]),
    ]


def _batch_size(architecture: Architecture, replicas: int) -> int:
    """Give a size that divides evenly."""
    return max(1, min(SHARE, architecture.training.batch_size // replicas)) * replicas


def _first(part: Part, size: int) -> Part:
    """Give the first pictures, over and over where there are fewer: with one step in place of some, less is seen."""
    return Part(part.name, size, lambda: part.examples().repeat().take(size), part.num_classes)


def _that_steps(architecture: Architecture) -> Architecture:
    """Give the architecture with gradients that are added up over so few calls that the weights do move."""
    optimizer = architecture.training.optimizer
    every = min(optimizer.gradient_accumulation_steps or 1, STEPS)
    optimizer = optimizer.model_copy(update={"gradient_accumulation_steps": every if every > 1 else None})
    return replace(architecture, training=architecture.training.model_copy(update={"optimizer": optimizer}))


def _of_a_batch(title: str, one: Steps, several: Steps) -> list[Difference]:
    return [
        _figure(f"{title}: loss", one.figures["loss"], several.figures["loss"]),
        *_farthest(f"{title}: gradients", one.gradients, several.gradients),
        *_farthest(f"{title}: averages", one.averages, several.averages),
    ]


def _of_steps(title: str, one: Steps, several: Steps) -> list[Difference]:
    return [
        *(_figure(f"{title}: {name}", value, several.figures[name]) for name, value in one.figures.items()),
        *_farthest(f"{title}: weights", one.moves, several.moves),
        *_farthest(f"{title}: averages", one.averages, several.averages),
    ]


def _figure(name: str, one: float, several: float) -> Difference:
    return Difference(name, one, several, _finite(abs(one - several) / max(abs(one), abs(several), 1e-6)))


def _farthest(what: str, one: Arrays, several: Arrays) -> list[Difference]:
    """Give the change of that weight whose change is farthest apart; none of no weights.

    What hardly changes is held against how much all do: a bias before a normalization has no gradient but rounding.
    """
    least = max(SLOWEST * max((_norm(change) for _, change in one), default=0), 1e-30)
    found = [
        Difference(f"{what}, at most at {path}", _norm(change), _norm(changed), _apart(change, changed, least))
        for (path, change), (_, changed) in zip(one, several, strict=True)
    ]
    return [max(found, key=lambda difference: difference.distance)] if found else []


@np.errstate(invalid="ignore", over="ignore")  # what is no number is far
def _apart(one: np.ndarray, other: np.ndarray, least: float) -> float:
    return _finite(_norm(one - other) / max(_norm(one), _norm(other), least))


def _finite(distance: float) -> float:
    """Give what is no number as infinitely far: no comparison finds it otherwise."""
    return distance if np.isfinite(distance) else float("inf")


def _norm(change: np.ndarray) -> float:
    return float(np.sqrt(np.square(change.astype(np.float64)).sum()))
