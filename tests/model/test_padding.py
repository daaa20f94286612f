"""Every padding on every windowed layer of ours, against NumPy and Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.layers.padding import same_amount
from cnnkeras.model.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D
from cnnkeras.model.mirror import source_positions
from cnnkeras.model.padding import for_xla, read_padding
from cnnkeras.model.pooling import AveragePooling2D, MaxPooling2D

PICTURE = np.arange(1, 10, dtype="float32").reshape(1, 3, 3, 1)
GOLDEN = {
    "reflect": [[5, 4, 5, 6, 5], [2, 1, 2, 3, 2], [5, 4, 5, 6, 5], [8, 7, 8, 9, 8], [5, 4, 5, 6, 5]],
    "symmetric": [[1, 1, 2, 3, 3], [1, 1, 2, 3, 3], [4, 4, 5, 6, 6], [7, 7, 8, 9, 9], [7, 7, 8, 9, 9]],
    "replicate": [[1, 1, 2, 3, 3], [1, 1, 2, 3, 3], [4, 4, 5, 6, 6], [7, 7, 8, 9, 9], [7, 7, 8, 9, 9]],
    "zeros": [[0, 0, 0, 0, 0], [0, 1, 2, 3, 0], [0, 4, 5, 6, 0], [0, 7, 8, 9, 0], [0, 0, 0, 0, 0]],
}
NUMPY_MODES = {"reflect": "reflect", "symmetric": "symmetric", "replicate": "edge"}
LAYERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "Conv2D": (Conv2D, {"filters": 4, "kernel_size": (3, 2)}),
    "grouped": (Conv2D, {"filters": 4, "kernel_size": 3, "groups": 2}),
    "DepthwiseConv2D": (DepthwiseConv2D, {"kernel_size": 3, "depth_multiplier": 2}),
    "SeparableConv2D": (SeparableConv2D, {"filters": 3, "kernel_size": 3}),
    "MaxPooling2D": (MaxPooling2D, {"pool_size": 3}),
    "AveragePooling2D": (AveragePooling2D, {"pool_size": 3}),
}
PADDINGS: list[Any] = [
    "reflect",
    "symmetric",
    "replicate",
    {"mode": "zeros", "amount": ((1, 0), (0, 1))},
    {"mode": "reflect", "amount": ((2, 0), (1, 2))},
]


def maps(*shape: int) -> Any:
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def strided(name: str, padding: Any, strides: int = 1, **options: Any) -> Any:
    kind, fields = LAYERS[name]
    return kind(**fields, strides=strides, padding=padding, **options)


@pytest.mark.parametrize("mode", GOLDEN)
def test_padding_by_one_is_the_arrays_of_the_documentation(mode: str) -> None:
    """A mode would mean something else than a user knows from NumPy and OpenCV."""
    layer = Conv2D(1, 1, padding={"mode": mode, "amount": ((1, 1), (1, 1))}, kernel_initializer="ones")
    assert np.asarray(layer(PICTURE))[0, :, :, 0].tolist() == GOLDEN[mode]


@pytest.mark.parametrize("mode", NUMPY_MODES)
@pytest.mark.parametrize(("size", "before", "after"), [(1, 0, 0), (2, 1, 1), (5, 0, 3), (5, 4, 1)])
def test_positions_are_those_of_numpy(mode: Any, size: int, before: int, after: int) -> None:
    """A mirror on one side only, or as wide as its map, would copy the wrong pixels."""
    expected = np.pad(np.arange(size), (before, after), mode=NUMPY_MODES[mode])  # type: ignore[call-overload]
    assert source_positions(mode, size, (before, after)).tolist() == expected.tolist()
    in_graph = source_positions(mode, tf.constant(size), (tf.constant(before), after))
    assert np.asarray(in_graph).tolist() == expected.tolist()


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("strides", [1, 2])
@pytest.mark.parametrize("word", NUMPY_MODES)
def test_words_pad_as_same_does(name: str, strides: int, word: str) -> None:
    """Changing the word would change a shape, or read the mirror at the wrong place."""
    x = maps(2, 5, 6, 2)
    layer = strided(name, word, strides)
    y = layer(x)
    slide = layer.slide()
    amounts = [same_amount(x.shape[side + 1], slide.kernel[side], strides, 1) for side in (0, 1)]
    by_hand = np.pad(x, ((0, 0), *amounts, (0, 0)), mode=NUMPY_MODES[word])  # type: ignore[call-overload]
    valid = strided(name, "valid", strides)
    valid.build(by_hand.shape)
    valid.set_weights(layer.get_weights())
    np.testing.assert_allclose(np.asarray(y), np.asarray(valid(by_hand)), atol=1e-6)
    assert tuple(y.shape) == layer.compute_output_shape(x.shape) == strided(name, "same", strides)(x).shape


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("padding", PADDINGS, ids=str)
def test_saves_and_loads_without_custom_objects(name: str, padding: Any, tmp_path: Path) -> None:
    """A user's saved model would not open, or answer differently."""
    inputs = keras.Input((4, 5, 2))
    model = keras.Model(inputs, strided(name, padding)(inputs))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    x = maps(2, 4, 5, 2)
    np.testing.assert_array_equal(np.asarray(again(x)), np.asarray(model(x)))
    assert again.layers[1].get_config() == model.layers[1].get_config()


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("padding", PADDINGS, ids=str)
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_graph_answers_as_eager_in_every_precision(name: str, padding: Any, policy: str) -> None:
    """Training, which runs as a graph, would differ from what a user tries by hand."""
    layer = strided(name, padding, dtype=policy)
    x = maps(2, 4, 5, 2)
    eager = layer(x)
    graph = tf.function(layer, input_signature=[tf.TensorSpec((None, 4, 5, 2))])(x)
    assert eager.dtype == layer.compute_dtype
    tolerance = {"float32": 1e-6, "mixed_bfloat16": 2e-2, "mixed_float16": 2e-3}[policy]
    np.testing.assert_allclose(tf.cast(graph, "float32"), tf.cast(eager, "float32"), atol=tolerance)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("strides", [1, 2])
@pytest.mark.parametrize("padding", PADDINGS, ids=str)
def test_sides_that_the_data_tells(name: str, strides: int, padding: Any) -> None:
    """A fully convolutional net, whose input has any size, would pad differently from one of a fixed size."""
    x = maps(2, 5, 6, 2)
    layer = strided(name, padding, strides)
    known = layer(x)
    assert layer.compute_output_shape((None, None, None, 2))[:3] == (None, None, None)
    unknown = tf.function(layer, input_signature=[tf.TensorSpec((None, None, None, 2))])(x)
    np.testing.assert_allclose(unknown, known, atol=1e-6)


@pytest.mark.parametrize("mode", NUMPY_MODES)
@pytest.mark.parametrize("shape", [(None, 4, 5, 2), (None, None, None, 2)])
def test_gradient_of_a_mirror(mode: str, shape: Any) -> None:
    """A net would be trained on wrong gradients at its borders."""
    x = tf.constant(maps(2, 4, 5, 2))
    layer = Conv2D(1, 1, padding={"mode": mode, "amount": ((2, 1), (0, 3))}, kernel_initializer="ones")
    weights = maps(2, 7, 8, 1)

    @tf.function(input_signature=[tf.TensorSpec(shape)])
    def gradient(pixels: Any) -> Any:
        return tf.gradients(tf.reduce_sum(layer(pixels) * weights), pixels)[0]

    expected = np.zeros((2, 4, 5, 2), "float32")
    rows, columns = (
        np.pad(np.arange(size), amount, mode=NUMPY_MODES[mode])  # type: ignore[call-overload]
        for size, amount in ((4, (2, 1)), (5, (0, 3)))
    )
    np.add.at(expected, (slice(None), rows[:, None], columns[None]), weights)
    np.testing.assert_allclose(gradient(x), expected, atol=1e-5)


@pytest.mark.parametrize("backend_free", [True, False])
def test_backend_free_operations_pad_the_same(backend_free: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under another backend of Keras a saved model would answer differently."""
    monkeypatch.setattr("cnnkeras.model.backend.ON_TENSORFLOW", not backend_free)
    y = Conv2D(1, 1, padding={"mode": "reflect", "amount": ((1, 1), (1, 1))}, kernel_initializer="ones")(PICTURE)
    assert np.asarray(y)[0, :, :, 0].tolist() == GOLDEN["reflect"]


def test_zeros_as_same_has_them_need_no_copy() -> None:
    """Explicit zeros would cost a copy of each map where "same" costs none."""
    assert Conv2D(1, 3, padding={"mode": "zeros", "amount": ((1, 1), (1, 1))}).padding == "same"
    assert Conv2D(1, 3, strides=2, padding={"mode": "zeros", "amount": ((1, 1), (1, 1))}).padding == "valid"


def test_nothing_to_pad_adds_nothing() -> None:
    """A 1×1 convolution under a mirror would cost a copy of its map."""
    x = tf.constant(PICTURE)
    assert Conv2D(1, 1, padding="reflect").pad(x) is x


def test_mirror_wider_than_its_map() -> None:
    """A model would be built that fails, or mirrors a mirror, in training."""
    with pytest.raises(ValueError, match="reflect padding of 3 needs an input of at least 4, and it is 3"):
        Conv2D(1, 7, padding="reflect").compute_output_shape((None, 3, 3, 1))


def test_unknown_word() -> None:
    """A typing mistake in Python would be silently "valid"."""
    with pytest.raises(
        ValueError, match=r'padding must be one of "valid", "same", "reflect", .*, and it is \'mirror\''
    ):
        read_padding("mirror")


def test_channels_first_is_refused() -> None:
    """The wrong axes would be padded."""
    with pytest.raises(ValueError, match="padding 'reflect' needs data_format \"channels_last\""):
        Conv2D(1, 3, padding="reflect", data_format="channels_first")


@pytest.mark.parametrize("mode", NUMPY_MODES)
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16", "mixed_float16", "float64"])
@pytest.mark.parametrize("size", [(6, 6), (4, 7), (2, 2)], ids=str)
@pytest.mark.parametrize("in_place", [True, False])
def test_a_mirrored_convolution_has_the_gradients_of_a_padded_one(
    mode: Any, policy: str, size: Any, in_place: bool
) -> None:
    """The fast way through the border of a 3×3 convolution would train another network."""
    x = tf.constant(maps(3, *size, 5))
    layer = Conv2D(4, 3, padding=mode, dtype=policy, bias_initializer="ones")
    layer.build(x.shape)
    layer.in_place = in_place
    weights = maps(3, *size, 4)

    @tf.function
    def ours() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.cast(layer(x), "float32")
            loss = tf.reduce_sum(y * weights)
        return [y, *tape.gradient(loss, [x, layer.kernel.value, layer.bias.value])]

    with tf.GradientTape() as tape:
        kernel, bias = tf.constant(layer.kernel.value), tf.constant(layer.bias.value)
        tape.watch((x, kernel, bias))
        # Reflection of one pixel, and the edge's own pixel twice, which is both symmetric and replicate.
        padded = tf.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), "REFLECT" if mode == "reflect" else "SYMMETRIC")
        y = tf.cast(tf.nn.conv2d(tf.cast(padded, kernel.dtype), kernel, 1, "VALID") + bias, "float32")
        loss = tf.reduce_sum(y * weights)
    expected = [y, *tape.gradient(loss, [x, kernel, bias])]
    tolerance = {"mixed_bfloat16": 0.15, "mixed_float16": 0.02}.get(policy, 1e-4)
    for our, their in zip(ours(), expected, strict=True):
        np.testing.assert_allclose(our, tf.cast(their, our.dtype), rtol=tolerance, atol=tolerance)


def test_a_mirrored_convolution_answers_at_once_and_in_a_graph() -> None:
    """A network called from Python, as figures and exports do, would end in TensorFlow's error about a variable."""
    x = tf.constant(maps(2, 4, 5, 3))
    layer = Conv2D(2, 3, padding="reflect")
    np.testing.assert_allclose(layer(x), tf.function(layer)(x), atol=1e-6)


def test_a_mirrored_convolution_is_compiled_by_xla() -> None:
    """A file with `jit_compile` would end in TensorFlow's error about a kernel."""
    inputs = keras.Input((4, 4, 2))
    outputs = MaxPooling2D(2, padding="symmetric")(Conv2D(3, 3, padding="reflect")(inputs))
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(outputs))
    for_xla(model)
    model.compile("sgd", "mse", jit_compile=True)
    assert np.isfinite(model.train_on_batch(maps(2, 4, 4, 2), maps(2, 3)))
