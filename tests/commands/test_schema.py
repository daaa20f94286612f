"""The JSON Schema that editors use."""

import json
from pathlib import Path

import jsonschema
import pytest

import cnnkeras
from cnnkeras.commands.schema import schema_text

PACKAGE = Path(cnnkeras.__file__).parent
ARCHITECTURES = sorted((PACKAGE.parent / "architectures").glob("*.json"))


@pytest.mark.fast
def test_the_shipped_schema_is_current() -> None:
    """Editors would complete what the program refuses: write it anew with `python run.py schema`."""
    assert (PACKAGE / "spec" / "architecture.schema.json").read_text("utf-8") == schema_text()


@pytest.mark.fast
@pytest.mark.parametrize("file", ARCHITECTURES, ids=lambda file: file.stem)
def test_every_shipped_architecture_fits_the_schema(file: Path) -> None:
    """An editor would mark a good file as wrong."""
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    assert [error.message for error in validator.iter_errors(json.loads(file.read_text("utf-8")))] == []


@pytest.mark.fast
@pytest.mark.parametrize(
    "mistake",
    [
        {"type": "Conv2D", "filters": 0, "kernel_size": 3},
        {"type": "Conv2D", "filters": 3, "kernel_size": 3, "kernel": 3},
        {"type": "Conv2D", "filters": 3, "kernel_size": 3, "padding": "some"},
        {"filters": 3},
    ],
)
def test_the_schema_refuses_what_the_program_refuses(mistake: object) -> None:
    """An editor would not mark a mistake."""
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    content = {"task": "classification", "input": {"shape": [8, 8, 1]}, "layers": [mistake]}
    assert not validator.is_valid(content)
