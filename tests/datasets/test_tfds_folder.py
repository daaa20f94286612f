"""Finding what TFDS has prepared, as `check` does it, without TensorFlow."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cnnkeras.datasets.sources import SOURCES
from cnnkeras.datasets.tfds.folder import data_folders, prepared_folder

from .conftest import MakeArchitecture

pytestmark = pytest.mark.fast


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TFDS_DATA_DIR", raising=False)


def prepare(folder: Path, classes: int = 3, names: str | None = None) -> Path:
    """Write what TFDS leaves of a data set, as far as a check reads it."""
    folder.mkdir(parents=True)
    features = {"label": {"classLabel": {"numClasses": str(classes)}}, "image": {"image": {}}}
    (folder / "features.json").write_text(json.dumps({"featuresDict": {"features": features}}))
    (folder / "dataset_info.json").write_text("{}")
    if names:
        (folder / "label.labels.txt").write_text(names)
    return folder


def class_names(**fields: Any) -> tuple[str, ...] | None:
    return SOURCES["tfds"].model_validate({"source": "tfds", "name": "shapes", **fields}).class_names()


def test_named_classes(tmp_path: Path) -> None:
    """Figures and answers would call the classes by numbers although they have names."""
    prepare(tmp_path / "data" / "shapes" / "1.0.0", names="round\nsquare\nflat\n")
    assert class_names() == ("round", "square", "flat")


def test_numbered_classes(tmp_path: Path) -> None:
    """`check` could not tell how many classes MNIST has."""
    prepare(tmp_path / "here" / "shapes" / "1.0.0")
    assert class_names() is None
    assert class_names(data_dir="here") == class_names(data_dir=str(tmp_path / "here")) == ("0", "1", "2")


def test_environment_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is shared by a laboratory would have to be named in every file."""
    prepare(tmp_path / "shared" / "shapes" / "1.0.0")
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "shared"))
    assert class_names() == ("0", "1", "2")
    assert data_folders("mine") == [Path("mine")]


def test_newest_version_or_the_named_one(tmp_path: Path) -> None:
    """An old preparation would be trained on beside a newer one, or a version could not be held."""
    old, new = (prepare(tmp_path / "data" / "shapes" / version) for version in ("9.0.0", "10.0.0"))
    (tmp_path / "data" / "shapes" / "11.0.0").mkdir()  # a preparation that was interrupted
    assert prepared_folder("shapes", None) == new
    assert prepared_folder("shapes:9.0.0", None) == old
    assert prepared_folder("shapes:8.0.0", None) is None


def test_configuration(tmp_path: Path) -> None:
    """A data set with configurations would not be found, or the wrong one of two be taken."""
    fog = prepare(tmp_path / "data" / "shapes" / "fog" / "1.0.0")
    assert prepared_folder("shapes/fog", None) == prepared_folder("shapes", None) == fog
    prepare(tmp_path / "data" / "shapes" / "snow" / "1.0.0")
    assert prepared_folder("shapes", None) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"featuresDict": 3}', '{"featuresDict": {"features": {"label": {}}}}', "\xff"]
)
def test_strange_folder(tmp_path: Path, text: str) -> None:
    """`check` would end in a traceback over a folder that TFDS did not write."""
    folder = prepare(tmp_path / "data" / "shapes" / "1.0.0")
    (folder / "features.json").write_bytes(text.encode("latin-1"))
    assert class_names() is None


@pytest.mark.parametrize("data_dir", ["none", "\0", "x" * 5000, "~nobody-of-this-name/data", "gs://bucket/data"])
def test_strange_data_dir(data_dir: str) -> None:
    """`check` would end in a traceback over a folder that can't be."""
    assert class_names(data_dir=data_dir) is None


@pytest.mark.parametrize("name", ["../shapes", "/etc", "shapes/..", "shapes/../../x", "hub:shapes", "", "Shapes", 3])
def test_names_that_are_none(name: Any, architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A file could name folders outside the data, or run code that TFDS gets from elsewhere."""
    from cnnkeras.spec.load import load_architecture
    from cnnkeras.spec.task import Registry

    content = {"input": {"shape": [8, 8, 1]}, "layers": [{"type": "Flatten"}], "data": {"source": "tfds", "name": name}}
    (tmp_path / "file.json").write_text(json.dumps(content))
    found = [str(finding) for finding in load_architecture("file.json", registry=Registry(sources=SOURCES)).diagnostics]
    message = f'data: "name" must be a name such as mnist, mnist:3.0.1 or cifar10_corrupted/fog_3, and it is {json.dumps(name)}'
    assert any(message in text for text in found)


def test_sources_load_nothing_heavy() -> None:
    """`check` would take seconds instead of milliseconds."""
    heavy = ("tensorflow", "keras", "numpy", "pandas", "tensorflow_datasets")
    code = f"import sys, cnnkeras.datasets.sources; print([name for name in {heavy} if name in sys.modules])"
    root = Path(__file__).parents[2]
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert result.stdout == "[]\n"
