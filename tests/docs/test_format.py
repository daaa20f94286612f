"""docs/format.md: every example is right as it stands there, and nothing of the format is left out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cnnkeras.commands.reading import examine
from cnnkeras.commands.registry import REGISTRY
from cnnkeras.datasets.pictures.defects import DEFECTS
from cnnkeras.layers import LAYERS
from cnnkeras.spec.entries import Entry
from cnnkeras.spec.input import InputSection
from cnnkeras.spec.prediction import PredictionSection
from cnnkeras.spec.schedules import SCHEDULES
from cnnkeras.spec.sections import SECTIONS
from cnnkeras.spec.training import TrainingSection
from tests.docs.examples import ROOT, blocks

pytestmark = pytest.mark.fast

EXAMPLES = blocks("docs/format.md", "json")
HEAD = [
    {"type": "GlobalAveragePooling2D"},
    {"type": "Dense", "units": "num_classes", "activation": "softmax"},
]
# An example shows a part; this is the rest of its file.
REST: dict[str, Any] = {
    "task": "classification",
    "input": {"shape": [28, 28, 1]},
    "layers": [{"type": "Flatten"}, HEAD[-1]],
    "data": {"source": "tfds", "name": "any", "num_classes": 10},
}
# The smallest network of each task.
NETWORKS: dict[str, list[dict[str, Any]]] = {
    "classification": REST["layers"],
    "segmentation": [
        {"type": "Conv2D", "filters": 4, "kernel_size": 9, "padding": "same", "activation": "relu"},
        {"type": "Conv2D", "filters": "num_classes", "kernel_size": 1, "activation": "softmax"},
    ],
    "detection": [
        {"type": "Conv2D", "filters": 64, "kernel_size": 8, "strides": 8, "padding": "same", "name": "sides"},
        {
            "type": "Conv2D",
            "filters": "num_classes",
            "kernel_size": 8,
            "strides": 8,
            "padding": "same",
            "name": "scores",
            "inputs": "input",
        },
        {"type": "Concatenate", "inputs": ["sides", "scores"]},
        {"type": "DetectionHead"},
    ],
}


def whole(example: str) -> dict[str, Any]:
    """Make a file of an example: a whole one, a section of one, or the first layers of one."""
    content = json.loads(example)
    if isinstance(content, dict):
        data = content.get("data", {})
        source = REGISTRY.sources.get(data.get("source", ""))
        task = "detection" if data.keys() & {"boxes", "box"} else source.tasks[0] if source else "classification"
        return {**REST, "task": task, "layers": NETWORKS[task], **content}
    # A few layers that show one thing don't have to see the whole picture.
    return {**REST, "layers": content + HEAD, "silence": ["small-receptive-field"]}


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_example_is_right(example: str, tmp_path: Path) -> None:
    """Otherwise what a user copies from the documentation is refused, or warned of."""
    file = tmp_path / "example.json"
    file.write_text(json.dumps(whole(example)), encoding="utf-8")
    found = examine(file)[1].diagnostics
    assert not found, "\n".join(map(str, found))


def test_every_heading_stands_in_the_contents() -> None:
    """In a page of this length a section that the contents lack would not be found."""
    text = re.sub(r"^```.*?^```", "", (ROOT / "docs/format.md").read_text(encoding="utf-8"), flags=re.M | re.S)
    contents, _, rest = text.partition("\n## ")
    headings = re.findall(r"^##+ (.+)$", f"## {rest}", re.MULTILINE)
    assert re.findall(r"[-:·] \[([^\]]+)\]\(#", contents.partition("What stands where:")[2]) == headings


def words() -> set[str]:
    """Give the words that the document sets in code, examples included."""
    text = (ROOT / "docs/format.md").read_text(encoding="utf-8")
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return set(re.findall(r"[$\w]+", " ".join([*spans, *EXAMPLES])))


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(LAYERS, id="layer types"),
        pytest.param(SECTIONS, id="sections"),
        pytest.param(Entry.model_fields, id="keys of every layer"),
        pytest.param(TrainingSection.model_fields, id="training"),
        pytest.param(InputSection.model_fields, id="input"),
        pytest.param(PredictionSection.model_fields, id="prediction"),
        pytest.param(SCHEDULES, id="schedules"),
        pytest.param(REGISTRY.sources, id="sources"),
        pytest.param(REGISTRY.tasks, id="tasks"),
    ],
)
def test_everything_is_told(names: Any) -> None:
    """Otherwise a user can't find out about a part of the format but from the code."""
    assert set(names) - words() == set()


def test_every_problem_is_told_with_its_policies() -> None:
    """Somebody would not find what may be done about a problem, or find what may not."""
    text = (ROOT / "docs" / "format.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]* \| (`\"\w+\"` \| [^|]*) \|", text, re.MULTILINE))
    told = {code: re.findall(r'"(\w+)"', row) for code, row in rows.items() if code in DEFECTS}
    assert told == {
        code: [defect.default, *(policy for policy in defect.policies if policy != defect.default)]
        for code, defect in DEFECTS.items()
    }
