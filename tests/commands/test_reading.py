"""What every verb begins with: the file, the changes, and what is wrong, all at once and before TensorFlow starts."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cnnkeras.commands.reading import experiment, to_look_at
from cnnkeras.datasets.sources import SOURCES
from cnnkeras.errors import UserError
from cnnkeras.spec.architecture import Architecture

pytestmark = pytest.mark.fast

run = partial(experiment, "run")
READERS = [run, to_look_at]


def wrong(
    read: Callable[[list[str]], Architecture],
    data: Any,
    activation: str = "softmax",
    task: str = "classification",
) -> str:
    """Give what is said of a file with this data."""
    content = {
        "task": task,
        "input": {"shape": [28, 28, 1]},
        "layers": [{"type": "Flatten"}, {"type": "Dense", "units": "num_classes", "activation": activation}],
        "data": data,
    }
    Path("file.json").write_text(json.dumps(content, indent=2))
    with pytest.raises(UserError) as caught:
        read(["file.json"])
    return str(caught.value)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_data_that_is_not_there_is_told_with_all_else(tmp_path: Path) -> None:
    """Somebody would mend the network, wait for TensorFlow, and be told of the next mistake."""
    assert wrong(run, {"source": "folder", "path": "pictures"}, "softmx").splitlines() == [
        'file.json:17:21: error[value]: layers[1] Dense: "activation" is "softmx", which there is not',
        '  17 |       "activation": "softmx"',
        "     |                     ^",
        '     = help: did you mean "softmax"?',
        "file.json:22:13: error[data]: data: pictures is not there",
        '  22 |     "path": "pictures"',
        "     |             ^",
        f"     = help: the path counts from the directory in which the command is run, {tmp_path}, unless it begins with / or ~",
    ]


def test_data_that_is_not_there_is_told_beside_another_mistake_in_its_section() -> None:
    """The section is none then, and its path would be forgotten."""
    said = wrong(run, {"source": "folder", "path": "pictures", "foo": 1})
    assert said.count("error[") == 2
    assert "data: pictures is not there" in said


@pytest.mark.parametrize("data", [{"source": "digits", "path": "x"}, {"source": "x", "path": "x"}, {"path": "x"}, []])
def test_a_path_that_no_source_has(data: Any) -> None:
    """A key that has no place there would be looked for on the disk."""
    assert "is not there\n" not in wrong(run, data)


@pytest.mark.parametrize("verb", ["run", "find-rate", "verify", "find-batch"])
def test_each_command_calls_itself_by_its_name(verb: str) -> None:
    """Whoever called verify would be told of run."""
    with pytest.raises(UserError, match=f"{verb} takes one file, and b.json is neither it nor a change"):
        experiment(verb, ["a.json", "b.json"])


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("path", ["nothing", "~nobody-of-this-name/x", "file.json/x"])
@pytest.mark.parametrize("source", [name for name, source in SOURCES.items() if "path" in source.model_fields])
def test_a_path_that_leads_to_nothing(read: Callable[[list[str]], Architecture], source: str, path: str) -> None:
    """A source would be forgotten, or a path end in a traceback."""
    required = {"coco": {"annotations": "instances.json"}}.get(source, {})
    said = wrong(read, {"source": source, "path": path, **required}, task=SOURCES[source].tasks[0])
    assert f"error[data]: data: {path}" in said
    assert " is not there\n" in said


def test_a_name_that_is_too_long_is_left_to_whoever_opens_it() -> None:
    """The system's own error would be a traceback."""
    said = wrong(run, {"source": "folder", "path": "x" * 5_000}, "softmx")
    assert said.count("error[") == 1


def test_what_is_wrong_with_the_network_keeps_nobody_from_looking() -> None:
    """The pictures could not be looked at before the network is finished."""
    said = wrong(to_look_at, {"source": "folder", "path": "pictures"}, "softmx")
    assert (said.count("error["), "softmx" in said) == (1, False)


def test_a_task_that_the_source_has_no_labels_for_is_told_beside_a_wrong_key(tmp_path: Path) -> None:
    """It would come to light when the key is mended."""
    said = wrong(run, {"source": "digits", "foo": 1}, task="segmentation")
    assert 'data: "digits" has no labels for segmentation' in said
    assert 'there is no key "foo"' in said


def test_a_folder_without_classes_is_no_mistake_of_the_network(tmp_path: Path) -> None:
    """The last layer would be said to have 0 units, and nothing of the folder."""
    (tmp_path / "pictures").mkdir()
    said = wrong(run, {"source": "folder", "path": "pictures"}, "softmx")
    assert said.count("error[") == 1


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (["file.json", "training.epochs", "=", "1"], "write training.epochs=1"),
        (["=", "1"], "write =1"),
        (["file.json", "training.epochs", "="], "write training.epochs="),
    ],
)
def test_a_change_with_spaces_is_one_mistake(words: list[str], cure: str) -> None:
    """Three words would be three mistakes, and none of them the one that was made."""
    with pytest.raises(UserError) as caught:
        experiment("run", words)
    assert str(caught.value) == (
        f"command line: error[file]: = stands between spaces, and a change is one word\n     = help: {cure}"
    )


def test_the_whole_of_an_optimizer_is_written_out() -> None:
    """A user would have to look up what {…} stands for."""
    content = Path("file.json")
    content.write_text("{}")
    with pytest.raises(UserError) as caught:
        experiment("run", ["file.json", "training.optimizer=SGD", "training.optimizer.momentum=0.9"])
    assert str(caught.value).splitlines()[-1] == (
        """     = help: give the whole: training.optimizer='{"type": "SGD", "momentum": 0.9}'"""
    )
