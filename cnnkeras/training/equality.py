"""Whether a network trains the same on one replica as on several: its loss, its gradients, its metrics, its weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.source import Part
from cnnkeras.layers import LAYERS
from cnnkeras.layers.augmentation import Augmentation
from cnnkeras.layers.base import Layer
from cnnkeras.model.builder import build_model
from cnnkeras.spec.architecture import Architecture, Node
from cnnkeras.spec.optimizers import SGD
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.compiling import compile_model
from cnnkeras.training.fitting import build_for, over_replicas
from cnnkeras.training.setup import prepare

# Pictures a replica and step: enough for every layer to have something to do, and few for the time they take.
SHARE = 8
STEPS = 3
# How far apart figures may be, as a share of the larger one: sums in another order. The layers compute in float64,
# so that rounding is not made visible by an optimizer that divides by small gradients; losses may be in float32.
BOUND = 1e-5
# The least move of a weight that is looked at by itself, as a share of the largest.
SLOWEST = 1e-3
# Layers whose random numbers differ from replica to replica by nature.
RANDOM = ("Dropout", "SpatialDropout2D", "AlphaDropout", "GaussianDropout", "GaussianNoise")


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


@dataclass(frozen=True)
class Trial:
    """What some steps came to: the figures that they announce, and how far each weight moved."""

    figures: dict[str, float]
    moves: list[tuple[str, np.ndarray]]


def compare(architecture: Architecture, task: TrainableTask, part: Part, several: Sequence[str]) -> list[Difference]:
    """Train a few steps on the first of the devices `several` and on all of them; give the differences.

    One step of plain gradient descent shows the gradients, of a batch that divides evenly and of one that does not;
    steps of the file's own optimizer show the rest. Random layers are left out and BatchNormalization is
    synchronized: what these do otherwise is no difference of the machinery.
    """
    calm = without_chance(architecture)
    size = _batch_size(calm, len(several))
    uneven = max(size - len(several) + 1, len(several))
    alike = {f"a batch of {size}": size, f"a batch of {uneven}": uneven}
    return [
        *_compare(_plain(calm), task, part, size, several, alike, "gradients"),
        *_compare(calm, task, part, size, several, {f"{STEPS} steps": size * (STEPS - 1) + uneven}, "weights"),
    ]


def _compare(
    architecture: Architecture,
    task: TrainableTask,
    part: Part,
    size: int,
    several: Sequence[str],
    pictures: dict[str, int],
    what: str,
) -> list[Difference]:
    """Train on so many pictures, under their titles, on one replica and on several, from the same weights each."""
    parts = [_first(part, count) for count in pictures.values()]
    one, other = (_trials(architecture, task, parts, size, devices) for devices in (several[:1], several))
    found = [
        _differences(title, *pair, what) for title, pair in zip(pictures, zip(one, other, strict=True), strict=True)
    ]
    return [difference for differences in found for difference in differences]


def _plain(architecture: Architecture) -> Architecture:
    """Give the architecture with an optimizer whose steps are the gradients."""
    changes = {"optimizer": SGD(type="SGD", learning_rate=1.0), "reduce_learning_rate": None}
    return replace(architecture, training=architecture.training.model_copy(update=changes))


def without_chance(architecture: Architecture) -> Architecture:
    """Give the architecture with nothing in it that differs from replica to replica by nature."""
    training = architecture.training.model_copy(update={"precision": "float32", "jit_compile": False})
    nodes = tuple(_calm(node) for node in architecture.nodes)
    return replace(architecture, nodes=nodes, training=training)


def _calm(node: Node) -> Node:
    layer: Layer | None = node.layer
    if isinstance(layer, Augmentation) or (layer is not None and layer.type in RANDOM):
        return replace(node, type="Identity", layer=LAYERS["Identity"].model_validate({"type": "Identity"}))
    if layer is not None and layer.type == "BatchNormalization":
        return replace(node, layer=layer.model_copy(update={"synchronized": True}))
    return node


def _batch_size(architecture: Architecture, replicas: int) -> int:
    """Give a size that divides evenly."""
    return max(1, min(SHARE, architecture.training.batch_size // replicas)) * replicas


def _first(part: Part, size: int) -> Part:
    size = min(size, part.size)
    return Part(part.name, size, lambda: part.examples().take(size), part.num_classes)


def _trials(
    architecture: Architecture, task: TrainableTask, parts: Sequence[Part], size: int, devices: Sequence[str]
) -> list[Trial]:
    """Train one network on each of the parts, from the same weights: to trace it takes longer than the steps."""
    changes = {"devices": tuple(devices), "strategy": "auto", "steps_per_execution": 1, "batch_size": size}
    here = replace(architecture, training=architecture.training.model_copy(update=changes))
    keras.backend.clear_session()
    setup = prepare(here, parts[0].size)
    with setup.strategy.value.scope():
        model = build_model(here, "float64")
    compile_model(model, here, task, setup)
    examples = [batches(part, here, size, True, here.training.seed, replicas=setup.replicas) for part in parts]
    build_for(model, examples[0])
    with over_replicas(model):
        return [_trial(model, some) for some in examples]


def _trial(model: keras.Model, examples: tf.data.Dataset) -> Trial:
    """Train on the examples once; leave the weights as they were."""
    before = model.get_weights()
    history = model.fit(examples, verbose=0, shuffle=False).history
    paths = [weight.path for weight in model.weights]
    moves = [now - then for now, then in zip(model.get_weights(), before, strict=True)]
    model.set_weights(before)
    figures = {name: float(values[-1]) for name, values in history.items()}
    return Trial(figures, list(zip(paths, moves, strict=True)))


def _differences(title: str, one: Trial, several: Trial, what: str) -> list[Difference]:
    found = [
        Difference(f"{title}: {name}", value, several.figures[name], _distance(value, several.figures[name]))
        for name, value in one.figures.items()
        if name == "loss" or what != "gradients"
    ]
    # What hardly moves is held against how much all move: a bias before a normalization has no gradient but rounding.
    least = SLOWEST * max(_norm(move) for _, move in one.moves)
    moves = [
        (_norm(move - moved) / max(_norm(move), _norm(moved), least, 1e-30), path, _norm(move), _norm(moved))
        for (path, move), (_, moved) in zip(one.moves, several.moves, strict=True)
    ]
    distance, path, size, other = max(moves)
    return [*found, Difference(f"{title}: {what}, at most at {path}", size, other, distance)]


def _norm(move: np.ndarray) -> float:
    return float(np.sqrt(np.square(move.astype(np.float64)).sum()))


def _distance(one: float, other: float) -> float:
    return abs(one - other) / max(abs(one), abs(other), 1e-6)
