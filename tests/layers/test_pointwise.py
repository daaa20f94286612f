"""Normalizations, activations, dropouts and preprocessing."""

from __future__ import annotations

from cnnkeras.layers.reach import POINTWISE, Extent

from .building import build, mistake, problem

AXIS_OUTSIDE = (
    "axis 4 is no axis of its 4×5×6 input",
    "use -1 for the last one, or 1 to 3; 0 is the batch",
    "axis",
)


def test_batch_normalization() -> None:
    """Its moving statistics would be counted as trained, or Keras's slow layer be built."""
    layer = build("BatchNormalization")
    assert layer.weights((4, 5, 6)) == (12, 12)
    assert build("BatchNormalization", scale=False, trainable=False).parameters((4, 5, 6)) == (0, 18)
    assert layer.keras_layer().class_name == "cnnkeras>BatchNormalization"
    assert problem(build("BatchNormalization", axis=4), (4, 5, 6)) == AXIS_OUTSIDE


def test_other_normalizations() -> None:
    """Their scales and offsets would be miscounted, or widen the receptive field."""
    assert build("LayerNormalization").weights((4, 5, 6)) == (12, 0)
    assert build("LayerNormalization", axis=(1, 2, 3), center=False).weights((4, 5, 6)) == (120, 0)
    assert build("LayerNormalization").reach((4, 5, 6)) is POINTWISE
    assert build("GroupNormalization", groups=3).weights((4, 5, 6)) == (12, 0)
    assert build("RMSNormalization").weights((4, 5, 6)) == (6, 0)
    assert build("UnitNormalization").weights((4, 5, 6)) == (0, 0)


def test_normalization_problems() -> None:
    """A normalization that Keras refuses or confuses would be built."""
    assert problem(build("GroupNormalization", groups=4), (4, 5, 6)) == (
        "channels (=6) must be divisible by groups (=4)",
        "choose a groups that divides 6",
        "groups",
    )
    # Keras's default of 32 groups stands in no file, so there is no place to point at.
    assert problem(build("GroupNormalization"), (4, 5, 6)) == (
        "channels (=6) must be divisible by groups (=32)",
        "choose a groups that divides 6",
        None,
    )
    assert mistake("GroupNormalization", groups=0) == (
        "must be an integer of at least 1, or -1 for a group of each channel",
        None,
    )
    assert problem(build("LayerNormalization", axis=(3, -1)), (4, 5, 6)) == (
        "axis [3, -1] names an axis of its 4×5×6 input twice",
        "name each axis once",
        "axis",
    )
    assert problem(build("RMSNormalization", axis=1), (4, 5, 6)) == (
        "Keras's RMSNormalization scales along the last axis only",
        "use an axis of -1",
        "axis",
    )
    assert problem(build("UnitNormalization", axis=0), (4, 5, 6))[0] == "axis 0 is no axis of its 4×5×6 input"
    assert mistake("LayerNormalization", axis="last") == ("must be an integer or a list of integers", None)


def test_activations() -> None:
    """A learned slope would not be counted, or a softmax over a map look at one place."""
    assert build("PReLU").weights((4, 5, 6)) == (120, 0)
    assert build("PReLU", shared_axes=(1, 2)).weights((4, 5, 6)) == (6, 0)
    assert build("Softmax").reach((4, 5, 6)) is POINTWISE
    assert build("Softmax", axis=(1, 2)).reach((4, 5, 6)) is Extent.WHOLE
    assert build("LeakyReLU").keras_layer().config["negative_slope"] == 0.3
    assert problem(build("PReLU", shared_axes=(1, -2)), (4, 5, 6)) == (
        "shared_axes -2 counts from the back, which Keras does not do here",
        "count from the front: 1 is the height, 2 the width, 3 the channels",
        "shared_axes",
    )
    assert mistake("ReLU", max_value=-1) == ("Input should be greater than or equal to 0", None)


def test_dropouts() -> None:
    """A fraction of 1 would drop everything, or noise be spread that does not fit."""
    assert build("Dropout", rate=0.5, noise_shape=(None, 1, 1, 6)).output_shape((4, 5, 6)) == (4, 5, 6)
    assert mistake("Dropout", rate=1) == ("Input should be less than 1", None)
    assert mistake("Dropout", rate=float("nan"))[0].startswith("Input should be")
    assert problem(build("Dropout", rate=0.5, noise_shape=(None, 1, 4)), (4, 5, 6)) == (
        "noise_shape null×1×4 does not spread over a batch of 4×5×6",
        "give null for the batch, then 3 sizes: null, 1, or the input's own",
        "noise_shape",
    )
    assert mistake("AlphaDropout", rate=0.1, noise_shape="all") == (
        "must be a list of sizes or null",
        "the batch comes first: [null, 1, 1, 64] drops whole channels",
    )
    # Its constructor is the only one of Keras's that takes no `trainable`.
    assert build("SpatialDropout2D", rate=0.5).keras_layer().config == {"rate": 0.5, "seed": None}


def test_preprocessing() -> None:
    """Numbers for another count of channels would reach Keras, or a mean that nobody gives."""
    assert build("Rescaling", scale=(1, 2, 3)).output_shape((4, 5, 3)) == (4, 5, 3)
    assert problem(build("Rescaling", scale=1, offset=(1, 2)), (4, 5, 3)) == (
        "offset has 2 numbers for an input of 4×5×3",
        "give one number, or 3",
        "offset",
    )
    assert problem(build("Normalization", mean=1), (4, 5, 3)) == (
        "variance is missing, and a file has no data to take it from",
        "give mean and variance, each a number or a list of one for each channel",
        None,
    )
    assert problem(build("Normalization", mean=1, variance=(1, 2, 3)), (4, 5, 3)) == (
        "mean is one number, and variance is a list of 3",
        "give both as one number, or both as lists of the same length",
        "variance",
    )
    assert problem(build("Normalization", axis=None, mean=(1, 2, 3), variance=1), (4, 5, 3)) == (
        "mean has 3 numbers, and axis null takes one for everything",
        "give one number, or leave axis out for one number a channel",
        "mean",
    )
    assert mistake("Normalization", mean=0, variance=(1, -1)) == ("must not be negative", None)
    assert mistake("Rescaling", scale=float("inf")) == (
        "must be a finite number, or a list of them, one for each channel",
        None,
    )


def test_a_cure_for_shared_axes_can_be_followed() -> None:
    """Told to use -1, a user would be told next that -1 can't be used."""
    message = "shared_axes 3 is no axis of its 4 input"
    assert problem(build("PReLU", shared_axes=3), (4,)) == (message, "use 1; 0 is the batch", "shared_axes")
    assert problem(build("PReLU", shared_axes=4), (4, 5, 6))[1] == "use 1 to 3; 0 is the batch"
