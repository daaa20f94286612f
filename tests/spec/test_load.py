"""A file's sections, and the full text of what is wrong with them."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from cnnkeras.errors import UserError
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.load import Loaded, load_architecture

from .conftest import REGISTRY, Load, experiment

LAYERS = """{
  "task": "classification",
  "input": {"shape": [28, 28, 1]},
  "layers": [{"type": "Flatten"}],
  %s
}"""


def require_architecture(loaded: Loaded) -> Architecture:
    assert [str(diagnostic) for diagnostic in loaded.diagnostics] == []
    assert loaded.architecture is not None
    return loaded.architecture


def errors(load: Load, section: str, *changes: str) -> list[str]:
    return [str(diagnostic) for diagnostic in load(LAYERS % section, *changes).diagnostics]


def test_defaults(load: Load) -> None:
    """A file without training or data would not load, or with other defaults than Keras's."""
    loaded = load(experiment({"type": "Flatten"}))
    assert loaded.diagnostics == ()
    architecture = require_architecture(loaded)
    assert (architecture.name, architecture.training.batch_size, architecture.outputs) == ("file", 32, ("flatten_1",))
    assert architecture.data is None


def test_what_is_right_at_the_top_holds_beside_what_is_wrong(load: Load) -> None:
    """A lint that the file silences would be told as soon as its name is wrong."""
    loaded = load(experiment({"type": "Flatten"}, name="../x", silence=["heavy-dense"], description=3))
    assert len(loaded.diagnostics) == 2
    assert loaded.architecture is not None
    assert (loaded.architecture.name, loaded.architecture.silence) == ("file", ("heavy-dense",))


SECTIONS = [
    pytest.param(
        '"trainning": {}',
        [
            'file.json:5:3: error[unknown-key]: the file: there is no key "trainning"',
            '   5 |   "trainning": {}',
            "     |   ^",
            '     = help: did you mean "training"?',
        ],
        id="a section that there is not",
    ),
    pytest.param(
        '"training": {"epochs": -1}',
        [
            'file.json:5:26: error[value]: training: "epochs" must be at least 0, and it is -1',
            '   5 |   "training": {"epochs": -1}',
            "     |                          ^",
        ],
        id="a number too small",
    ),
    pytest.param(
        '"training": {"epochs": 2.5}',
        [
            'file.json:5:26: error[value]: training: "epochs" must be an integer, and it is 2.5',
            '   5 |   "training": {"epochs": 2.5}',
            "     |                          ^",
        ],
        id="a number that is no integer",
    ),
    pytest.param(
        '"training": {"batch_sise": 2}',
        [
            'file.json:5:16: error[unknown-key]: training: there is no key "batch_sise"',
            '   5 |   "training": {"batch_sise": 2}',
            "     |                ^",
            '     = help: did you mean "batch_size"?',
        ],
        id="a key that there is not",
    ),
    pytest.param(
        '"training": {"profile": [5, 2]}',
        [
            'file.json:5:27: error[value]: training: "profile": the first step, 5, must not come after the last, 2',
            '   5 |   "training": {"profile": [5, 2]}',
            "     |                           ^",
        ],
        id="steps that end before they begin",
    ),
    pytest.param(
        '"training": {"precision": "float16"}',
        [
            'file.json:5:29: error[value]: training: "precision" must be "auto" or "float32" or "mixed_bfloat16" or '
            '"mixed_float16", and it is "float16"',
            '   5 |   "training": {"precision": "float16"}',
            "     |                             ^",
            '     = help: did you mean "mixed_float16"?',
        ],
        id="a word that there is not",
    ),
    pytest.param(
        '"training": 3',
        [
            "file.json:5:15: error[value]: training must be an object, and it is 3",
            '   5 |   "training": 3',
            "     |               ^",
        ],
        id="a section that is no object",
    ),
    pytest.param(
        '"data": {"source": "picture"}',
        [
            'file.json:5:22: error[value]: data: there is no source "picture"',
            '   5 |   "data": {"source": "picture"}',
            "     |                      ^",
            '     = help: did you mean "pictures"?',
        ],
        id="a source that there is not",
    ),
    pytest.param(
        '"data": {"folder": "x"}',
        [
            'file.json:5:11: error[missing]: data: "source" is missing',
            '   5 |   "data": {"folder": "x"}',
            "     |           ^",
            '     = help: use one of "pictures"',
        ],
        id="data without a source",
    ),
    pytest.param(
        '"data": {"source": "pictures", "num_classes": 5}',
        [
            'file.json:5:49: error[data]: data: "num_classes" is 5, and the data has 3 classes',
            '   5 |   "data": {"source": "pictures", "num_classes": 5}',
            "     |                                                 ^",
            '     = help: leave "num_classes" out, or make it 3',
        ],
        id="another number of classes",
    ),
    pytest.param(
        '"blocks": {"b": {"parameters": {"repeat": 1}, "layers": [{"type": "Flatten"}]}}',
        [
            'file.json:5:35: error[name]: blocks.b: "repeat" can\'t be a parameter',
            '   5 |   "blocks": {"b": {"parameters": {"repeat": 1}, "layers": [{"type": "Flatten"}]}}',
            "     |                                   ^",
            "     = help: use a word of letters, digits and _ that no layer has beside its fields",
        ],
        id="a parameter that is a key",
    ),
    pytest.param(
        '"name": "../escape"',
        [
            'file.json:5:11: error[value]: the file: "name" must be a letter, then up to 79 letters, digits and . _ -, '
            'and it is "../escape"',
            '   5 |   "name": "../escape"',
            "     |           ^",
        ],
        id="a name that leads out of the runs",
    ),
    pytest.param(
        '"blocks": {"b": {"layers": []}}',
        [
            'file.json:5:30: error[value]: blocks.b: "layers" must be an array that is not empty, and it is []',
            '   5 |   "blocks": {"b": {"layers": []}}',
            "     |                              ^",
        ],
        id="an empty block",
    ),
]


@pytest.mark.parametrize(("section", "expected"), SECTIONS)
def test_mistakes(load: Load, section: str, expected: list[str]) -> None:
    """A user would not learn what is wrong, where, or what to do."""
    assert errors(load, section) == ["\n".join(expected)]


def test_everything_is_missing(load: Load) -> None:
    """A user would learn of one missing section at a time."""
    assert [diagnostic.message for diagnostic in load({}).diagnostics] == [
        'the file: "input" is missing',
        'the file: "task" is missing',
        'the file: "layers" is missing',
    ]


def test_all_mistakes_at_once_in_the_order_of_the_file(load: Load) -> None:
    """A user would mend one mistake only to meet the next."""
    content = experiment(
        {"type": "Dense"}, {"type": "Conv2D", "filters": 0, "kernel_size": 3}, training={"epochs": "x"}
    )
    content["input"] = {"shape": [28, 28]}
    found = load(json.dumps(content, indent=1)).diagnostics
    # Without a picture, too, the layers are looked at.
    layers = ["layers[0].units", "layers[1].filters"]
    assert [diagnostic.path for diagnostic in found] == ["input.shape", *layers, "training.epochs"]
    content["input"] = {"shape": [28, 28, 1]}
    found = load(json.dumps(content, indent=1)).diagnostics
    assert [diagnostic.path for diagnostic in found] == ["layers[0].units", "layers[1].filters", "training.epochs"]


def test_an_unknown_section_on_the_command_line(load: Load) -> None:
    """A misspelt change would be blamed on the file."""
    assert errors(load, '"name": "a"', "trainig.epochs=3") == [
        'command line:1:1: error[unknown-key]: the file: there is no key "trainig"\n   1 | trainig.epochs=3\n     | ^\n'
        '     = help: did you mean "training"?'
    ]


def test_a_file_in_one_line(load: Load) -> None:
    """Thousands of findings in a long line would take minutes."""
    layers = [{"type": "Conv2D", "filters": 1, "kernel_size": 1, "x": 1}] * 3000
    started = time.process_time()
    found = load(experiment(*layers)).diagnostics
    assert len(found) == 3000
    assert len(str(UserError(*found)).splitlines()) < 300
    assert time.process_time() - started < 30


def test_overrides(load: Load) -> None:
    """A change on the command line would be lost."""
    content = experiment({"type": "Conv2D", "filters": 3, "kernel_size": 3}, data={"source": "pictures"})
    changes = ["training.epochs=3", "layers[0].filters=8", "data.folder=there", 'training.optimizer={"type": "SGD"}']
    architecture = require_architecture(load(content, *changes))
    assert architecture.training.epochs == 3
    assert architecture.nodes[0].layer.filters == 8  # type: ignore[union-attr]
    assert architecture.data.folder == "there"  # type: ignore[union-attr]
    assert architecture.training.optimizer.type == "SGD"
    assert architecture.resolved["layers"][0]["filters"] == 8


def test_a_part_of_what_the_file_leaves_to_its_default(load: Load) -> None:
    """`training.optimizer.learning_rate=0.01`, as all documentation has it, would be refused for a file without one."""
    content = experiment({"type": "Conv2D", "filters": 3, "kernel_size": 3})
    optimizer = require_architecture(load(content, "training.optimizer.learning_rate=0.01")).training.optimizer
    assert (optimizer.type, optimizer.learning_rate) == ("Adam", 0.01)
    changes = ["training.optimizer.momentum=0.9", "training.optimizer.type=SGD"]
    optimizer = require_architecture(load(content, *changes)).training.optimizer
    assert (optimizer.type, optimizer.momentum) == ("SGD", 0.9)


def test_an_override_that_is_wrong_is_shown_on_the_command_line(load: Load) -> None:
    """A message would point into the file at a value that is not there."""
    assert errors(load, '"training": {"epochs": 3}', "training.epochs=-3") == [
        'command line:1:17: error[value]: training: "epochs" must be at least 0, and it is -3\n'
        "   1 | training.epochs=-3\n"
        "     |                 ^"
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            "epochs",
            'command line:1:1: error[override]: "epochs" is no change\n   1 | epochs\n     | ^\n'
            "     = help: write section.key=value, as in training.epochs=5",
        ),
        (
            "layers[9].filters=2",
            "command line:1:1: error[override]: layers has 1 entries, and no [9]\n   1 | layers[9].filters=2\n     | ^\n"
            "     = help: use layers[0] to layers[0]",
        ),
        (
            "task.x=2",
            "command line:1:1: error[override]: task is a single value, and has no x to change\n   1 | task.x=2\n     | ^\n"
            "     = help: give the whole: task={…}",
        ),
        (
            "training..epochs=2",
            'command line:1:9: error[override]: "training..epochs" is no place in a file\n   1 | training..epochs=2\n'
            "     |         ^\n     = help: write it as training.epochs or layers[0].filters",
        ),
        (
            "training.epochs=99999999999999999999999999999",
            "command line:1:17: error[json]: the number 99999999999999999999… is too large\n"
            "   1 | training.epochs=99999999999999999999999999999\n     |                 ^\n"
            "     = help: integers have up to 18 digits, reals go up to 1.7e308",
        ),
        (
            "training={epochs: 3}",
            "command line:1:11: error[json]: expected a key in double quotes, found e\n   1 | training={epochs: 3}\n"
            "     |           ^",
        ),
    ],
)
def test_changes_that_have_no_place(load: Load, change: str, expected: str) -> None:
    """A change that can't be made would be made somewhere else, or be ignored."""
    with pytest.raises(UserError) as caught:
        load(experiment({"type": "Flatten"}), change)
    assert str(caught.value) == expected


def unreadable(path: Any) -> str:
    with pytest.raises(UserError) as caught:
        load_architecture(path, registry=REGISTRY)
    return str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong path would end in a traceback, or hang."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.json").write_text("{}")
    assert (
        unreadable("lenet.json") == "lenet.json: error[file]: the file is not there\n     = help: there are: other.json"
    )
    assert unreadable("no/lenet.json") == (
        "no/lenet.json: error[file]: the file is not there\n     = help: there is no folder no either"
    )
    (tmp_path / "folder").mkdir()
    assert unreadable("folder") == (
        "folder: error[file]: the file is a folder\n     = help: name a file in it; `check` takes several, as in folder/*.json"
    )
    os.mkfifo(tmp_path / "pipe")
    assert unreadable("pipe") == (
        "pipe: error[file]: the file is no regular file\n     = help: save the architecture to a file first"
    )
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(100 * 2**20)
    assert unreadable("huge.json") == (
        "huge.json: error[file]: the file has 104,857,600 bytes, and an architecture file has at most 4,194,304\n"
        "     = help: use blocks and repeat; weights belong in the run's model.keras"
    )
    (tmp_path / "latin.json").write_bytes('{\n"name": "Schrödinger"}'.encode("latin-1"))
    assert unreadable("latin.json") == (
        "latin.json:2:14: error[encoding]: the file is not UTF-8: byte 15 is 0xf6\n"
        '   2 | "name": "Schr\n     |              ^\n     = help: save it as UTF-8'
    )
    (tmp_path / "list.json").write_text("[1]")
    assert unreadable("list.json") == (
        "list.json:1:1: error[json]: the file must hold an object\n   1 | [1]\n     | ^\n"
        "     = help: begin with { and end with }"
    )
    assert unreadable("a\0b") == "a b: error[file]: the file can't be read: embedded null byte"


def test_parameters_that_are_null(load: Load) -> None:
    """A block whose parameters were emptied would end in a traceback."""
    (found,) = errors(load, '"blocks": {"pair": {"parameters": null, "layers": [{"type": "ReLU"}]}}')
    assert found.splitlines()[0] == (
        'file.json:5:37: error[value]: blocks.pair: "parameters" must be an object, and it is null'
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"shape": [None, 64, 1], "resize": "tile"},
            'input: tiles need a height and a width: "tile" takes no null in shape',
        ),
        (
            {"shape": [64, 64, 1], "overlap": 8},
            'input: only tiles overlap: leave "overlap" out, or set "resize" to "tile"',
        ),
        (
            {"shape": [64, 32, 1], "resize": "tile", "overlap": 32},
            "input: tiles of 64×32 can't overlap by 32",
        ),
        ({"shape": [64, 32, 1], "resize": "tile", "overlap": -1}, 'input: "overlap" must be at least 0, and it is -1'),
    ],
)
def test_tiles_that_can_t_be_laid(load: Load, fields: dict[str, Any], message: str) -> None:
    """Tiles without a size, or that never move on, would fail when the training is over."""
    content = {**experiment({"type": "Flatten"}), "input": fields}
    assert [found.message for found in load(content).diagnostics] == [message]


def test_a_key_that_fills_the_terminal(load: Load) -> None:
    """A file that was mixed up would be printed whole."""
    found = load({**experiment({"type": "Flatten"}), "k" * 1000: 1, "training": {"e" * 1000: 1}}).diagnostics
    assert [each.message for each in found] == [
        f'the file: there is no key "{"k" * 56}…',
        f'training: there is no key "{"e" * 56}…',
    ]
