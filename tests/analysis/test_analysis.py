"""Figures layer by layer, and the full text of what does not fit."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from cnnkeras.analysis.analysis import analyse

from .conftest import Check, Load, content

pytestmark = pytest.mark.fast

CONVOLUTION = {"type": "Conv2D", "filters": 8, "kernel_size": 3, "activation": "relu"}
HEAD = {"type": "Dense", "units": 10, "activation": "softmax"}

# The error that the design shows, on a file as a user writes it.
TOO_SMALL = """{
  "task": "classification",
  "input": {"shape": [28, 28, 1]},
  "layers": [
    {"type": "Conv2D", "filters": 6, "kernel_size": 5, "activation": "tanh"},
    {"type": "AveragePooling2D", "pool_size": 2},
    {"type": "AveragePooling2D", "pool_size": 3},
    {"type": "Conv2D", "filters": 16, "kernel_size": 5, "activation": "tanh"},
    {"type": "Flatten"},
    {"type": "Dense", "units": 10, "activation": "softmax"}
  ]
}"""


def test_a_kernel_that_does_not_fit(check: Check) -> None:
    """A user would not see which number is too large, for which map, and where that map comes from."""
    analysis = check(text=TOO_SMALL)
    assert str(analysis.diagnostics[0]) == "\n".join(
        [
            "file.json:8:54: error[shape]: layers[3] Conv2D: kernel 5×5 does not fit its 4×4 input",
            '   8 |     {"type": "Conv2D", "filters": 16, "kernel_size": 5, "activation": "tanh"},',
            "     |                                                      ^",
            "     = its input is layers[2] AveragePooling2D, 4×4×6",
            '     = help: padding "same" keeps 4×4, or use a kernel of at most 4',
        ]
    )


def test_what_follows_from_a_mistake_is_unknown(check: Check) -> None:
    """One mistake would be reported once for every layer below it."""
    analysis = check(text=TOO_SMALL)
    assert [node.output_shape for node in analysis.nodes[2:]] == [(4, 4, 6), None, None, None]
    assert [node.parameters for node in analysis.nodes[2:]] == [0, None, None, None]
    assert len(analysis.diagnostics) == 1
    assert (analysis.totals.parameters, analysis.totals.macs, analysis.totals.receptive_field) == (None, None, None)


def test_the_input_is_named(check: Check) -> None:
    """The first layer's error would leave out what it does not fit."""
    analysis = check({**CONVOLUTION, "kernel_size": 9}, shape=(8, 28, 1))
    assert analysis.diagnostics[0].notes == ("its input is the network's input, 8×28×1",)


def test_several_inputs_are_named(check: Check) -> None:
    """A user would not see which of two inputs has the wrong size."""
    analysis = check({**CONVOLUTION, "name": "small"}, {"type": "Add", "inputs": ["small", "input"]})
    found = analysis.diagnostics[0]
    assert found.message == "layers[1] Add: inputs of 26×26×8 and 28×28×1 don't fit together"
    assert found.notes == ("its inputs are layers[0] Conv2D, 26×26×8 and the network's input, 28×28×1",)
    assert found.path == "layers[1].inputs"


@pytest.mark.parametrize(
    ("layer", "message", "hint"),
    [
        ({"type": "Add"}, "Add: needs at least 2 inputs, and has 1", 'name them: "inputs": ["one", "other"]'),
        ({"type": "Subtract"}, "Subtract: needs 2 inputs, and has 1", 'name them: "inputs": ["one", "other"]'),
        (
            {"type": "Subtract", "inputs": ["input", "input", "input"]},
            "Subtract: takes 2 inputs, and has 3",
            "join them first, with Concatenate or Add",
        ),
        (
            {**CONVOLUTION, "inputs": ["input", "input"]},
            "Conv2D: takes 1 input, and has 2",
            "join them first, with Concatenate or Add",
        ),
    ],
)
def test_the_number_of_inputs(check: Check, layer: dict[str, Any], message: str, hint: str) -> None:
    """A layer with too many or too few inputs would fail in TensorFlow."""
    found = check(layer).diagnostics[0]
    assert (found.code, found.message, found.hint) == ("inputs", f"layers[0] {message}", hint)


def test_all_mistakes_at_once_in_the_order_of_the_file(check: Check) -> None:
    """A user would correct one mistake only to meet the next."""
    analysis = check(
        {**CONVOLUTION, "name": "wide", "kernel_size": 99},
        {**CONVOLUTION, "filtres": 2, "inputs": "input"},
        {**CONVOLUTION, "inputs": "input", "strides": 2, "dilation_rate": 2},
        data={"source": "digits"},
        silence=["no-such-lint"],
    )
    assert [found.path for found in analysis.diagnostics if found.severity == "error"] == [
        "layers[0].kernel_size",
        "layers[1].filtres",
        "layers[2].dilation_rate",
        "silence[0]",
    ]


def test_a_mistake_in_a_block_is_said_once(check: Check) -> None:
    """A wrong line in a block would be reported as often as the block is used."""
    analysis = check(
        {"type": "shrink", "repeat": 4, "name": "stage"},
        blocks={"shrink": {"layers": [{"type": "MaxPooling2D", "pool_size": 3}, {**CONVOLUTION, "kernel_size": 5}]}},
    )
    found = [each for each in analysis.diagnostics if each.severity == "error"]
    assert [each.path for each in found] == ["blocks.shrink.layers[1].kernel_size"]
    assert found[0].notes[0] == "its input is blocks.shrink.layers[0] MaxPooling2D, 1×1×8"
    assert found[0].notes[1] == 'as "stage_2_conv2d_1", written out from its block'


def test_a_warning_of_many_copies_is_said_once(check: Check) -> None:
    """A residual net would print the same warning fifty times."""
    biased = [{"type": "Conv2D", "filters": 4, "kernel_size": 1}, {"type": "BatchNormalization"}, {"type": "ReLU"}]
    analysis = check({"type": "unit", "repeat": 3}, {"type": "Flatten"}, HEAD, blocks={"unit": {"layers": biased}})
    found = [each for each in analysis.diagnostics if each.code == "bias-before-normalization"]
    assert [each.notes for each in found] == [
        (
            'as "unit_1_conv2d_1", written out from its block',
            "and the same in 2 more layers written out from this entry",
        )
    ]


def test_the_head_is_checked_against_the_data(check: Check) -> None:
    """A network with too few outputs would fail in the middle of the first epoch."""
    text = TOO_SMALL.replace('"pool_size": 3', '"pool_size": 1').replace('"units": 10', '"units": 7')
    analysis = check(text=text.replace("  ]\n}", '  ],\n  "data": {"source": "digits"}, "silence": ["heavy-dense"]\n}'))
    assert [str(found) for found in analysis.diagnostics] == [
        "\n".join(
            [
                "file.json:10:32: error[head]: layers[5] Dense: the output has 7 units, and the data has 10 classes",
                '  10 |     {"type": "Dense", "units": 7, "activation": "softmax"}',
                "     |                                ^",
                '     = help: use "units": "num_classes"',
            ]
        )
    ]


def test_the_number_of_classes_may_be_unknown(check: Check) -> None:
    """A file whose data is not there yet could not be checked."""
    analysis = check(CONVOLUTION, {"type": "Flatten"}, {**HEAD, "units": "num_classes"})
    assert analysis.ok
    assert [node.output_shape for node in analysis.nodes] == [(26, 26, 8), (5408,), (None,)]
    assert (analysis.nodes[2].parameters, analysis.totals.parameters) == (None, None)


def test_free_sizes(check: Check) -> None:
    """A fully convolutional net without a fixed size could not be checked."""
    analysis = check(
        CONVOLUTION, {"type": "MaxPooling2D"}, {"type": "GlobalAveragePooling2D"}, HEAD, shape=(None, None, 3)
    )
    assert analysis.ok
    assert [node.output_shape for node in analysis.nodes] == [(None, None, 8), (None, None, 8), (8,), (10,)]
    assert (analysis.totals.parameters, analysis.totals.macs) == (224 + 90, None)
    assert analysis.nodes[1].receptive_field == ((4, 4), (2, 2), (0, 0))
    assert analysis.nodes[2].receptive_field is None


def test_figures(check: Check) -> None:
    """The issue's own example, a bank of 10 5×5 filters on 3 channels, would not be 760 parameters."""
    node = check({"type": "Conv2D", "filters": 10, "kernel_size": 5}, shape=(32, 30, 3)).nodes[0]
    assert (node.parameters, node.trainable_parameters) == (760, 760)
    assert node.output_shape == (28, 26, 10)
    assert node.macs == 28 * 26 * 10 * 75
    assert node.activation_memory == 28 * 26 * 10 * 4
    assert (node.name, node.type, node.label, node.path) == ("conv2d_1", "Conv2D", "layers[0] Conv2D", ("layers", 0))
    assert node.input_shapes == ((32, 30, 3),)


def test_frozen_and_moving_weights_are_not_trained(check: Check) -> None:
    """Weights that never change would be counted as trained."""
    frozen, normalized = check({**CONVOLUTION, "trainable": False}, {"type": "BatchNormalization"}).nodes
    assert (frozen.parameters, frozen.trainable_parameters) == (80, 0)
    assert (normalized.parameters, normalized.trainable_parameters) == (32, 16)


def test_totals_count_what_leads_to_an_output(check: Check) -> None:
    """A layer that Keras leaves out of the model would be counted in its parameters."""
    side = {**CONVOLUTION, "name": "side"}
    analysis = check(side, {"type": "Flatten", "inputs": "input"}, HEAD)
    assert analysis.totals.parameters == 7850
    assert analysis.totals.activation_memory == (784 + 10) * 4
    assert [found.code for found in analysis.diagnostics] == ["unused-layer"]


def test_several_outputs(check: Check) -> None:
    """The second output's layers would be called unused, or its form found out by the training."""
    analysis = check(
        {**CONVOLUTION, "name": "map"}, {"type": "Flatten"}, {**HEAD, "name": "head"}, outputs=["head", "map"]
    )
    assert [found.code for found in analysis.diagnostics] == ["head", "heavy-dense"]
    assert analysis.totals.receptive_field == ((28, 28), (0, 0), (0, 0))


def test_json_has_the_agreed_fields(check: Check) -> None:
    """A program that reads `check --json` would not find what the design promises."""
    analysis = check(CONVOLUTION, {"type": "Permute", "dims": [2, 1, 3]}, shape=(8, 6, 1))
    field = {"size": [3, 3], "stride": [1, 1], "start": [0, 0]}
    figures = {"parameters": 80, "trainable_parameters": 80, "macs": 6 * 4 * 8 * 9}
    result = json.loads(json.dumps(analysis.to_json()))
    assert list(result) == ["ok", "diagnostics", "layers", "totals"]
    assert result["layers"] == [
        {"name": "conv2d_1", "type": "Conv2D", "output_shape": [6, 4, 8], **figures, "activation_memory": 768,
         "receptive_field": field},
        {"name": "permute_1", "type": "Permute", "output_shape": [4, 6, 8], "parameters": 0,
         "trainable_parameters": 0, "macs": 0, "activation_memory": 768, "receptive_field": None},
    ]  # fmt: skip
    assert result["totals"] == {**figures, "activation_memory": 1536, "receptive_field": None}
    assert result["ok"] is False
    assert list(result["diagnostics"][0]) == ["code", "severity", "file", "line", "column", "path", "message", "hint"]


def test_given_findings_stand_among_the_others(load: Load) -> None:
    """What the file's reader found would be lost, or stand out of order."""
    loaded = load(content({"type": "Flatten"}, HEAD, {"type": "Dropout", "rate": 0.5}, training={"epochs": -1}))
    assert loaded.architecture is not None
    analysis = analyse(loaded.architecture, loaded.diagnostics)
    assert [found.path for found in analysis.diagnostics] == ["layers[2]", "training.epochs"]


def test_broken_graphs_are_analysed_as_far_as_they_go(check: Check) -> None:
    """A wrong name or type would end in a traceback instead of its own error."""
    analysis = check({"type": "Conv"}, {**CONVOLUTION, "inputs": "nobody"}, {"type": "Flatten"}, HEAD)
    assert [found.code for found in analysis.diagnostics] == ["unknown-type", "inputs"]
    assert all(node.output_shape is None for node in analysis.nodes)
    assert not check({"type": "no_such_block"}).ok
    cycle = {"one": {"layers": [{"type": "one"}]}}
    assert [found.code for found in check({"type": "Flatten"}, {"type": "one"}, blocks=cycle).diagnostics] == ["cycle"]


def test_the_input_as_output(check: Check) -> None:
    """A network whose output is its input would end in a traceback."""
    analysis = check(CONVOLUTION, outputs=["input"])
    assert analysis.totals == (0, 0, 0, 0, ((1, 1), (1, 1), (0, 0)))


def test_a_deep_network_takes_milliseconds(check: Check) -> None:
    """`check` would not answer while one types."""
    units = {"unit": {"layers": [{**CONVOLUTION, "padding": "same"}, {"type": "BatchNormalization"},
                                 {"type": "Add", "inputs": ["input", "batch_normalization_1"]}]}}  # fmt: skip
    units["unit"]["layers"][1]["name"] = "batch_normalization_1"
    layers = [CONVOLUTION, {"type": "unit", "repeat": 166}, {"type": "GlobalAveragePooling2D"}, HEAD]
    start = time.process_time()
    analysis = check(*layers, blocks=units)
    assert len(analysis.nodes) == 501
    assert time.process_time() - start < 30
