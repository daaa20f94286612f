"""What a run leaves behind outside its folder: nothing."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import tensorflow as tf

from cnnkeras.commands.leftovers import remove_compiled


def test_what_was_compiled_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run would leave some fifty files in the user's folder for temporary files, for ever."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    tf.autograph.to_graph(lambda x: x if x > 0 else -x)
    (compiled,) = (tmp_path / "__pycache__").iterdir()
    assert compiled.name.startswith("__autograph_generated_file")
    remove_compiled()
    assert [path.suffix for path in tmp_path.iterdir()] == [".py"]  # TensorFlow takes it away itself


def test_files_of_others_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process would take away what another one needs."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    tf.autograph.to_graph(lambda x: x if x > 1 else -x)
    other = tmp_path / "__pycache__" / "other.pyc"
    other.write_text("")
    remove_compiled()
    assert [*other.parent.iterdir()] == [other]


def test_a_folder_that_stays_keeps_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a stranger's file keeps one folder, what lies in the others would stay as well."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    functions: list[Callable[[float], float]] = [
        lambda x: x if x > 2 else -x,
        lambda x: x if x > 3 else -x,
        lambda x: x if x > 4 else -x,
    ]
    folders = [tmp_path / name for name in ("1", "2", "3")]
    for folder, function in zip(folders, functions, strict=True):
        folder.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        tf.autograph.to_graph(function)
    (folders[1] / "__pycache__" / "other.pyc").write_text("")
    remove_compiled()
    assert [(folder / "__pycache__").exists() for folder in folders] == [False, True, False]
