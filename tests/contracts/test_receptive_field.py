"""Receptive fields confirmed by gradients: what an output reads is where its gradient by the input is not zero.

The networks are linear and all their weights positive, so that no gradient vanishes and none cancels another.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cnnkeras.analysis.analysis import analyse
from cnnkeras.analysis.receptive_field import AxisField, Span
from cnnkeras.analysis.results import NodeAnalysis
from cnnkeras.commands.registry import REGISTRY
from cnnkeras.layers import LAYERS
from cnnkeras.layers.base import Layer
from cnnkeras.spec.architecture import Architecture, Node
from cnnkeras.spec.load import load_architecture

FOLDER = Path(__file__).resolve().parents[2] / "architectures"
Draw = Callable[[random.Random], dict[str, Any]]


def linear(layer: Layer) -> Layer:
    """Give the layer that reads the same pixels and is linear."""
    fields = layer.model_fields_set
    if layer.type == "MaxPooling2D":
        given = {name: getattr(layer, name) for name in fields}
        return LAYERS["AveragePooling2D"].model_validate({**given, "type": "AveragePooling2D"})
    if layer.type in ("Multiply", "Maximum", "Subtract"):
        return LAYERS["Add"].model_validate({"type": "Add"})
    if hasattr(layer, "use_bias"):
        # Two channels show as much as a thousand, and sooner.
        narrow = {"filters": min(layer.filters, 2)} if hasattr(layer, "filters") else {}
        return layer.model_copy(update={"use_bias": False, "activation": None, **narrow})
    single_pixels = type(layer).output_shape is LAYERS["Identity"].output_shape or "Normalization" in layer.type
    return LAYERS["Identity"].model_validate({"type": "Identity"}) if single_pixels else layer


def linear_model(architecture: Architecture, name: str) -> Any:
    """Build the model up to a node, every output the mean of what it reads."""
    import keras
    import numpy as np

    from cnnkeras.model import build_model

    def simplified(node: Node) -> Node:
        assert node.layer is not None
        return replace(node, layer=linear(node.layer))

    keras.backend.clear_session()
    count = [node.name for node in architecture.nodes].index(name) + 1
    nodes = tuple(map(simplified, architecture.nodes[:count]))
    model = build_model(replace(architecture, nodes=nodes, outputs=(name,)))
    for variable in model.trainable_variables:
        variable.assign(np.full(variable.shape, 1 / np.prod(variable.shape[:-1])))
    return model


def spans_read(model: Any, axis: int) -> list[Span | None]:
    """Give, for each output row (axis 1) or column (axis 2), the first and the last input it depends on."""
    import numpy as np
    import tensorflow as tf

    count = model.output_shape[axis]
    pictures = tf.ones((count, *model.input_shape[1:]))
    # Picture i stands for output row i alone, so that one pass gives every row's gradient.
    choice = tf.reshape(tf.eye(count), (count, count, 1, 1) if axis == 1 else (count, 1, count, 1))
    with tf.GradientTape() as tape:
        tape.watch(pictures)
        chosen = tf.reduce_sum(model(pictures, training=False) * choice)
    gradients = tape.gradient(chosen, pictures).numpy()
    lines = np.abs(gradients).sum(axis=tuple(place for place in (1, 2, 3) if place != axis)) > 0
    places = [np.flatnonzero(line) for line in lines]
    return [(int(read[0]), int(read[-1])) if len(read) else None for read in places]


def clipped(axis: AxisField, position: int, size: int) -> Span | None:
    """Give what of an output's field lies in the picture."""
    span = axis.at(position)
    first, last = (max(span[0], 0), min(span[1], size - 1)) if span else (0, -1)
    return (first, last) if first <= last else None


def assert_confirmed(architecture: Architecture, node: NodeAnalysis) -> None:
    """Compare every output's field, clipped at the picture, with its gradient."""
    assert node.field is not None
    model = linear_model(architecture, node.name)
    for side in (0, 1):
        size = architecture.input.shape[side]
        assert size is not None
        read = spans_read(model, side + 1)
        assert read == [clipped(node.field[side], position, size) for position in range(len(read))]


def load(tmp_path: Path, layers: list[dict[str, Any]], size: tuple[int, int]) -> Architecture:
    """Write a file with these layers and read it."""
    file = tmp_path / "file.json"
    file.write_text(json.dumps({"task": "classification", "input": {"shape": [*size, 1]}, "layers": layers}))
    loaded = load_architecture(file, registry=REGISTRY)
    assert loaded.architecture is not None
    assert not loaded.diagnostics, "\n".join(map(str, loaded.diagnostics))
    return loaded.architecture


def same_convolution(chance: random.Random) -> dict[str, Any]:
    """Draw what leaves a map's size and stride alone."""
    dilated = {
        "type": "Conv2D",
        "filters": 2,
        "kernel_size": 3,
        "padding": "same",
        "dilation_rate": chance.randint(1, 3),
    }
    wide = {"type": "Conv2D", "filters": 2, "kernel_size": [chance.choice([1, 3, 5]), 3], "padding": "same"}
    depthwise = {"type": "DepthwiseConv2D", "kernel_size": chance.choice([1, 3]), "padding": "replicate"}
    return chance.choice([dilated, wide, depthwise])


def halving(chance: random.Random) -> dict[str, Any]:
    """Draw what halves an even map."""
    pool = {"type": "AveragePooling2D", "pool_size": 2}
    strided = {"type": "Conv2D", "filters": 2, "kernel_size": chance.choice([2, 3, 4]), "strides": 2, "padding": "same"}
    return chance.choice([pool, strided])


def doubling(chance: random.Random) -> dict[str, Any]:
    """Draw what doubles a map."""
    copied = {"type": "UpSampling2D", "interpolation": chance.choice(["nearest", "bilinear"])}
    kernel = chance.choice([2, 4])
    transposed = {"type": "Conv2DTranspose", "filters": 2, "kernel_size": kernel, "strides": 2, "padding": "same"}
    return chance.choice([copied, transposed])


def network(chance: random.Random, depth: int, name: str = "n") -> Iterator[dict[str, Any]]:
    """Draw convolutions, a residual branch, and below them the same at half the size, joined again by a skip."""
    yield {**same_convolution(chance), "name": f"{name}a"}
    yield same_convolution(chance)
    yield {**same_convolution(chance), "name": f"{name}b"}
    yield {"type": "Concatenate", "inputs": [f"{name}a", f"{name}b"], "name": f"{name}c"}
    if depth:
        yield halving(chance)
        yield from network(chance, depth - 1, f"{name}n")
        yield {**doubling(chance), "name": f"{name}d"}
        yield {"type": "Concatenate", "inputs": [f"{name}c", f"{name}d"]}
        yield same_convolution(chance)


@pytest.mark.parametrize("seed", range(8))
def test_random_graphs(tmp_path: Path, seed: int) -> None:
    """A field would be wrong for some graph of branches, strides, dilations and upsamplings."""
    chance = random.Random(seed)
    architecture = load(tmp_path, list(network(chance, depth=chance.randint(0, 2))), (24, 16))
    assert_confirmed(architecture, analyse(architecture).nodes[-1])


# No kernel of 1 with larger strides: with few channels, TensorFlow 2.21's gradient of it writes beyond its memory.
INSIDE = [
    [{"type": "Conv2D", "filters": 2, "kernel_size": [4, 3], "strides": [3, 2]}, {"type": "AveragePooling2D", "pool_size": 3, "strides": 1}],
    [{"type": "ZeroPadding2D", "padding": [[1, 2], [3, 0]]}, {"type": "Cropping2D", "cropping": [[3, 0], [4, 1]]}],
    [{"type": "Cropping2D", "cropping": 2}, {"type": "Conv2D", "filters": 2, "kernel_size": 3, "padding": "same"}],
    [{"type": "Conv2D", "filters": 2, "kernel_size": 3, "padding": {"mode": "symmetric", "amount": [[3, 1], [0, 2]]}}],
    [{"type": "SeparableConv2D", "filters": 2, "kernel_size": 3, "strides": 2, "padding": "reflect"}],
    [{"type": "Conv2DTranspose", "filters": 2, "kernel_size": 5, "strides": [3, 2]}, {"type": "Conv2D", "filters": 2, "kernel_size": 2}],
    [{"type": "Conv2DTranspose", "filters": 2, "kernel_size": 3, "dilation_rate": 2}],
    [{"type": "Conv2DTranspose", "filters": 2, "kernel_size": 2, "strides": 3}, {"type": "AveragePooling2D", "pool_size": 3, "strides": 2}],
    [{"type": "Conv2DTranspose", "filters": 2, "kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 1}],
    [{"type": "UpSampling2D", "size": [3, 2], "interpolation": "bilinear"}, {"type": "Conv2D", "filters": 2, "kernel_size": 3, "strides": 2}],
    [{"type": "UpSampling2D", "size": 2, "interpolation": "bicubic"}],
    [{"type": "Resizing", "height": 48, "width": 40, "interpolation": "nearest"}],
    [{"type": "CenterCrop", "height": 11, "width": 12}],
]  # fmt: skip


@pytest.mark.parametrize("layers", INSIDE, ids=lambda layers: "-".join(layer["type"] for layer in layers))
def test_layers_inside_the_picture(tmp_path: Path, layers: list[dict[str, Any]]) -> None:
    """A layer's window would be shifted, or of the wrong size.

    Near the border a field counts what lies in the padding of the layers between as if the map went on there.
    So there the gradient reaches no further than the field (unless a mirror shows it pixels from further in), and
    inside exactly as far.
    """
    mirrored = any(word in json.dumps(layers) for word in ("reflect", "symmetric"))
    size = (24, 20)
    silenced = [{**layer, "silence": ["padding-only", "uneven-overlap", "unread-border"]} for layer in layers]
    architecture = load(tmp_path, silenced, size)
    node = analyse(architecture).nodes[-1]
    assert node.field is not None
    model = linear_model(architecture, node.name)
    for side in (0, 1):
        read = spans_read(model, side + 1)
        fields = [clipped(node.field[side], position, size[side]) for position in range(len(read))]
        pairs = list(zip(read, fields, strict=True))
        held = [seen is None or (field and field[0] <= seen[0] and seen[1] <= field[1]) for seen, field in pairs]
        assert mirrored or all(held)
        margin = range(5, size[side] - 5)
        nothing = [(seen, field) for seen, field in pairs if field is None and not mirrored]
        inside = [(seen, field) for seen, field in pairs if field and field[0] in margin and field[1] in margin]
        assert len(inside) >= 2
        assert all(seen == field for seen, field in [*nothing, *inside])


@pytest.mark.parametrize(
    ("name", "changes", "node"),
    [
        ("lenet5", (), "average_pooling2d_2"),
        ("digits", ("input.shape=[16,16,1]",), "convolution_5_re_lu_1"),
        ("all_convolutional", (), "conv2d_8"),
        ("resnet56", (), "same_size_9_add_1"),
        ("unet", ("input.shape=[220,204,1]",), "conv2d_1"),
    ],
)
def test_shipped_networks(name: str, changes: tuple[str, ...], node: str) -> None:
    """The field that is shown for a classical network would not be what its outputs depend on."""
    architecture = load_architecture(FOLDER / f"{name}.json", changes, REGISTRY).architecture
    assert architecture is not None
    assert_confirmed(architecture, analyse(architecture).by_name[node])
