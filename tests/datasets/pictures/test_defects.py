"""What a file may say about each kind of problem."""

from __future__ import annotations

from typing import Any

import pytest

from cnnkeras.datasets.pictures.defects import DEFECTS, policy_of, tolerant
from cnnkeras.datasets.sources import SOURCES
from cnnkeras.datasets.sources.folder import Folder
from cnnkeras.spec.load import load_architecture
from cnnkeras.spec.task import Registry
from tests.datasets.conftest import MakeArchitecture

pytestmark = pytest.mark.fast


def folder(on_problem: Any) -> Folder:
    return Folder.model_validate({"source": "folder", "path": "x", "on_problem": on_problem})


@pytest.mark.parametrize("code", DEFECTS)
def test_every_defect_has_its_policies(code: str) -> None:
    """A word in the file would be taken and mean nothing."""
    defect = DEFECTS[code]
    assert defect.default in defect.policies
    assert ("repair" in defect.policies) == (defect.repair is not None) == (defect.hopeless is None)
    for policy in defect.policies:
        assert policy_of(folder({code: policy}).on_problem, code) == policy
    assert policy_of(folder({}).on_problem, code) == policy_of(folder("error").on_problem, code) == defect.default
    assert policy_of(tolerant(folder("error").on_problem), code) != "error"


def test_a_word_stands_for_what_stops_a_run() -> None:
    """The word "skip" would throw away sound pictures because they have a palette."""
    codes = [code for code in DEFECTS if policy_of(folder("skip").on_problem, code) == "skip"]
    assert codes == [
        "missing_picture", "unreadable", "truncated", "picture_without_label", "unreadable_annotation",
        "annotation_size", "unknown_class", "mask_size", "mask_value",
    ]  # fmt: skip
    assert policy_of(folder("repair").on_problem, "truncated") == "repair"
    assert policy_of(folder("repair").on_problem, "unreadable") == "error"


def test_a_word_for_what_is_not_named() -> None:
    """Who wants one kind treated otherwise would have to write out all the others."""
    chosen = folder({"otherwise": "skip", "truncated": "repair", "palette": "error"}).on_problem
    codes = ("truncated", "unreadable", "palette", "cmyk", "class_not_trained")
    assert [policy_of(chosen, code) for code in codes] == ["repair", "skip", "error", "repair", "error"]
    assert policy_of(tolerant(chosen), "unreadable") == "skip"


def refused(on_problem: Any, architecture: MakeArchitecture) -> list[str]:
    architecture(data={"source": "folder", "path": "x", "on_problem": on_problem})
    found = load_architecture("file.json", registry=Registry(sources=SOURCES)).diagnostics
    found = [each for each in found if each.code != "missing"]
    return [line for each in found for line in str(each).splitlines() if "|" not in line]


def test_policies_that_there_are_not(architecture: MakeArchitecture) -> None:
    """Somebody would believe that a file that is no picture can be repaired."""
    assert refused({"unreadable": "repair", "cmyk": "ignore", "exif_turnd": "skip"}, architecture) == [
        'file.json:18:18: error[value]: data: "on_problem.unreadable" must be "error" or "skip", and it is "repair"',
        "     = help: nothing can be made of a file that is no picture",
        'file.json:19:12: error[value]: data: "on_problem.cmyk" must be "error" or "skip" or "repair", and it is "ignore"',
        'file.json:20:4: error[unknown-key]: data: there is no key "on_problem.exif_turnd"',
        '     = help: did you mean "exif_turned"?',
    ]


def test_words_that_there_are_not(architecture: MakeArchitecture) -> None:
    """A misspelt policy would be the default's."""
    assert refused("drop", architecture) == [
        'file.json:17:17: error[value]: data: "on_problem" must be "error" or "skip" or "repair", and it is "drop"'
    ]


def test_what_is_neither_a_word_nor_an_object(architecture: MakeArchitecture) -> None:
    """Nobody would learn that each kind of problem can have its own policy."""
    assert refused(5, architecture) == [
        'file.json:17:17: error[value]: data: "on_problem" must be "error", "skip" or "repair", or an object with one for '
        "each kind of problem, and it is 5",
        '     = help: as in "on_problem": {"truncated": "repair"}',
    ]
