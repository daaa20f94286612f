"""Every data source, for every task that it says it serves: what the tasks and the pipeline rely on."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnkeras.commands.registry import REGISTRY
from cnnkeras.datasets.loading import load_data, read_ahead
from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.source import PARTS, Data
from cnnkeras.datasets.sources import SOURCES
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.data import VOID
from cnnkeras.spec.load import load_architecture
from tests.datasets.conftest import noise
from tests.datasets.sources.conftest import encoded, picture, write

COUNT, HEIGHT, WIDTH = 20, 6, 8
NUMBERS = (np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) % 2).astype(np.uint8)
# A box of each class; the last picture of every five has none.
PLACES = {"a": (1, 1, 5, 3), "b": (2, 0, 8, 6)}

Prepared = dict[str, Any]


def kind(number: int) -> str:
    return "ab"[number % 2]


def has_box(number: int) -> bool:
    return number % 5 < 4


def pictures(below: str) -> None:
    write(Path(below), {f"{number:02}.png": encoded(picture(number, size=(WIDTH, HEIGHT))) for number in range(COUNT)})


def masks(below: str) -> None:
    content = encoded(Image.fromarray(NUMBERS))
    write(Path(below), {f"{number:02}.png": content for number in range(COUNT)})


def table(header: str, row: Callable[[int], str]) -> Prepared:
    pictures("data")
    masks("data/masks")
    Path("data/list.csv").write_text("\n".join([header, *map(row, range(COUNT))]) + "\n")
    return {"path": "data/list.csv"}


def folder() -> Prepared:
    for number in range(COUNT):
        write(Path("data"), {f"{kind(number)}/{number:02}.png": encoded(picture(number, size=(WIDTH, HEIGHT)))})
    return {"path": "data"}


def masks_in_folders() -> Prepared:
    pictures("data/images")
    masks("data/masks")
    return {"path": "data", "classes": ["a", "b"]}


def voc() -> Prepared:
    from tests.datasets.sources.test_voc import annotation

    pictures("data/JPEGImages")
    for number in range(COUNT):
        boxes = [(kind(number), *place) for place in [PLACES[kind(number)]] if has_box(number)]
        write(Path("data/Annotations"), {f"{number:02}.xml": annotation(*boxes, size=(WIDTH, HEIGHT))})
    return {"path": "data"}


def coco() -> Prepared:
    pictures("data/images")
    boxes = [{"image_id": n, "category_id": n % 2, "bbox": [1, 1, 4, 2]} for n in range(COUNT) if has_box(n)]
    content = {
        "images": [{"id": number, "file_name": f"{number:02}.png"} for number in range(COUNT)],
        "annotations": boxes,
        "categories": [{"id": 0, "name": "a"}, {"id": 1, "name": "b"}],
    }
    Path("data/all.json").write_text(json.dumps(content))
    return {"path": "data", "annotations": "all.json"}


def yolo() -> Prepared:
    pictures("data/images")
    for number in range(COUNT):
        line = f"{number % 2} 0.5 0.5 0.25 0.5\n" if has_box(number) else ""
        write(Path("data/labels"), {f"{number:02}.txt": line.encode()})
    Path("data/data.yaml").write_text("train: images\nnames: [a, b]\n")
    return {"path": "data/data.yaml"}


def arrays(**labels: np.ndarray) -> Prepared:
    np.savez("data.npz", images=noise(COUNT, HEIGHT, WIDTH, 3), **labels)
    return {"path": "data.npz"}


def array_boxes() -> dict[str, np.ndarray]:
    places = np.array([[PLACES[kind(number)]] for number in range(COUNT)])
    labels = np.array([[number % 2 if has_box(number) else -1] for number in range(COUNT)])
    return {"boxes": places, "labels": labels}


@cache
def prepared() -> Prepared:
    """Let TFDS prepare pictures with all three kinds of labels, once: it knows a name but once.

    They lie where the files of all tests lie: the folder of the first test that wants them goes with it.
    """
    import tensorflow_datasets as tfds

    features = tfds.features

    class Contract(tfds.core.GeneratorBasedBuilder):
        """Pictures with a class, a mask and boxes."""

        pkg_dir_path = None
        VERSION = tfds.core.Version("1.0.0")

        def _info(self) -> Any:
            inside = {"bbox": features.BBoxFeature(), "label": features.ClassLabel(names=["a", "b"])}
            whole = {
                "image": features.Image(shape=(None, None, 3)),
                "label": features.ClassLabel(names=["a", "b"]),
                "segmentation_mask": features.LabeledImage(labels=["a", "b"], shape=(None, None, 1)),
                "objects": features.Sequence(inside),
            }
            return tfds.core.DatasetInfo(builder=self, features=features.FeaturesDict(whole))

        def _split_generators(self, _: Any) -> dict[str, Any]:
            return {"train": self._generate_examples()}

        def _generate_examples(self) -> Any:
            for number in range(COUNT):
                box = {"bbox": features.BBox(0.0, 0.25, 0.5, 1.0), "label": number % 2}
                yield (
                    number,
                    {
                        "image": noise(COUNT, HEIGHT, WIDTH, 3)[number],
                        "label": number % 2,
                        "segmentation_mask": NUMBERS[..., None],
                        "objects": [box] if has_box(number) else [],
                    },
                )

    builder = Contract(data_dir=tempfile.mkdtemp())
    builder.download_and_prepare()
    return {"path": str(builder.data_path)}


SMALL = {"count": {"train": 16, "validation": 2, "test": 2}, "size": 32}
# What prepares data for a source and a task, in the current folder, and gives the section's keys.
CASES: dict[tuple[str, str], Callable[[], Prepared]] = {
    ("digits", "classification"): dict,
    ("scenes", "segmentation"): lambda: SMALL,
    ("scenes", "detection"): lambda: SMALL,
    ("folder", "classification"): folder,
    ("table", "classification"): lambda: table("path,label", lambda number: f"{number:02}.png,{kind(number)}"),
    ("table", "segmentation"): lambda: table(
        "path,mask", lambda number: f"{number:02}.png,masks/{number:02}.png"
    ) | {"classes": ["a", "b"]},
    ("table", "detection"): lambda: table(
        "path,label,xmin,ymin,xmax,ymax",
        lambda number: f"{number:02}.png,{kind(number)},1,1,5,3" if has_box(number) else f"{number:02}.png,,,,,",
    ),
    ("masks", "segmentation"): masks_in_folders,
    ("voc", "detection"): voc,
    ("coco", "detection"): coco,
    ("yolo", "detection"): yolo,
    ("arrays", "classification"): lambda: arrays(labels=np.arange(COUNT) % 2),
    ("arrays", "segmentation"): lambda: arrays(masks=np.stack([NUMBERS] * COUNT)) | {"classes": ["a", "b"]},
    ("arrays", "detection"): lambda: arrays(**array_boxes()),
    ("tfds", "classification"): prepared,
    ("tfds", "segmentation"): prepared,
    ("tfds", "detection"): prepared,
}  # fmt: skip


def architecture(source: str, task: str, fields: Prepared) -> Architecture:
    """Give a file with that data section, its source told what the task wants."""
    content = {
        "input": {"shape": [HEIGHT, WIDTH, 3]},
        "task": task,
        "layers": [{"type": "Flatten"}],
        "data": {"source": source, **fields},
    }
    Path("file.json").write_text(json.dumps(content, indent=1))
    loaded = load_architecture("file.json", registry=REGISTRY).architecture
    assert loaded is not None
    assert loaded.data is not None
    assert loaded.data.task == task
    return loaded


def examples(data: Data, part: str) -> list[dict[str, Any]]:
    return list(data.parts[part].examples().as_numpy_iterator())


def test_every_source_is_held_to_it() -> None:
    """A source or a task of its could be added and never be tried."""
    assert set(CASES) == {(name, task) for name, source in SOURCES.items() for task in source.tasks}


@pytest.mark.parametrize(("source", "task"), CASES, ids=["-".join(case) for case in CASES])
def test_source(source: str, task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one task or the pipeline relies on would hold for some sources and not for others."""
    monkeypatch.chdir(tmp_path)
    file = architecture(source, task, CASES[source, task]())
    data = load_data(file)
    check_parts(file, data)
    for part in PARTS:
        found = examples(data, part)
        assert len(found) == data.parts[part].size > 0
        for example in found:
            check_example(task, example, len(data.class_names))
    # The same examples in the same order, in another process as well: nothing hangs on chance or time.
    again = load_data(replace(file))
    for part in PARTS:
        for one, other in zip(examples(data, part), examples(again, part), strict=True):
            assert one.keys() == other.keys()
            assert all(np.array_equal(one[key], other[key]) for key in one)
    read_ahead(data, file)
    check_batches(task, file, data)


def check_parts(file: Architecture, data: Data) -> None:
    assert tuple(data.parts) == PARTS
    assert [part.name for part in data.parts.values()] == [*PARTS]
    assert file.data is not None
    known = file.data.class_names()
    assert known in (None, data.class_names)
    assert len(set(data.class_names)) == len(data.class_names) > 1
    assert all(part.num_classes == len(data.class_names) for part in data.parts.values())
    assert all(note.startswith("data: ") for note in data.notes)


def check_example(task: str, example: dict[str, Any], num_classes: int) -> None:
    image = example["image"]
    assert (image.dtype, image.ndim) == (np.uint8, 3)
    height, width = image.shape[:2]
    if task == "classification":
        assert (example["label"].dtype, example["label"].shape) == (np.int64, ())
        assert 0 <= example["label"] < num_classes
    elif task == "segmentation":
        mask = example["label"]
        assert (mask.dtype, mask.shape) == (np.uint8, (height, width))
        assert ((mask < num_classes) | (mask == VOID)).all()
    else:
        boxes, classes = example["boxes"], example["classes"]
        assert (boxes.dtype, boxes.shape, classes.dtype) == (np.float32, (len(classes), 4), np.int64)
        assert ((boxes >= 0) & (boxes <= [width, height, width, height])).all()
        assert (boxes[:, 2:] > boxes[:, :2]).all()
        assert ((classes >= 0) & (classes < num_classes)).all()
        assert example.get("crowd", classes).shape == classes.shape


def check_batches(task: str, file: Architecture, data: Data) -> None:
    shapes = {"classification": (), "segmentation": (HEIGHT, WIDTH), "detection": (None, 5)}
    images, labels = next(iter(batches(data.parts["validation"], file, 2, training=False)))
    assert tuple(images.shape[1:]) == (HEIGHT, WIDTH, 3)
    wanted = shapes[task]
    assert len(labels.shape) == 1 + len(wanted)
    assert all(side in (None, given) for side, given in zip(wanted, labels.shape[1:], strict=True))
