"""Every layer type, in every example, built by Keras: what is derived without TensorFlow is what Keras does."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.layers import LAYERS
from cnnkeras.layers.base import Layer, Shape
from cnnkeras.layers.padding import mode_of
from cnnkeras.layers.reach import Extent, Spread, Window
from cnnkeras.layers.windowed import WindowedLayer
from cnnkeras.model.builder import keras_layer
from cnnkeras.spec.architecture import Node
from cnnkeras.training.parts import is_joint
from tests.contracts.backbone_examples import CONFIGURATIONS
from tests.contracts.layer_examples import LAYER_EXAMPLES

TYPES = sorted(LAYERS)
NUMPY_MODES = {"reflect": "reflect", "symmetric": "symmetric", "replicate": "edge"}
# Enough pictures for each pixel of a pool to be the largest in one of them.
PICTURES = 64
# What they read of a pixel's neighbours is statistics, which a receptive field leaves out.
STATISTICS = {name for name in LAYERS if name.endswith("Normalization")} | {"Softmax"}
# Their kernels are zero at some of the pixels that they reach.
WITH_ZEROS = ("bicubic", "lanczos3", "lanczos5")


class Built(NamedTuple):
    """An example, and what Keras makes of it."""

    layer: Layer
    shapes: tuple[Shape, ...]
    keras_layer: Any
    inputs: list[Any]
    output: Any


def build(name: str, place: int, precision: str = "float32") -> Built:
    """Build one example."""
    fields, shapes = LAYER_EXAMPLES[name][place]
    layer = LAYERS[name].model_validate(fields)
    node = Node(f"layer_{place}", name, layer, ("input",), ("layers", place), f"layers[{place}] {name}")
    made = keras_layer(node, precision)
    inputs = [keras.Input(shape) for shape in shapes]
    return Built(layer, shapes, made, inputs, made(inputs if len(inputs) > 1 else inputs[0]))


@cache
def examples(name: str) -> tuple[Built, ...]:
    """Build every example of a type, once for all tests."""
    return tuple(build(name, place) for place in range(len(LAYER_EXAMPLES[name])))


def values(shapes: tuple[Shape, ...], count: int = 2) -> list[Any]:
    """Give random positive numbers for every input."""
    random = np.random.default_rng(0)
    return [random.uniform(0.1, 1, (count, *shape)).astype("float32") for shape in shapes]


def call(layer: Any, inputs: list[Any]) -> Any:
    """Call a Keras layer as the model does."""
    return layer(inputs if len(inputs) > 1 else inputs[0], training=False)


@pytest.mark.parametrize("name", TYPES)
def test_a_picture_s_answer_depends_on_its_batch_only_where_the_layer_says_so(name: str) -> None:
    """A batch that passes in parts would teach something else, or one that could would pass whole on one core."""
    for example in examples(name):
        if draws(example.layer):
            continue
        inputs = values(example.shapes, 4)
        (whole, left), (part, left_by_part) = (
            trained(example.keras_layer, each) for each in (inputs, [one[:2] for one in inputs])
        )
        pairs = [*zip(part, (theirs[:2] for theirs in whole), strict=True), *zip(left_by_part, left, strict=True)]
        alone = all(np.allclose(ours, theirs, rtol=1e-4, atol=1e-5) for ours, theirs in pairs)
        assert alone == (not (example.layer.joins_batch or is_joint(example.keras_layer))), example.layer


@pytest.mark.parametrize("name", TYPES)
def test_parts_of_a_batch_meet_where_the_layer_says_so(name: str) -> None:
    """Parts of a batch would teach something else than the whole."""
    for example in examples(name):
        if not is_joint(example.keras_layer) or example.layer.joins_batch:
            continue
        (x,) = values(example.shapes, 4)
        whole, parts = (clone(example.keras_layer, x.shape) for _ in range(2))
        outputs = np.concatenate(parts.call_on_parts([x[:1], x[1:]], [0.25, 0.75]))
        np.testing.assert_allclose(outputs, whole(x, training=True), rtol=1e-3, atol=1e-4)
        for ours, theirs in zip(parts.get_weights(), whole.get_weights(), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def clone(layer: Any, shape: Any) -> Any:
    """Give a built layer with weights of its own."""
    made = type(layer).from_config(layer.get_config())
    made.build(shape)
    return made


@pytest.mark.parametrize("name", TYPES)
def test_every_picture_has_noise_of_its_own_where_the_layer_says_so(name: str) -> None:
    """Noise that is one for the batch would be another for each of its parts."""
    for example in examples(name):
        if getattr(example.layer, "rate", 0) or getattr(example.layer, "stddev", 0):
            alike = [np.repeat(one[:1], 4, axis=0) for one in values(example.shapes)]
            outputs, _ = trained(example.keras_layer, alike)
            same = all(np.array_equal(picture, outputs[0][0]) for picture in np.asarray(outputs[0]))
            assert same == example.layer.joins_batch, example.layer


@pytest.mark.parametrize(
    ("name", "draw"), [("RandomGaussianBlur", "blur_factor"), ("RandomElasticTransform", "distortion_factor")]
)
def test_what_keras_draws_once_for_a_batch_is_known(name: str, draw: str) -> None:
    """Each part of a batch would be blurred or bent by an amount of its own."""
    layer = examples(name)[0].keras_layer
    drawn = layer.get_random_transformation(np.zeros((8, 12, 10, 3), "float32"), training=True)
    assert 8 not in np.shape(drawn[draw])[:1]
    assert examples(name)[0].layer.joins_batch


def draws(layer: Layer) -> bool:
    """Tell whether a layer makes noise in training."""
    return "seed" in type(layer).model_fields and getattr(layer, "rate", True) != 0


def trained(layer: Any, inputs: list[Any]) -> tuple[list[Any], list[Any]]:
    """Call a Keras layer as training does; give what comes out, and its penalty and variables after it."""
    before = [np.asarray(variable) for variable in layer.variables]
    outputs = layer(inputs if len(inputs) > 1 else inputs[0], training=True)
    left = [sum(float(loss) for loss in layer.losses), *(np.asarray(variable) for variable in layer.variables)]
    for variable, value in zip(layer.variables, before, strict=True):
        variable.assign(value)
    return tf.nest.flatten(outputs), left


def test_every_type_has_examples() -> None:
    """A layer type would reach users untested."""
    assert sorted(LAYER_EXAMPLES) == TYPES
    assert all(LAYER_EXAMPLES.values())


@pytest.mark.parametrize("name", TYPES)
def test_figures_are_those_of_the_built_layer(name: str) -> None:
    """`check` would tell a user a shape, a size or a cost that the network does not have."""
    for layer, shapes, built, _, output in examples(name):
        trainable, other = layer.parameters(*shapes) or (None, None)
        assert layer.output_shape(*shapes) == tuple(output.shape[1:]), layer
        assert trainable == sum(weight.value.shape.num_elements() for weight in built.trainable_weights), layer
        assert other == sum(weight.value.shape.num_elements() for weight in built.non_trainable_weights), layer
        assert layer.macs(*shapes) == multiplications(name, built, shapes[0], tuple(output.shape[1:])), layer


def multiplications(name: str, built: Any, shape: Shape, output: Shape) -> int:
    """Count, from the weights that Keras made, how often each number of a kernel is used for one picture."""
    # A transposed kernel is used once for every input position, any other once for every output position.
    if name in CONFIGURATIONS:
        layers = [layer for layer in built.network.layers if "Conv2D" in type(layer).__name__]
        return sum(int(np.prod(layer.output.shape[1:-1]) * np.prod(layer.kernel.shape)) for layer in layers)
    positions = np.prod(shape[:-1] if name == "Conv2DTranspose" else output[:-1], dtype=int)
    kernels = [
        weight for weight in built.weights if name in KERNELS and weight.path.rsplit("/", 1)[-1].endswith("kernel")
    ]
    return int(positions * sum(weight.value.shape.num_elements() for weight in kernels))


KERNELS = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose", "Dense")


@pytest.mark.parametrize("name", TYPES)
def test_saves_loads_and_answers_the_same(name: str, tmp_path: Path) -> None:
    """A run's model.keras would not open, or answer differently, for a network with this layer."""
    built = examples(name)
    inputs = [tensor for example in built for tensor in example.inputs]
    model = keras.Model(inputs, [example.output for example in built])
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    for place, example in enumerate(built):
        numbers = values(example.shapes)
        before, after = (call(layer, numbers) for layer in (example.keras_layer, again.get_layer(f"layer_{place}")))
        np.testing.assert_array_equal(before, after, err_msg=str(example.layer))


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("name", TYPES)
def test_runs_in_mixed_precision(name: str, precision: str) -> None:
    """A network with this layer would fail in the precision that is fastest, where it is called or trained."""
    for place, example in enumerate(examples(name)):
        layer = build(name, place, precision).keras_layer
        inputs = [tf.constant(numbers) for numbers in values(example.shapes)]
        output = call(layer, inputs)
        assert tuple(output.shape[1:]) == example.layer.output_shape(*example.shapes), example.layer
        assert np.isfinite(tf.cast(output, "float32")).all(), example.layer
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            training = layer(inputs if len(inputs) > 1 else inputs[0], training=True)
        for gradient in tape.gradient(training, inputs):
            assert gradient is None or np.isfinite(tf.cast(gradient, "float32")).all(), example.layer


def windows() -> Iterator[Any]:
    """Give the types that read a map through a window, or spread it."""
    for name in TYPES:
        layers = [(LAYERS[name].model_validate(fields), shapes) for fields, shapes in LAYER_EXAMPLES[name]]
        if name not in STATISTICS and any(is_window(layer, shapes) for layer, shapes in layers):
            yield name


def is_window(layer: Layer, shapes: tuple[Shape, ...]) -> bool:
    """Say whether a layer makes a map of a map, and tells which pixels each pixel of it reads."""
    maps = len(shapes) == 1 and len(shapes[0]) == 3 and len(layer.output_shape(*shapes)) == 3
    return maps and not isinstance(layer.reach(*shapes), Extent)


@pytest.mark.parametrize("name", list(windows()))
def test_reach_is_confirmed_by_gradients(name: str) -> None:
    """The receptive field that a user designs by would not be what a pixel sees."""
    for layer, shapes, built, _, _ in examples(name):
        if not is_window(layer, shapes):
            continue
        places = probes(layer.output_shape(*shapes))
        for place, seen in zip(places, seen_from(built, shapes[0], places), strict=True):
            reached = np.zeros(shapes[0][:2], bool)
            reached[np.ix_(*(sorted(reads(layer, shapes[0], side, place[side])) for side in (0, 1)))] = True
            assert not (seen & ~reached).any(), (layer, place)
            assert getattr(layer, "interpolation", None) in WITH_ZEROS or (seen == reached).all(), (layer, place)


def probes(output: Shape) -> list[tuple[int, int]]:
    """Give output positions at the corners and in the middle."""
    sides = [sorted({0, (size or 0) // 2, (size or 0) - 1}) for size in output[:2]]
    return list(product(*sides))


def reads(layer: Layer, shape: Shape, side: int, position: int) -> set[int]:
    """Give which input positions along a side an output position reads, as `reach` says."""
    reach, size = layer.reach(shape), shape[side]
    assert isinstance(reach, Window | Spread)
    assert size is not None
    steps = [step * reach.dilation[side] - reach.before[side] for step in range(reach.kernel[side])]
    if isinstance(reach, Spread):
        return {source for source in range(size) for step in steps if source * reach.strides[side] + step == position}
    read = [position * reach.strides[side] + step for step in steps]
    if isinstance(layer, WindowedLayer) and mode_of(layer.padding) != "zeros":
        before, after = (layer.padding_amounts(shape) or ())[side]
        mirrored = np.pad(np.arange(size), (before, after), mode=NUMPY_MODES[mode_of(layer.padding)])  # type: ignore[call-overload]
        return {int(mirrored[place + before]) for place in read}
    return set(read) & set(range(size))


def seen_from(layer: Any, shape: Shape, places: list[tuple[int, int]]) -> Any:
    """Give, for each output position, the mask of the pixels whose gradient is not zero in any of the pictures."""
    random = np.random.default_rng(0)
    layer.set_weights([random.uniform(0.05, 0.1, weight.shape) for weight in layer.weights])
    pictures = tf.constant(np.tile(values((shape,), PICTURES)[0], (len(places), 1, 1, 1)))
    with tf.GradientTape() as tape:
        tape.watch(pictures)
        outputs = layer(pictures, training=False)
        # One position for each group of pictures; weighted, because a softmax over channels adds to one.
        wanted = np.repeat([[group, *place] for group, place in enumerate(places)], PICTURES, axis=0)
        rows = np.stack([np.arange(len(wanted)), wanted[:, 1], wanted[:, 2]], axis=1)
        picked = tf.gather_nd(outputs, rows) * random.uniform(1, 2, outputs.shape[-1])
    gradients = np.abs(tape.gradient(picked, pictures)).sum(axis=-1)
    grouped = gradients.reshape(len(places), PICTURES, *gradients.shape[1:]).max(axis=1)
    return grouped > 1e-6 * grouped.max()
