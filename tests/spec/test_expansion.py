"""Repeats, blocks, names and inputs, written out."""

from typing import Any

import pytest

from .conftest import Load, experiment

CONV = {"type": "Conv2D", "filters": 4, "kernel_size": 3, "padding": "same"}
RESIDUAL = {
    "parameters": {"filters": None, "kernel_size": 3},
    "layers": [
        {"type": "Conv2D", "filters": "$filters", "kernel_size": "$kernel_size", "padding": "same"},
        {"type": "Conv2D", "filters": "$2*filters", "kernel_size": 1, "name": "main"},
        {"type": "Add", "inputs": ["input", "main"]},
    ],
}


def wiring(load: Load, content: Any) -> dict[str, tuple[str, ...]]:
    loaded = load(content)
    assert [str(diagnostic) for diagnostic in loaded.diagnostics] == []
    assert loaded.architecture is not None
    return {node.name: node.inputs for node in loaded.architecture.nodes}


def first_error(load: Load, content: Any) -> str:
    lines = str(load(content).diagnostics[0]).splitlines()
    return "\n".join([lines[0].split(": ", 1)[1], *lines[3:]])


def test_a_chain(load: Load) -> None:
    """Layers would not take the one before them."""
    assert wiring(load, experiment(CONV, {"type": "Flatten"}, CONV | {"name": "last", "inputs": "input"})) == {
        "conv2d_1": ("input",),
        "flatten_1": ("conv2d_1",),
        "last": ("input",),
    }


def test_a_skip_connection(load: Load) -> None:
    """A layer could not be taken from further below."""
    layers = [CONV | {"name": "one"}, CONV, {"type": "Add", "inputs": ["one", "conv2d_1"]}]
    assert wiring(load, experiment(*layers))["add_1"] == ("one", "conv2d_1")


def test_repeat(load: Load) -> None:
    """A repeated layer would stand there once, or its name would not mean the last."""
    layers = [CONV | {"name": "stack", "repeat": 3}, CONV | {"inputs": "stack"}, CONV | {"inputs": "stack_2"}]
    assert wiring(load, experiment(*layers)) == {
        "stack_1": ("input",),
        "stack_2": ("stack_1",),
        "stack_3": ("stack_2",),
        "conv2d_1": ("stack_3",),
        "conv2d_2": ("stack_2",),
    }


def test_repeat_zero_leaves_out(load: Load) -> None:
    """A depth of zero, computed in a block, would be a mistake."""
    layers = [CONV, CONV | {"repeat": 0, "name": "none"}, CONV | {"inputs": "none"}]
    assert wiring(load, experiment(*layers)) == {"conv2d_1": ("input",), "conv2d_2": ("conv2d_1",)}


def test_blocks(load: Load) -> None:
    """A block's parameters, names or way out would go wrong."""
    content = experiment(
        CONV,
        {"type": "residual", "filters": 2, "repeat": 2},
        {"type": "residual", "filters": 2, "kernel_size": 5, "name": "last", "inputs": "conv2d_1"},
        {"type": "Flatten", "inputs": "last"},
        blocks={"residual": RESIDUAL},
    )
    assert wiring(load, content) == {
        "conv2d_1": ("input",),
        "residual_1_conv2d_1": ("conv2d_1",),
        "residual_1_main": ("residual_1_conv2d_1",),
        "residual_1_add_1": ("conv2d_1", "residual_1_main"),
        "residual_2_conv2d_1": ("residual_1_add_1",),
        "residual_2_main": ("residual_2_conv2d_1",),
        "residual_2_add_1": ("residual_1_add_1", "residual_2_main"),
        "last_conv2d_1": ("conv2d_1",),
        "last_main": ("last_conv2d_1",),
        "last_add_1": ("conv2d_1", "last_main"),
        "flatten_1": ("last_add_1",),
    }
    architecture = load(content).architecture
    assert architecture is not None
    assert architecture.node("last_main").layer.filters == 4  # type: ignore[union-attr]
    assert architecture.node("last_conv2d_1").layer.kernel_size == (5, 5)  # type: ignore[union-attr]


def test_layers_know_the_blocks_they_stand_in(load: Load) -> None:
    """Nobody could fold a network of a hundred layers: TensorBoard and the report would show all of them at once."""
    pair = {"layers": [{"type": "residual", "filters": 4, "name": "first"}, {"type": "ReLU"}]}
    content = experiment(
        {"type": "pair", "repeat": 2}, {"type": "Flatten"}, blocks={"residual": RESIDUAL, "pair": pair}
    )
    nodes = {node.name: node for node in load(content).architecture.nodes}
    deep = nodes["pair_2_first_main"]
    assert deep.scope == (("pair_2", "pair"), ("pair_2_first", "residual"))
    assert deep.own_names == ("pair_2", "first", "main")
    assert nodes["pair_1_re_lu_1"].own_names == ("pair_1", "re_lu_1")
    assert (nodes["flatten_1"].scope, nodes["flatten_1"].own_names) == ((), ("flatten_1",))


def test_a_block_of_several_inputs(load: Load) -> None:
    """A decoder's step could not take the skip connection beside what comes from below."""
    up = {"inputs": ["below", "skip"], "layers": [{"type": "Add", "inputs": ["skip", "below"]}]}
    layers = [CONV | {"name": "one"}, CONV | {"name": "two"}, {"type": "up", "inputs": ["two", "one"]}]
    assert wiring(load, experiment(*layers, blocks={"up": up}))["up_1_add_1"] == ("one", "two")


def test_classes_are_filled_in(load: Load) -> None:
    """The head would not follow the data."""
    layers = [{"type": "Flatten"}, {"type": "Dense", "units": "num_classes", "name": "head"}]
    architecture = load(experiment(*layers, data={"source": "pictures"})).architecture
    assert architecture is not None
    assert architecture.node("head").layer.units == 3  # type: ignore[union-attr]


def test_classes_are_filled_in_through_a_parameter_of_any_name(load: Load) -> None:
    """`check` would not know the size of a network that trains."""
    blocks = {"head": {"parameters": {"n": None}, "layers": [{"type": "Dense", "units": "$n"}]}}
    layers = [{"type": "Flatten"}, {"type": "head", "n": "num_classes"}]
    architecture = load(experiment(*layers, blocks=blocks, data={"source": "pictures"})).architecture
    assert architecture is not None
    assert architecture.nodes[-1].layer.units == 3  # type: ignore[union-attr]


def test_classes_are_filled_in_later(load: Load) -> None:
    """A head could not be built for data that tells its classes only when it is there."""
    architecture = load(
        experiment({"type": "Flatten"}, {"type": "Dense", "units": "num_classes", "name": "head"})
    ).architecture
    assert architecture is not None
    assert architecture.with_num_classes(7).node("head").layer.units == 7  # type: ignore[union-attr]


def test_a_blocks_inputs_have_names_of_their_own(load: Load) -> None:
    """One of two inputs would be lost, and nobody hear of it; and the block's use be a second mistake."""
    blocks = {"join": {"inputs": ["a", "a"], "layers": [{"type": "ReLU", "inputs": "a"}]}}
    loaded = load(experiment({"type": "ReLU", "name": "r"}, {"type": "join", "inputs": ["input", "r"]}, blocks=blocks))
    (found,) = [each for each in loaded.diagnostics if each.severity == "error"]
    assert (found.path, found.message) == ("blocks.join.inputs", 'blocks.join: "inputs": has "a" twice')
    assert found.hint == "give each input a name of its own"


def test_a_block_of_any_name_makes_weights_of_a_name_that_tensorflow_takes(load: Load) -> None:
    """The network would be refused by a traceback as its training begins."""
    blocks = {name: {"layers": [{"type": "ReLU"}]} for name in ("ä", "é2", "_x")}
    architecture = load(experiment(*({"type": name} for name in blocks), blocks=blocks)).architecture
    assert architecture is not None
    assert [node.name for node in architecture.nodes] == ["block_1_re_lu_1", "block_2_1_re_lu_1", "block_x_1_re_lu_1"]


def test_a_use_of_a_block_silences_what_is_inside(load: Load) -> None:
    """A lint could not be silenced where a block is used."""
    content = experiment({"type": "residual", "filters": 1, "silence": ["a"]}, CONV, blocks={"residual": RESIDUAL})
    architecture = load(content).architecture
    assert architecture is not None
    assert [node.silence for node in architecture.nodes] == [("a",), ("a",), ("a",), ()]


def test_outputs(load: Load) -> None:
    """The wrong layers would be trained and served."""
    architecture = load(
        experiment(CONV | {"name": "one"}, CONV | {"name": "two", "repeat": 2}, outputs=["two", "one"])
    ).architecture
    assert architecture is not None
    assert architecture.outputs == ("two_2", "one")


CASES = [
    pytest.param(
        experiment(CONV | {"type": "Conv2d"}),
        'error[unknown-type]: layers[0] Conv2d: there is no layer or block "Conv2d"\n     = help: did you mean "Conv2D"?',
        id="a layer that there is not",
    ),
    pytest.param(
        experiment({"filters": 3}),
        'error[missing]: layers[0]: "type" is missing\n     = help: add "type", as in {"type": "Conv2D", …}',
        id="no type",
    ),
    pytest.param(
        experiment(CONV | {"name": "one"}, {"type": "Add", "inputs": ["input", "one"], "repeat": 2}),
        "error[inputs]: layers[1] Add: each copy takes what the one before gives, and the first takes 2 inputs\n"
        "     = help: leave the repeat out, and write the copies out",
        id="a repeat of two inputs",
    ),
    pytest.param(
        experiment("Flatten", {"type": "Dense", "units": 10}),
        'error[value]: layers[0]: an entry must be an object, and it is "Flatten"\n'
        '     = help: write {"type": "Flatten"}',
        id="a word",
    ),
    pytest.param(
        experiment({"type": "ReLU", "name": "p", "inputs": "p"}),
        'error[inputs]: layers[0] ReLU: "p" is the layer itself\n'
        "     = help: a layer takes from layers above it: name one of those",
        id="a layer that takes from itself",
    ),
    pytest.param(experiment(7), "error[value]: layers[0]: an entry must be an object, and it is 7", id="no object"),
    pytest.param(
        experiment(CONV | {"name": "one"}, CONV | {"inputs": "won"}),
        'error[inputs]: layers[1] Conv2D: there is no layer "won" above it\n     = help: did you mean "one"?',
        id="an input that there is not",
    ),
    pytest.param(
        experiment(CONV | {"inputs": "one"}, CONV | {"name": "one"}),
        'error[inputs]: layers[0] Conv2D: "one" stands below it\n     = help: a layer takes from layers above it: move it up',
        id="an input from below",
    ),
    pytest.param(
        experiment(CONV | {"name": "one"}, CONV | {"name": "one"}),
        'error[name]: layers[1] Conv2D: the name "one" is taken\n     = help: give each layer its own name',
        id="a name twice",
    ),
    pytest.param(
        experiment(CONV | {"name": "../x"}),
        'error[value]: layers[0] Conv2D: "name" must be a letter, then up to 79 letters, digits and . _ -, and it is "../x"',
        id="a name that is a path",
    ),
    pytest.param(
        experiment(CONV | {"repeat": -1}),
        'error[value]: layers[0] Conv2D: "repeat" must be at least 0, and it is -1',
        id="a negative repeat",
    ),
    pytest.param(
        experiment(CONV | {"filters": "$width"}),
        'error[expression]: layers[0] Conv2D: "$width" stands outside a block\n     = help: parameters belong to blocks: write the number',
        id="arithmetic outside a block",
    ),
    pytest.param(
        experiment({"type": "residual"}, blocks={"residual": RESIDUAL}),
        'error[missing]: layers[0] residual: the parameter "filters" is missing\n     = help: add "filters"',
        id="a parameter that must be given",
    ),
    pytest.param(
        experiment({"type": "residual", "filters": 1, "kernel": 3}, blocks={"residual": RESIDUAL}),
        'error[unknown-key]: layers[0] residual: the block has no parameter "kernel"\n     = help: did you mean "kernel_size"?',
        id="a parameter that there is not",
    ),
    pytest.param(
        experiment(
            {"type": "one"}, blocks={"one": {"layers": [{"type": "two"}]}, "two": {"layers": [{"type": "one"}]}}
        ),
        "error[cycle]: blocks.two.layers[0] one: the block uses itself: one → two → one\n"
        "     = in the block used at layers[0] one\n"
        "     = in the block used at blocks.one.layers[0] two\n"
        "     = help: a block can use other blocks only",
        id="a cycle",
    ),
    pytest.param(
        experiment({"type": "Dense"}, blocks={"Dense": {"layers": [CONV]}}),
        'error[name]: blocks: "Dense" is a layer\'s name\n     = help: call the block something else',
        id="a block that hides a layer",
    ),
    pytest.param(
        experiment(CONV | {"name": "x_2"}, CONV | {"name": "x", "repeat": 3}, CONV | {"inputs": "x_2"}),
        'error[name]: layers[1] Conv2D: the name "x_2" is taken\n     = help: give each layer its own name',
        id="a copy's name twice",
    ),
    pytest.param(
        experiment(CONV | {"name": "x", "repeat": 3}, CONV | {"name": "x_2"}),
        'error[name]: layers[0] Conv2D: the name "x_2" is taken\n     = help: give each layer its own name',
        id="a copy's name further below",
    ),
    pytest.param(
        experiment({"type": ""}),
        'error[unknown-type]: layers[0] : "type" is empty\n     = help: write "type": "Conv2D"',
        id="an empty type",
    ),
    pytest.param(
        experiment(CONV, outputs=["input"]),
        'error[inputs]: outputs: "input" is what comes in, and no layer stands between\n     = help: name a layer',
        id="the input as output",
    ),
    pytest.param(
        experiment(CONV | {"repeat": 0}),
        "error[value]: layers: none is left, as every repeat is 0\n     = help: repeat one at least once",
        id="no layer at all",
    ),
    pytest.param(
        experiment(CONV, outputs=["conv"]),
        'error[inputs]: outputs: there is no layer "conv"\n     = help: did you mean "conv2d_1"?',
        id="an output that there is not",
    ),
    pytest.param(
        experiment(CONV | {"repeat": 1000}, *[{"type": "Conv2D", "filters": 1, "kernel_size": 1, "repeat": 1000}] * 20),
        "error[size]: layers: repeats and blocks write out more than 20,000 layers\n     = help: lower a repeat",
        id="too many layers",
    ),
]


@pytest.mark.parametrize(("content", "expected"), CASES)
def test_mistakes(load: Load, content: Any, expected: str) -> None:
    """A user would not learn what is wrong with a layer's place in the graph."""
    assert first_error(load, content) == expected


def test_blocks_that_come_to_nothing_end(load: Load) -> None:
    """A file of a few lines would keep the machine busy for ever."""
    blocks: dict[str, Any] = {
        f"b{depth}": {"layers": [{"type": f"b{depth + 1}", "repeat": 1000}]} for depth in range(20)
    }
    blocks["b20"] = {"layers": [CONV | {"repeat": 0}]}
    assert "more than 20,000 layers" in first_error(load, experiment({"type": "b0"}, blocks=blocks))


def test_lists_that_double_are_refused(load: Load) -> None:
    """A file of a few lines would fill the memory."""
    blocks: dict[str, Any] = {
        f"b{depth}": {
            "parameters": {"x": None},
            "layers": [{"type": f"b{depth + 1}", "x": ["$x", "$x"]}],
        }
        for depth in range(25)
    }
    blocks["b25"] = {"parameters": {"x": None}, "layers": [CONV]}
    content = experiment({"type": "b0", "x": 1}, blocks=blocks)
    assert 'the parameter "x" holds more than 10,000 values' in first_error(load, content)


def test_deep_blocks_are_refused(load: Load) -> None:
    """A long chain of blocks would end in a traceback."""
    blocks: dict[str, Any] = {f"b{depth}": {"layers": [{"type": f"b{depth + 1}"}]} for depth in range(500)}
    blocks["b500"] = {"layers": [CONV]}
    assert first_error(load, experiment({"type": "b0"}, blocks=blocks)).splitlines()[0] == (
        "error[size]: blocks.b31.layers[0] b32: blocks stand more than 32 deep in each other"
    )
