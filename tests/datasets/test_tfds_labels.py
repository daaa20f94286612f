"""Masks and boxes of data sets that TFDS has prepared, and folders that it can read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnkeras.datasets.loading import load_data, read_ahead
from cnnkeras.errors import RunError, UserError

from .conftest import MakeArchitecture

HEIGHT, WIDTH = 6, 8


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Let TFDS prepare pictures with masks of several kinds and boxes; give the folder of the version."""
    import tensorflow_datasets as tfds

    features = tfds.features

    def boxes(number: int) -> list[dict[str, Any]]:
        # The second box of the picture 4 has no area.
        places = [(0.0, 0.25, 0.5, 1.0), (0.5, 0.5, 0.5, 0.75) if number == 4 else (0.5, 0.0, 1.0, 0.5)]
        return [
            {"bbox": features.BBox(*place), "label": index, "is_crowd": bool(index)}
            for index, place in enumerate(places[: number % 3 + 1])
        ]

    class Things(tfds.core.GeneratorBasedBuilder):
        """Pictures of a single grey, the number of the example, and what is in them."""

        pkg_dir_path = None
        VERSION = tfds.core.Version("1.0.0")

        def _info(self) -> Any:
            inside = {
                "bbox": features.BBoxFeature(),
                "label": features.ClassLabel(names=["cat", "dog"]),
                "is_crowd": np.bool_,
            }
            whole = {
                "image": features.Image(shape=(None, None, 3)),
                "segmentation_mask": features.Image(shape=(None, None, 1)),
                "named": features.LabeledImage(labels=["sky", "sea", "sand"], shape=(None, None, 1)),
                "coloured": features.Image(shape=(None, None, 3)),
                "small": features.Image(shape=(None, None, 1)),
                "objects": features.Sequence(inside),
                "numbers": features.Sequence(np.int64),
            }
            return tfds.core.DatasetInfo(builder=self, features=features.FeaturesDict(whole))

        def _split_generators(self, _: Any) -> dict[str, Any]:
            return {"train": self._generate_examples(10), "test": self._generate_examples(3)}

        def _generate_examples(self, count: int) -> Iterator[tuple[int, dict[str, Any]]]:
            numbers = (np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH, 1) % 3).astype(np.uint8)
            colours = np.array([[1, 2, 3], [0, 0, 0], [255, 128, 0]], np.uint8)
            for number in range(count):
                yield (
                    number,
                    {
                        "image": np.full((HEIGHT, WIDTH, 3), number, np.uint8),
                        "segmentation_mask": numbers + 1,
                        "named": numbers,
                        "coloured": colours[numbers[..., 0]],
                        "small": numbers[:3],
                        "objects": boxes(number),
                        "numbers": [1, 2],
                    },
                )

    builder = Things(data_dir=tmp_path_factory.mktemp("tfds"))
    builder.download_and_prepare()
    return str(builder.data_path)


NUMBERS = np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) % 3
COLOURS = {"a": [1, 2, 3], "b": [0, 0, 0], "c": [255, 128, 0]}


def section(folder: str, **fields: Any) -> dict[str, Any]:
    return {"source": "tfds", "path": folder, **fields}


MASKS: list[tuple[dict[str, Any], tuple[str, ...], np.ndarray]] = [
    ({"classes": {"pet": 1, "background": 2, "outline": 3}}, ("pet", "background", "outline"), NUMBERS),
    ({"classes": {"background": 2, "pet": 1}, "void": 3}, ("background", "pet"), np.array([1, 0, 255])[NUMBERS]),
    ({"num_classes": 4}, ("0", "1", "2", "3"), NUMBERS + 1),
    ({"mask": "named"}, ("sky", "sea", "sand"), NUMBERS),
    ({"mask": "named", "classes": ["a", "b", "c"]}, ("a", "b", "c"), NUMBERS),
    ({"mask": "coloured", "classes": COLOURS}, ("a", "b", "c"), NUMBERS),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "names", "expected"), MASKS)
def test_masks(
    things: str, architecture: MakeArchitecture, fields: dict[str, Any], names: tuple[str, ...], expected: np.ndarray
) -> None:
    """The pets of TFDS, whose masks count from 1, could not be segmented."""
    file = architecture((HEIGHT, WIDTH, 3), data=section(things, **fields), label="mask")
    data = load_data(file)
    assert data.class_names == names
    assert {name: part.size for name, part in data.parts.items()} == {"train": 9, "validation": 1, "test": 3}
    for part in data.parts.values():
        for example in part.examples().as_numpy_iterator():
            assert (example["label"].dtype, example["label"].tolist()) == (np.uint8, expected.tolist())
    if "num_classes" not in fields:
        assert file.data is not None
        assert file.data.class_names() == names
    read_ahead(data, file)


def test_boxes(things: str, architecture: MakeArchitecture) -> None:
    """VOC and COCO as TFDS has them could not be trained on, or boxes would lie elsewhere."""
    file = architecture((HEIGHT, WIDTH, 3), data=section(things), label="boxes")
    data = load_data(file)
    assert file.data is not None
    assert data.class_names == ("cat", "dog") == file.data.class_names()
    found = {}
    for part in ("train", "validation"):
        for example in data.parts[part].examples().as_numpy_iterator():
            found[int(example["image"][0, 0, 0])] = example
    assert len(found) == 10
    assert found[1]["boxes"].tolist() == [[2, 0, 8, 3], [0, 3, 4, 6]]
    assert (found[1]["classes"].tolist(), found[1]["crowd"].tolist()) == ([0, 1], [0, 1])
    assert (found[1]["boxes"].dtype, found[1]["classes"].dtype) == (np.float32, np.int64)
    assert found[0]["boxes"].tolist() == found[4]["boxes"].tolist() == [[2, 0, 8, 3]]
    (note,) = data.remarks
    assert note.startswith("data: 1 box has no area (left out): train ")
    assert note.endswith(", box 2")
    read_ahead(data, file)


REFUSALS: list[tuple[str, dict[str, Any], str, str]] = [
    ("mask", {}, 'data: data: the feature "segmentation_mask" does not say what its numbers mean',
     'add "classes", the names with their numbers: {"pet": 1, "background": 2}'),
    ("mask", {"mask": "masks"}, 'data.mask: data: the data set has no feature "masks"', 'use one of "'),
    ("mask", {"mask": "objects", "num_classes": 3}, 'data.mask: data: the feature "objects" is no mask, but Sequence({',
     'choose one of "coloured", "named", "segmentation_mask", "small"'),
    ("boxes", {"boxes": "numbers"}, 'data.boxes: data: the feature "numbers" is no sequence of boxes, but Sequence(int64)',
     'choose one of "numbers", "objects"'),
    ("boxes", {"label": "kind"}, 'data.label: data: the boxes in "objects" have no feature "kind"', 'use one of "'),
    ("boxes", {"label": "bbox"}, 'data.label: data: the feature "objects/bbox" is no class, but BBoxFeature(', 'choose one of "label"'),
    ("boxes", {"classes": ["a"]}, 'data.classes: data: "classes" says what the numbers of masks mean, and there are none',
     "leave it out: the data set names its classes"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "fields", "message", "hint"), REFUSALS)
def test_refusals(
    things: str, architecture: MakeArchitecture, label: str, fields: dict[str, Any], message: str, hint: str
) -> None:
    """A mistake in the data section would end in TFDS's traceback."""
    with pytest.raises(UserError) as error:
        load_data(architecture((HEIGHT, WIDTH, 3), data=section(things, **fields), label=label))
    (found,) = error.value.diagnostics
    assert f"{found.path}: {found.message}".startswith(message)
    assert str(found.hint).startswith(hint)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"classes": {"a": 1, "b": 2}},
            "a mask has the value 3, which is no class: name it in classes or void",
        ),
        ({"mask": "small", "num_classes": 3}, "a mask is 8×3, and its picture 8×6"),
    ],
)
def test_masks_that_do_not_fit(
    things: str, architecture: MakeArchitecture, fields: dict[str, Any], reason: str
) -> None:
    """Pixels that nobody has named would be learned as a class."""
    with pytest.raises(RunError) as error:
        load_data(architecture((HEIGHT, WIDTH, 3), data=section(things, **fields), label="mask"))
    assert str(error.value).splitlines()[0] == f"train: the data can't be read: {reason}"


def test_folders_that_are_none(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A folder of records alone would end in TFDS's traceback."""
    (tmp_path / "records").mkdir()
    for folder, message, hint in (
        ("none", "none is not there", f"the path counts from the directory in which the command is run, {tmp_path}, unless it begins with / or ~"),
        ("records", "records is no folder that TFDS has prepared: it has no dataset_info.json",
         "name the folder of a version, in which dataset_info.json and the records lie, as tfds.folder_dataset writes them"),
    ):  # fmt: skip
        with pytest.raises(UserError) as error:
            load_data(architecture((8, 8, 3), data=section(folder)))
        (found,) = error.value.diagnostics
        assert (found.path, found.message, found.hint) == ("data.path", f"data: {message}", hint)


@pytest.mark.parametrize("fields", [{}, {"name": "mnist", "path": "x"}])
def test_named_once(fields: dict[str, Any], tmp_path: Path) -> None:
    """A file could name two data sets, and one would be taken without a word."""
    import json

    from cnnkeras.datasets.sources import SOURCES
    from cnnkeras.spec.load import load_architecture
    from cnnkeras.spec.task import Registry

    content = {"input": {"shape": [8, 8, 1]}, "layers": [{"type": "Flatten"}], "data": {"source": "tfds", **fields}}
    (tmp_path / "file.json").write_text(json.dumps(content))
    found = load_architecture(tmp_path / "file.json", registry=Registry(sources=SOURCES)).diagnostics
    message, hint = (
        ('data: "name" and "path" are both there', "leave one out")
        if fields
        else ('data: "name" is missing', 'add it, as in "name": "mnist", or "path" for a prepared folder')
    )
    assert (message, hint) in [(finding.message, finding.hint) for finding in found]
