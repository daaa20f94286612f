"""Every lint finds what it is there for, in these words, and leaves alone what is meant."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cnnkeras.analysis.lints import LINTS
from tests.analysis.conftest import Check
from tests.analysis.lints.cases import CASES, text_of

pytestmark = pytest.mark.fast

DOCUMENTATION = Path(__file__).resolve().parents[3] / "docs" / "lints.md"

CONVOLUTION = {"type": "Conv2D", "filters": 8, "kernel_size": 3, "padding": "same", "activation": "relu"}
LINEAR = {**CONVOLUTION, "activation": "linear", "use_bias": False}
POINT = {**LINEAR, "kernel_size": 1}
NORMALIZATION = {"type": "BatchNormalization"}
RELU = {"type": "ReLU"}
POOL = {"type": "MaxPooling2D", "pool_size": 3}
GLOBAL = {"type": "GlobalAveragePooling2D"}
FLATTEN = {"type": "Flatten"}
DENSE = {"type": "Dense", "units": 16, "activation": "relu"}
HEAD = {"type": "Dense", "units": 10, "activation": "softmax"}
# What the networks here are too small for, and where it is not asked for.
ASIDE = ["small-receptive-field", "heavy-dense"]


def codes(analysis: Any) -> list[str]:
    """Give the codes of everything found."""
    return [found.code for found in analysis.diagnostics]


@pytest.mark.parametrize("code", CASES)
def test_finds_it_in_these_words(check: Check, code: str) -> None:
    """A user would not be told what is probably a slip, or not where, why, and what to do."""
    case = CASES[code]
    analysis = check(text=text_of(case.layers, case.shape, case.sections))
    assert "\n".join(map(str, analysis.diagnostics)) == case.found.strip("\n")
    assert codes(analysis) == [code]
    assert analysis.ok


@pytest.mark.parametrize("code", CASES)
def test_is_silenced_for_the_file(check: Check, code: str) -> None:
    """A user who means it could not say so."""
    case = CASES[code]
    silence = f'"silence": ["{code}", ' if '"silence": [' in case.sections else f', "silence": ["{code}"]'
    sections = (
        case.sections.replace('"silence": [', silence) if '"silence": [' in case.sections else case.sections + silence
    )
    assert codes(check(text=text_of(case.layers, case.shape, sections))) == []


# Lints of what is no layer.
ELSEWHERE = ("channels-first", "overlap-of-all", "unused-block")


@pytest.mark.parametrize("code", [code for code in CASES if code not in ELSEWHERE])
def test_is_silenced_for_one_layer(check: Check, code: str) -> None:
    """A user who means it in one place would have to silence it everywhere."""
    case = CASES[code]
    content = json.loads(text_of(case.layers, case.shape, case.sections))
    place = check(text=json.dumps(content)).diagnostics[0].path
    content["layers"][int(re.findall(r"\d+", place)[0])]["silence"] = [code]
    assert codes(check(text=json.dumps(content))) == []


def test_two_softmaxes_with_nothing_between(check: Check) -> None:
    """The cure would bend the numbers of which the other one makes probabilities: two thirds of the accuracy."""
    found = check(FLATTEN, HEAD, {"type": "Softmax"}, silence=ASIDE).diagnostics
    assert [(each.code, each.hint) for each in found] == [
        ("softmax-inside", "leave one of the two out: this one or that of layers[2] Softmax")
    ]
    relu = {"type": "Dense", "units": 10, "activation": "relu"}
    for softmax in ({"type": "Softmax"}, {"type": "Activation", "activation": "softmax"}):
        (bent,) = check(FLATTEN, relu, softmax, silence=ASIDE).diagnostics
        assert bent.code == "bent-output"
        assert bent.message.endswith(f"layers[2] {softmax['type']} makes probabilities of what relu has bent")


def test_every_lint_is_tested() -> None:
    """A lint could ship with a text that nobody has read."""
    assert set(CASES) == set(LINTS)


@pytest.mark.parametrize("code", LINTS)
def test_every_lint_is_documented(code: str) -> None:
    """A user who looks a code up would find no reason and no cure."""
    text = DOCUMENTATION.read_text(encoding="utf-8")
    sections = re.findall(rf"^## `{code}`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert len(sections) == 1
    assert "**Why.**" in sections[0]
    assert "**Cure.**" in sections[0]


def test_nothing_else_is_documented() -> None:
    """The page would describe a lint that there is not."""
    documented = re.findall(r"^## `([a-z-]+)`", DOCUMENTATION.read_text(encoding="utf-8"), re.MULTILINE)
    assert documented == list(LINTS)


def test_an_unknown_silence_is_an_error(check: Check) -> None:
    """A mistyped silence would do nothing, and nobody would know why."""
    sections = ',\n  "silence": ["even-kernal"]'
    analysis = check(
        text=text_of(
            ('"type": "Flatten", "silence": ["linear-pears"]', '"type": "Dense", "units": 10'), "[8, 8, 1]", sections
        )
    )
    assert [str(found) for found in analysis.diagnostics] == [
        "\n".join(
            [
                'file.json:5:37: error[silence]: layers[0] Flatten: there is no lint "linear-pears"',
                '   5 |     {"type": "Flatten", "silence": ["linear-pears"]},',
                "     |                                     ^",
                '     = help: did you mean "linear-pair"?',
            ]
        ),
        "\n".join(
            [
                'file.json:8:15: error[silence]: silence: there is no lint "even-kernal"',
                '   8 |   "silence": ["even-kernal"]',
                "     |               ^",
                '     = help: did you mean "even-kernel"?',
            ]
        ),
    ]
    assert not analysis.ok


MEANT = {
    "a window that fits": [{**CONVOLUTION, "padding": "valid", "strides": 3}],
    "a border of padding": [{**CONVOLUTION, "padding": {"mode": "zeros", "amount": 1}, "strides": 2}],
    "a border of zeros put there before": [{"type": "ZeroPadding2D"}, {**CONVOLUTION, "padding": "valid", "strides": 2}],
    "a subsampling shortcut": [{**CONVOLUTION, "kernel_size": 1, "strides": 2}],
    "an even kernel that is padded evenly": [
        {"type": "ZeroPadding2D", "padding": [[1, 0], [1, 0]]}, {**CONVOLUTION, "kernel_size": 4, "strides": 2},
    ],
    "pools side by side": [{**CONVOLUTION, "padding": "valid", "kernel_size": 2}, {**POOL, "padding": "same"}],
    "an even kernel without padding": [{**CONVOLUTION, "kernel_size": 4, "padding": "valid"}],
    "a residual block": [
        {**CONVOLUTION, "name": "in"}, LINEAR, NORMALIZATION, RELU, LINEAR, {**NORMALIZATION, "name": "out"},
        {"type": "Add", "inputs": ["in", "out"]}, LINEAR, NORMALIZATION, RELU,
    ],
    "a residual block without activation behind its sum": [
        {**CONVOLUTION, "name": "in"}, {**LINEAR, "name": "out"}, {"type": "Add", "inputs": ["in", "out"]}, CONVOLUTION,
    ],
    "a depthwise separable convolution": [
        {"type": "DepthwiseConv2D", "kernel_size": 3, "padding": "same", "use_bias": False}, NORMALIZATION, POINT, RELU,
    ],
    "inverted residuals with linear bottlenecks": [
        {**POINT, "filters": 48}, RELU, {"type": "DepthwiseConv2D", "kernel_size": 3, "activation": "relu"},
        {**POINT, "filters": 8}, NORMALIZATION, {**POINT, "filters": 48}, RELU,
    ],
    "a kernel split into height and width": [{**LINEAR, "kernel_size": [5, 1]}, {**LINEAR, "kernel_size": [1, 5]}, RELU],
    "fixed kernels": [{**LINEAR, "kernel_initializer": "gaussian", "trainable": False}, CONVOLUTION],
    "groups": [{**LINEAR, "filters": 8}, {**CONVOLUTION, "groups": 4}],
    "a maximum between": [LINEAR, POOL, CONVOLUTION],
    "a layer that is taken twice": [
        {**LINEAR, "name": "both"}, {**LINEAR, "name": "one", "activation": "relu"},
        {"type": "Concatenate", "inputs": ["both", "one"]}, CONVOLUTION,
    ],
    "a bias before a normalization over pictures": [{**POINT, "use_bias": True}, {"type": "LayerNormalization"}, RELU],
    "a bias before an activation": [{**CONVOLUTION, "use_bias": True}, NORMALIZATION],
    "a gate of squeeze and excitation": [
        {**CONVOLUTION, "name": "map"}, {**GLOBAL, "keepdims": True}, {**DENSE, "units": 2},
        {"type": "Dense", "units": 8, "activation": "sigmoid", "name": "gate"},
        {"type": "Multiply", "inputs": ["map", "gate"]},
    ],
    "weights of attention": [
        {**CONVOLUTION, "name": "map"}, {**CONVOLUTION, "activation": "softmax", "name": "weights"},
        {"type": "Multiply", "inputs": ["map", "weights"]},
    ],
}  # fmt: skip


@pytest.mark.parametrize("layers", MEANT.values(), ids=MEANT.keys())
def test_leaves_alone_what_is_meant(check: Check, layers: list[Any]) -> None:
    """Good designs would be warned of, and users would learn to overlook warnings."""
    analysis = check(*layers, GLOBAL, HEAD, shape=(33, 33, 3), silence=ASIDE)
    assert [str(found) for found in analysis.diagnostics] == []


@pytest.mark.parametrize(
    "layers",
    [
        [LINEAR, CONVOLUTION],
        [{**LINEAR, "filters": 64}, NORMALIZATION, {**CONVOLUTION, "filters": 128}],
        [
            LINEAR,
            {"type": "Activation", "activation": "linear"},
            {"type": "AveragePooling2D", "pool_size": 3},
            CONVOLUTION,
        ],
        [CONVOLUTION, FLATTEN, {"type": "Dense", "units": 16}, {"type": "Dropout", "rate": 0.5}, DENSE],
        [LINEAR, GLOBAL, DENSE],
        [{**POINT, "filters": 16}, {**POINT, "filters": 16}, RELU],
    ],
)
def test_two_linear_layers_are_one(check: Check, layers: list[Any]) -> None:
    """A forgotten activation would go unnoticed behind a normalization, a pooling or a dropout."""
    last = [] if any(layer in layers for layer in (FLATTEN, GLOBAL)) else [GLOBAL]
    assert codes(check(*layers, *last, HEAD, shape=(33, 33, 3), silence=ASIDE)) == ["linear-pair"]


def test_a_pool_over_the_whole_map_counts_as_global(check: Check) -> None:
    """A network that averages small views of the picture would not be warned of when it names another pooling."""
    pool = {"type": "AveragePooling2D", "pool_size": 6}
    assert codes(check(CONVOLUTION, pool, FLATTEN, HEAD, shape=(6, 6, 1), silence=["heavy-dense"])) == [
        "small-receptive-field"
    ]
    assert codes(check(CONVOLUTION, pool, FLATTEN, HEAD, shape=(3, 3, 1))) == ["shape"]


def test_no_field_is_too_small_where_positions_are_joined(check: Check) -> None:
    """LeNet-5, whose dense layers see everything, would be called short-sighted."""
    assert codes(check(CONVOLUTION, FLATTEN, HEAD, silence=["heavy-dense"])) == []


def test_no_field_is_too_small_for_a_task_of_places(check: Check) -> None:
    """A segmentation, which may look at a part, would be asked to see the whole."""
    analysis = check(CONVOLUTION, GLOBAL, {"type": "Reshape", "target_shape": [2, 2, 2]}, task="segmentation")
    assert "small-receptive-field" not in codes(analysis)


def test_a_picture_of_free_size_is_not_judged(check: Check) -> None:
    """A lint would compare with a size that is not known."""
    assert codes(check(CONVOLUTION, GLOBAL, HEAD, shape=(None, None, 3))) == []


def test_a_dense_net_has_nothing_to_average(check: Check) -> None:
    """A fully connected baseline would be told to pool a map that it doesn't have."""
    assert codes(check(FLATTEN, DENSE, HEAD)) == []


def test_a_layer_is_not_called_unused_for_a_mistyped_name(check: Check) -> None:
    """A mistyped name would be followed by a warning that misleads."""
    assert codes(check({**CONVOLUTION, "name": "side"}, {**FLATTEN, "inputs": "sid"}, HEAD)) == ["inputs"]


def test_a_branch_that_leads_nowhere_is_said_once(check: Check) -> None:
    """Every layer of a forgotten branch would be warned of."""
    analysis = check({**CONVOLUTION, "name": "side"}, CONVOLUTION, {**FLATTEN, "inputs": "input"}, HEAD)
    assert [found.path for found in analysis.diagnostics] == ["layers[1]"]


BENT = {
    "a sigmoid among classes": (
        [{**HEAD, "activation": "sigmoid"}], None,
        "its sigmoid answers each class by itself, and SparseCategoricalCrossentropy compares the classes",
    ),
    "a sigmoid among classes, in a sum": (
        [{**HEAD, "activation": "sigmoid"}, {"type": "Dropout", "rate": 0.5}], {"type": "Sum", "losses": [
            "dice", "categorical_crossentropy"]},
        "its sigmoid answers each class by itself, and CategoricalCrossentropy compares the classes",
    ),
    "a layer of its own": ([{**HEAD, "activation": "linear"}, RELU], None,
                           "the loss makes probabilities of what it has bent"),
    "one unit": ([{**HEAD, "units": 1, "activation": "tanh"}], None,
                 "the loss makes probabilities of what tanh has bent"),
}  # fmt: skip


@pytest.mark.parametrize(("layers", "loss", "message"), BENT.values(), ids=BENT.keys())
def test_an_output_that_the_loss_does_not_go_with(check: Check, layers: list[Any], loss: Any, message: str) -> None:
    """A network would learn badly or not at all, and nothing would say why."""
    analysis = check(FLATTEN, *layers, training={} if loss is None else {"loss": loss})
    found = [found.message for found in analysis.diagnostics if found.code == "bent-output"]
    assert [message in each for each in found] == [True]


@pytest.mark.parametrize(
    ("activation", "units", "loss"),
    [
        ("sigmoid", 10, "binary_crossentropy"), ("sigmoid", 1, "binary_crossentropy"), ("sigmoid", 1, None),
        ("tanh", 10, "categorical_hinge"), ("relu", 10, "mse"), ("linear", 10, None), ("softmax", 10, None),
        ("log_softmax", 10, None), ("sparsemax", 10, None),
    ],
)  # fmt: skip
def test_an_output_that_the_loss_goes_with(check: Check, activation: str, units: int, loss: str | None) -> None:
    """Users would be warned of what is right."""
    head = {"type": "Dense", "units": units, "activation": activation}
    assert codes(check(FLATTEN, head, training={} if loss is None else {"loss": loss})) == []
