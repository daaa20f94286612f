"""Boxes from the export and in files: the same for a file, for a client, and at thresholds that the user chooses."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from PIL import Image

from cnnkeras.serving.answering import Answering
from cnnkeras.serving.boxes import drawn
from cnnkeras.serving.endpoints import SERVING_DEFAULT
from cnnkeras.serving.export import export
from cnnkeras.serving.predict import predict
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.prediction import PredictionSection
from tests.inspection.networks import architecture_of, model_of, pictures
from tests.tasks.detection.small_head import LAYERS

NAMES = ("cat", "dog", "owl")
SIZES = [(32, 32), (20, 50), (70, 40)]


@dataclass(frozen=True)
class Detector:
    run: Path
    path: Path
    architecture: Architecture
    model: object


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Detector:
    """Give the export of a network that says at every place what it sees, proved as a run does it."""
    run = tmp_path_factory.mktemp("run")
    section = {"shape": [32, 32, 1], "resize": "letterbox", "range": [-1, 1]}
    prediction = {"score_threshold": 0.5, "iou_threshold": 0.3, "max_detections": 40}
    architecture = architecture_of(run, LAYERS, task="detection", input=section, prediction=prediction)
    model = model_of(architecture)
    # Around zero, so that it is sure of some places and not of others.
    model.set_weights([weight - weight.mean() for weight in model.get_weights()])
    golden = [picture for size in SIZES for picture in pictures(2, *size)]
    path = export(model, architecture, architecture.task, NAMES, run / "export", golden)
    return Detector(run, path, architecture, model)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Give a picture of each size."""
    found = []
    for index, size in enumerate(SIZES):
        found.append(tmp_path / f"{index}.png")
        found[-1].write_bytes(tf.io.encode_png(pictures(1, *size)[0]).numpy())
    return found


def test_the_export_answers_with_boxes_in_the_picture_s_own_pixels(detector: Detector) -> None:
    """Callers would have to know how the picture was resized, and suppress boxes themselves."""
    serve = tf.saved_model.load(str(detector.path)).signatures[SERVING_DEFAULT]
    for height, width in SIZES:
        answer = {name: value.numpy() for name, value in serve(images=pictures(3, height, width).astype("f4")).items()}
        assert {name: value.shape for name, value in answer.items()} == {
            "boxes": (3, 40, 4), "scores": (3, 40), "classes": (3, 40), "labels": (3, 40), "count": (3,),
        }  # fmt: skip
        assert answer["count"].min() > 0
        assert answer["count"].max() < 40
        for index, count in enumerate(answer["count"]):
            boxes, scores, labels = (answer[name][index] for name in ("boxes", "scores", "labels"))
            assert (boxes[:count, 2:] > boxes[:count, :2]).all()
            assert (boxes >= 0).all()
            assert (boxes <= [width, height, width, height]).all()
            assert (scores[:count] > 0.5).all()
            assert (np.diff(scores) <= 0).all()
            assert [label.decode() for label in labels[:count]] == [NAMES[k] for k in answer["classes"][index, :count]]
            assert not boxes[count:].any()
            assert set(labels[count:]) <= {b""}
            assert set(answer["classes"][index, count:]) <= {-1}


def test_files_get_the_served_answer(detector: Detector, files: list[Path]) -> None:
    """What `predict` shows would not be what a server says."""
    predicted = predict(Answering.of_export(detector.run), files)
    assert list(predicted.table.columns) == ["file", "drawing", "count", "labels"]
    folder = Path(predicted.table["drawing"][0]).parent
    assert folder.parent == detector.run / "predictions"
    boxes, results = pd.read_csv(folder / "boxes.csv"), json.loads((folder / "coco_results.json").read_text())
    serve = tf.saved_model.load(str(detector.path)).signatures[SERVING_DEFAULT]
    for number, (file, size) in enumerate(zip(files, SIZES, strict=True)):
        answer = serve(images=pictures(1, *size).astype(np.float32))
        count = int(answer["count"][0])
        own = boxes[boxes["file"] == str(file)]
        np.testing.assert_allclose(own[["left", "top", "right", "bottom"]], answer["boxes"][0, :count], atol=1e-3)
        np.testing.assert_allclose(own["score"], answer["scores"][0, :count], atol=1e-6)
        np.testing.assert_array_equal(own["class"], answer["classes"][0, :count])
        assert predicted.table["count"][number] == count
        mine = [each for each in results if each["image_id"] == number + 1]
        assert {each["file_name"] for each in mine} == {file.name}
        corners = np.array([each["bbox"] for each in mine])
        corners[:, 2:] += corners[:, :2]
        np.testing.assert_allclose(corners, answer["boxes"][0, :count], atol=3e-3)
        assert [each["category_id"] for each in mine] == list(own["class"])


def test_other_thresholds_are_answered_by_the_same_network(detector: Detector, files: list[Path]) -> None:
    """A user could not look for more boxes, or for surer ones, without training again."""
    counts = {}
    for threshold in (0.3, 0.5, 0.6):
        section = PredictionSection(**{**detector.architecture.prediction.model_dump(), "score_threshold": threshold})
        changed = replace(detector.architecture, prediction=section)
        answering = Answering.of_network(detector.run, changed, detector.model)
        counts[threshold] = predict(answering, files).table["count"].to_list()
    assert counts[0.5] == predict(Answering.of_export(detector.run), files).table["count"].to_list()
    assert sum(counts[0.3]) > sum(counts[0.5]) > sum(counts[0.6])


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_boxes_are_drawn_where_they_are(channels: int) -> None:
    """A person could not see what was found."""
    picture = np.full((30, 40, channels), 90, np.uint8)
    image = drawn(picture, np.array([[10, 20, 30, 29], [0, 0, 40, 30]], float), ["", ""], [(255, 0, 0), (0, 0, 255)])
    assert image.size == (480, 360)
    assert image.getpixel((10 * 12 + 1, 25 * 12)) == (255, 0, 0)
    assert image.getpixel((479, 100)) == (0, 0, 255)
    assert image.getpixel((240, 100)) == (90, 90, 90)
    assert drawn(np.zeros((600, 700, 3), np.uint8), np.empty((0, 4)), [], []).size == (700, 600)


def test_a_drawing_is_a_picture_file(detector: Detector, files: list[Path]) -> None:
    """A user would open a file that no program reads, or that another picture's was written over."""
    twice = predict(Answering.of_export(detector.run), [files[1], files[1]])
    assert len(set(twice.table["drawing"])) == 2
    with Image.open(twice.table["drawing"][0]) as image:
        assert image.size == (50 * 9, 20 * 9)
