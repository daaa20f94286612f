"""What is said of crops and of the cache that a file gets wrong; the texts are the user's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cnnkeras.datasets.sources import SOURCES
from cnnkeras.spec.load import load_architecture
from cnnkeras.spec.task import Registry
from cnnkeras.tasks import TASKS

pytestmark = pytest.mark.fast


def said(tmp_path: Path, section: dict[str, Any], cache: Any = "auto") -> list[str]:
    """Give the messages about a file with this input section and this cache."""
    file = tmp_path / "file.json"
    data = {"source": "digits", "cache": cache}
    content = {"task": "classification", "input": section, "layers": [{"type": "Flatten"}], "data": data}
    file.write_text(json.dumps(content))
    loaded = load_architecture(file, registry=Registry(sources=SOURCES, tasks=TASKS))
    return [diagnostic.message for diagnostic in loaded.diagnostics]


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            {"shape": [24, None, 3], "resize": "random_crop"},
            'input: crops need a height and a width: "random_crop" takes no null in shape',
        ),
        (
            {"shape": [24, 24, 3], "short_side": 28},
            'input: only crops have a "short_side": leave it out, or set "resize" to "crop" or "random_crop"',
        ),
        (
            {"shape": [24, 30, 3], "resize": "crop", "short_side": 28},
            "input: from a short side of 28, no 24×30 can be taken",
        ),
    ],
)
def test_crops_that_can_t_be(tmp_path: Path, section: dict[str, Any], message: str) -> None:
    """The first batch would fail, or pictures be smaller than the network's input."""
    assert said(tmp_path, section) == [message]


def test_the_preparation_of_alexnet_is_right(tmp_path: Path) -> None:
    """The example of the documentation would be refused."""
    assert said(tmp_path, {"shape": [224, 224, 3], "resize": "random_crop", "short_side": 256}) == []


@pytest.mark.parametrize("cache", ["ram", 0, True, 1.5, None])
def test_caches_that_there_are_not(tmp_path: Path, cache: Any) -> None:
    """A word that means nothing would be taken for some place."""
    (message,) = said(tmp_path, {"shape": [8, 8, 1]}, cache)
    assert message.startswith('data: "cache" must be "auto", "disk", "none", or how many MiB of memory may be taken')
    for good in ("auto", "disk", "none", 1):
        assert said(tmp_path, {"shape": [8, 8, 1]}, good) == []
