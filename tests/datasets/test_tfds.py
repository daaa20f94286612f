"""Data sets of TFDS, opened by the library itself: a small one prepared here, and MNIST where it is at hand."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.datasets.loading import load_data
from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.tfds.splits import default_splits
from cnnkeras.errors import RunError, UserError

from .conftest import MakeArchitecture, noise

TEST_DATA = os.environ.get("CNNKERAS_TEST_DATA")


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Let TFDS prepare a data set: colour pictures of many sizes with a mask, a kind, a corner count and a comment."""
    import tensorflow_datasets as tfds

    def examples(count: int) -> tf.data.Dataset:
        kinds = np.arange(count) % 2
        pictures = {"picture": noise(count, 6, 5, 3), "mask": noise(count, 6, 5, 1)}
        values = {"kind": kinds, "corners": kinds * 4, "comment": ["none"] * count}
        return tf.data.Dataset.from_tensor_slices(pictures | values)

    folder = tmp_path_factory.mktemp("tfds")
    features = {
        "picture": tfds.features.Image(shape=(None, None, 3)),
        "mask": tfds.features.Image(shape=(None, None, 1)),
        "kind": tfds.features.ClassLabel(names=["round", "square"]),
        "corners": np.int64,
        "comment": tfds.features.Text(),
    }
    for name, splits in {"shapes": {"train": 20, "test": 6}, "heap": {"everything": 4}}.items():
        tfds.dataset_builders.store_as_tfds_dataset(
            name=name,
            version="1.0.0",
            data_dir=folder,
            features=tfds.features.FeaturesDict(features),
            split_datasets={split: examples(count) for split, count in splits.items()},
        )
    return str(folder)


def section(folder: str, **fields: Any) -> dict[str, Any]:
    return {"source": "tfds", "name": "shapes", "data_dir": folder, "image": "picture", "label": "kind", **fields}


def refusal(make: MakeArchitecture, data: dict[str, Any]) -> list[str]:
    """Give the message and the help, without the place: its column depends on the folder's name."""
    with pytest.raises(UserError) as error:
        load_data(make((6, 5, 3), data=data))
    (diagnostic,) = error.value.diagnostics
    return [f"{diagnostic.path}: {diagnostic.message}", str(diagnostic.hint)]


def test_parts_and_names(shapes: str, architecture: MakeArchitecture) -> None:
    """A prepared data set could not be read, or validation would not be held out of training."""
    file = architecture((6, 5, 3), data=section(shapes))
    data = load_data(file)
    assert {name: part.size for name, part in data.parts.items()} == {"train": 18, "validation": 2, "test": 6}
    assert data.class_names == ("round", "square") == file.data.class_names()  # type: ignore[union-attr]  # it is given
    for name, part in data.parts.items():
        pictures, labels = zip(*batches(part, file, 4, name == "train"), strict=True)
        assert sum(len(batch) for batch in labels) == part.size
        assert pictures[0].shape == (4 if part.size > 2 else 2, 6, 5, 3)


def test_parts_are_the_same_every_time(shapes: str, architecture: MakeArchitecture) -> None:
    """Two runs of one file would be tested on other examples."""
    first, second = (load_data(architecture((6, 5, 3), data=section(shapes))) for _ in range(2))
    for name in first.parts:
        pairs = zip(first.parts[name].examples(), second.parts[name].examples(), strict=True)
        assert all(np.array_equal(one["image"], other["image"]) for one, other in pairs)


def test_expressions(shapes: str, architecture: MakeArchitecture) -> None:
    """A file's own split would be ignored."""
    split = {"train": "train[:10]", "validation": "train[10:12]+train[15:]", "test": "test[:50%]"}
    data = load_data(architecture((6, 5, 3), data=section(shapes, split=split)))
    assert {name: part.size for name, part in data.parts.items()} == {"train": 10, "validation": 7, "test": 3}


@pytest.mark.parametrize(
    ("splits", "expected"),
    [
        ({"train", "validation", "test", "extra"}, ("train", "validation", "test")),
        ({"train", "test"}, ("train[:90%]", "train[90%:]", "test")),
        ({"train", "validation"}, ("train[:90%]", "train[90%:]", "validation")),
        ({"train"}, ("train[:80%]", "train[80%:90%]", "train[90%:]")),
        ({"data"}, ()),
    ],
    ids=["three", "two", "as ImageNet", "one", "no train"],
)
def test_default_splits(splits: set[str], expected: tuple[str, ...]) -> None:
    """A data set with other splits than MNIST's could not be used without reading the manual."""
    assert tuple(default_splits(splits).values()) == expected


def test_label_without_names(shapes: str, architecture: MakeArchitecture) -> None:
    """A data set whose labels are plain numbers could not be used."""
    data = section(shapes, label="corners")
    assert refusal(architecture, data) == [
        'data: data: the feature "corners" does not say how many classes there are',
        'add "num_classes"',
    ]
    assert load_data(architecture((6, 5, 3), data=data | {"num_classes": 5})).class_names == ("0", "1", "2", "3", "4")


REFUSALS = [
    pytest.param(
        {"name": "heap"},
        'data.split: data: the data set has no split for train and validation and test; it has "everything"',
        'give "split" with train, validation, test, as in "everything[:80%]"',
        id="no split to train on",
    ),
    pytest.param(
        {"split": {"test": "tset"}},
        'data.split.test: data: the data set has no split "tset"',
        'did you mean "test"?',
        id="a split that there is not",
    ),
    pytest.param(
        {"split": {"test": "test[6:"}},
        "data.split.test: data: \"test[6:\" names no examples: Unrecognized split format: 'test[6:'. See format at "
        "https://www.tensorflow.org/datasets/splits",
        'write it as in "train[:90%]"',
        id="no expression",
    ),
    pytest.param(
        {"split": {"train": "train"}},
        'data.split.train: data: train, "train", and validation, "train[90%:]", share 2 examples',
        'keep them apart, as in "train[:90%]" and "train[90%:]"',
        id="parts that overlap",
    ),
    pytest.param(
        {"split": {"train": "test", "validation": "train", "test": "test[3:]"}},
        'data.split.train: data: train, "test", and test, "test[3:]", share 3 examples',
        'keep them apart, as in "train[:90%]" and "train[90%:]"',
        id="trained on the test",
    ),
    pytest.param(
        {"split": {"test": "test[2:2]"}},
        "data.split.test: data: there are no examples for test",
        "every run trains, validates and tests: give each of the three some examples",
        id="an empty part",
    ),
    pytest.param(
        {"image": "pictur"},
        'data.image: data: the data set has no feature "pictur"',
        'did you mean "picture"?',
        id="a feature that there is not",
    ),
    pytest.param(
        {"label": "comment"},
        'data.label: data: the feature "comment" is no class, but Text(shape=(), dtype=string)',
        'choose one of "kind"',
        id="a label that is no class",
    ),
    pytest.param(
        {"image": "kind"},
        'data.image: data: the feature "kind" is no picture of 8 bits, but ClassLabel(shape=(), dtype=int64, num_classes=2)',
        'choose one of "mask", "picture"',
        id="an image that is no picture",
    ),
    pytest.param(
        {"name": "mnsit"},
        'data.name: data: TensorFlow Datasets has no "mnsit"',
        'did you mean "mnist"?',
        id="a name that there is not",
    ),
    pytest.param(
        {"name": "mnist:9.9.9"},
        'data.name: data: TensorFlow Datasets can\'t open "mnist:9.9.9": Dataset mnist cannot be loaded at version 9.9.9, '
        "only: 3.0.1.",
        "None",
        id="a version that there is not",
    ),
]


@pytest.mark.parametrize(("fields", "message", "hint"), REFUSALS)
def test_refusals(shapes: str, architecture: MakeArchitecture, fields: dict[str, Any], message: str, hint: str) -> None:
    """A mistake in the data section would end in TFDS's traceback, or train on the test."""
    assert refusal(architecture, section(shapes, **fields)) == [message, hint]


def failure(make: MakeArchitecture, data: dict[str, Any]) -> str:
    with pytest.raises(RunError) as error:
        load_data(make((6, 5, 3), data=data))
    return str(error.value)


def test_neither_prepared_nor_to_be_had(
    architecture: MakeArchitecture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a network a run would hang for minutes and end in a traceback."""

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError

    monkeypatch.setattr(socket, "create_connection", refuse)
    for variable in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)
    assert failure(architecture, {"source": "tfds", "name": "mnist", "data_dir": "nowhere"}) == (
        '"mnist" is not in nowhere, and storage.googleapis.com does not answer\n'
        '     = help: connect to the network, or set "data_dir" (or TFDS_DATA_DIR) to a folder in which TFDS has prepared '
        'mnist, or use {"source": "digits"}, which ships'
    )
    assert not (tmp_path / "nowhere").exists()


def test_download_that_fails(architecture: MakeArchitecture, monkeypatch: pytest.MonkeyPatch) -> None:
    """A download that breaks off would end in TFDS's traceback."""
    import tensorflow_datasets as tfds

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("the connection was lost\nand more")

    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: socket.socket())
    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", fail)
    text = failure(architecture, {"source": "tfds", "name": "mnist", "data_dir": "nowhere"})
    assert text.startswith(
        '"mnist" could not be downloaded into nowhere: the connection was lost\n     = help: connect '
    )


def test_to_be_fetched_by_hand(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """Who asks for ImageNet would not learn what to download, and where to put it."""
    assert failure(architecture, {"source": "tfds", "name": "imagenet2012", "data_dir": "nowhere"}) == (
        '"imagenet2012" is not in nowhere, and its makers let no program download it\n'
        "     = help: nowhere/downloads/manual: manual_dir should contain two files: ILSVRC2012_img_train.tar and "
        "ILSVRC2012_img_val.tar. You need to register on https://image-net.org/download-images in order to get the link "
        "to download the dataset."
    )
    assert not (tmp_path / "nowhere").exists()


def test_incomplete_preparation(shapes: str, architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A folder that was copied in part would fail in the middle of a run."""
    shutil.copytree(shapes, tmp_path / "copy")
    folder = tmp_path / "copy" / "shapes" / "1.0.0"
    (folder / "shapes-test.tfrecord-00000-of-00001").unlink()
    assert failure(architecture, section("copy")) == (
        f"{Path('copy/shapes/1.0.0')} is not complete: shapes-test.tfrecord-00000-of-00001 is missing\n"
        f"     = help: delete {Path('copy/shapes/1.0.0')}, and the next run prepares it again"
    )
    (folder / "dataset_info.json").write_text("{")
    assert failure(architecture, section("copy")).startswith("copy/shapes/1.0.0 can't be read: ")


def test_damaged_records(shapes: str, architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A damaged file would end the run in TensorFlow's traceback."""
    shutil.copytree(shapes, tmp_path / "copy")
    file = tmp_path / "copy" / "shapes" / "1.0.0" / "shapes-test.tfrecord-00000-of-00001"
    file.write_bytes(b"\0" * 100 + file.read_bytes()[100:])
    assert failure(architecture, section("copy")).startswith("test: the data can't be read: ")


@pytest.mark.skipif(not TEST_DATA, reason="CNNKERAS_TEST_DATA names no folder with TFDS data")
def test_mnist(architecture: MakeArchitecture) -> None:
    """MNIST as TFDS prepares it could not be trained on."""
    data = {"source": "tfds", "name": "mnist", "data_dir": f"{TEST_DATA}/tfds"}
    file = architecture((28, 28, 1), data=data)
    loaded = load_data(file)
    assert {name: part.size for name, part in loaded.parts.items()} == {
        "train": 54000,
        "validation": 6000,
        "test": 10000,
    }
    assert file.num_classes == len(loaded.class_names) == 10
    counts = np.zeros(10, int)
    for images, labels in batches(loaded.parts["test"], file, 256, training=False):
        counts += np.bincount(labels, minlength=10)
        assert 0.0 <= images.numpy().min() < images.numpy().max() == 1.0
    assert counts.tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
