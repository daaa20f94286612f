"""Valid files, broken at random: every one is analysed or refused in words, and none takes long."""

import copy
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkeras.commands.reading import examine
from cnnkeras.errors import UserError

pytestmark = pytest.mark.fast

FOLDER = Path(__file__).parents[2] / "architectures"
# The largest nets are written out from the same few blocks as the smaller ones.
FILES = [file for file in sorted(FOLDER.glob("*.json")) if file.stem not in ("resnet152", "vgg19")]
CONTENTS = [json.loads(file.read_text()) for file in FILES]

NUMBERS = st.sampled_from([0, -1, 1, 2, 3, 0.5, -0.0, 1e300, 2**31, 10**17, 1000, 7])
WORDS = st.sampled_from(
    [
        "",
        "same",
        "reflect",
        "valid",
        "num_classes",
        "input",
        "$filters",
        "$1/0",
        "$x*",
        "Conv2D",
        "Flatten",
        "Add",
        "é\n",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "mode", "amount", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Give the path of everything inside a JSON value."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    inside = [place for key, member in members for place in places(member, (*path, key))]
    return [path, *inside]


def mutate(draw: Any, content: Any) -> Any:
    """Replace, remove, double, rename or exchange one thing."""
    content = copy.deepcopy(content)
    path = draw(st.sampled_from(places(content)[1:]))
    parent = content
    for step in path[:-1]:
        parent = parent[step]
    key, action = path[-1], draw(st.sampled_from(["replace", "remove", "double", "rename", "exchange"]))
    if action == "replace":
        parent[key] = draw(VALUES)
    elif action == "remove":
        del parent[key]
    elif action == "double" and isinstance(parent, list):
        parent.insert(key, copy.deepcopy(parent[key]))
    elif action == "rename" and isinstance(parent, dict):
        parent[draw(WORDS)] = parent.pop(key)
    elif action == "exchange" and isinstance(parent, list):
        parent[key], parent[0] = parent[0], parent[key]
    return content


@st.composite
def broken_contents(draw: Any) -> Any:
    content = draw(st.sampled_from(CONTENTS))
    for _ in range(draw(st.integers(1, 3))):
        content = mutate(draw, content)
    return content


def survives(path: Path) -> None:
    """Examine a file; only a UserError may come of it, and soon."""
    begun = time.process_time()
    try:
        _, analysis = examine(path)
        found = analysis.diagnostics
    except UserError as error:
        found = error.diagnostics
        assert found
    for diagnostic in found:
        assert str(diagnostic)
        assert diagnostic.line >= 1
        json.dumps(diagnostic.to_json())
    # Most take milliseconds; measuring the coverage makes that ten times as much.
    assert time.process_time() - begun < 20


@settings(max_examples=2000)
@given(broken_contents())
def test_broken_contents(tmp_path_factory: pytest.TempPathFactory, content: Any) -> None:
    """A mistake in a file would end in a traceback, or run for minutes."""
    path = tmp_path_factory.getbasetemp() / "broken.json"
    path.write_text(json.dumps(content))
    survives(path)


@settings(max_examples=1000)
@given(st.sampled_from(FILES), st.data())
def test_broken_bytes(tmp_path_factory: pytest.TempPathFactory, file: Path, data: st.DataObject) -> None:
    """A damaged file would end in a traceback."""
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    path = tmp_path_factory.getbasetemp() / "broken.json"
    path.write_bytes(bytes(content))
    survives(path)
