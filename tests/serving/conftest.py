from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import pytest

from cnnkeras.serving.export import export
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.input import InputSection
from tests.inspection.networks import CLASS_NAMES, architecture_of, model_of, pictures


@dataclass(frozen=True)
class Exported:
    run: Path
    path: Path
    model: keras.Model
    architecture: Architecture


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """Give one export, written and verified as a run does it."""
    run = tmp_path_factory.mktemp("run")
    architecture = architecture_of(run)
    model = model_of(architecture)
    golden = [*pictures(5), *pictures(2, 11, 6)]
    path = export(
        model, architecture, architecture.task, CLASS_NAMES, run / "export", golden, {"test": {"accuracy": 0.5}}
    )
    return Exported(run, path, model, architecture)


def write_extras(export: Path, section: InputSection, class_names: Sequence[str], **architecture: Any) -> None:
    """Write what `predict` reads of an export beside its SavedModel."""
    extras = export / "assets.extra"
    extras.mkdir(parents=True)
    (extras / "architecture.json").write_text(json.dumps(architecture))
    (extras / "class_names.json").write_text(json.dumps(list(class_names)))
    (extras / "input.json").write_text(json.dumps(section.model_dump(mode="json")))
