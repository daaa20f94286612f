"""The whole path of a segmentation: scenes become a trained, measured, drawn and served network of masks."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnkeras.cli import main
from tests.commands.runs import finished_run

# Without padding: the network gives the inner 30×30 of its 32×32.
EXPERIMENT = {
    "name": "small",
    "task": "segmentation",
    "input": {"shape": [32, 32, 1]},
    "layers": [
        {"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu"},
        {"type": "Conv2D", "filters": "num_classes", "kernel_size": 1, "activation": "softmax"},
    ],
    "data": {"source": "scenes", "size": 32, "count": {"train": 8, "validation": 4, "test": 12}},
    "training": {"epochs": 1, "batch_size": 4},
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a finished run on very few scenes."""
    return finished_run(tmp_path_factory.mktemp("runs"), EXPERIMENT)


def test_what_a_run_leaves(finished: Path) -> None:
    """A figure or a table that is promised would be missing."""
    assert (finished / "export" / "1" / "saved_model.pb").is_file()
    assert not (finished / "UNFINISHED").exists()
    assert {"curves.png", "confusion_matrix.png", "classes.png", "predictions.png", "worst.png"} <= {
        figure.name for figure in (finished / "figures").iterdir()
    }
    metrics = json.loads((finished / "metrics.json").read_text())
    assert set(metrics["test"]) == {"loss", "accuracy", "mean_iou"}
    classes = list(csv.DictReader((finished / "test_by_class.csv").read_text().splitlines()))
    assert [row["class"] for row in classes] == ["background", *"0123456789"]
    assert {"iou", "dice", "precision", "recall", "support"} <= set(classes[0])
    assert sum(int(row["support"]) for row in classes) == 12 * 30 * 30
    counts = list(csv.DictReader((finished / "test_objects.csv").read_text().splitlines()))
    assert {"picture", "class", "true_objects", "predicted_objects"} == set(counts[0])
    pictures = list(csv.DictReader((finished / "test_pictures.csv").read_text().splitlines()))
    assert {row["picture"] for row in counts} <= {row["picture"] for row in pictures}
    assert sum(int(row["pixels"]) for row in pictures) == 12 * 30 * 30
    assert (finished / "figures" / "counts.png").is_file()


def test_predict_writes_masks(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pictures of other sizes could not be asked about, or their masks not be found."""
    sizes = [(32, 32), (90, 50)]
    for index, size in enumerate(sizes):
        Image.fromarray(np.full(size, 50, np.uint8)).save(tmp_path / f"{index}.png")
    assert main(["predict", str(finished), str(tmp_path)]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [Path(row["file"]).name for row in rows] == ["0.png", "1.png"]
    for row, size in zip(rows, sizes, strict=True):
        mask = np.array(Image.open(row["mask"]))
        assert mask.shape == np.array(Image.open(row["overlay"])).shape[:2] == size
        # The border, about which the network says nothing, is void.
        assert mask[0, 0] == 255
        counts = [int(value) for name, value in row.items() if name.startswith("pixels_")]
        assert counts == np.bincount(mask.reshape(-1), minlength=256).tolist()[:11]
        panoptic = np.array(Image.open(row["panoptic"])).astype(int)
        # Blue is the class, red and green the object's number.
        np.testing.assert_array_equal(panoptic[..., 2], np.where(mask == 255, 0, mask))
        for number in range(1, 11):
            assert int(row[f"objects_{number - 1}"]) == len(np.unique(panoptic[panoptic[..., 2] == number, 0]))
        assert Path(row["mask"]).parent == finished / "predictions" / "1"


def test_predict_lists_the_objects(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """How many there are, and where, would have to be worked out from the masks."""
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32), np.uint8)).save(tmp_path / "noise.png")
    assert main(["predict", str(finished), str(tmp_path / "noise.png")]) == 0
    (row,) = csv.DictReader(capsys.readouterr().out.splitlines())
    folder = Path(row["mask"]).parent
    objects = list(csv.DictReader((folder / "objects.csv").read_text().splitlines()))
    assert len(objects) == sum(int(value) for name, value in row.items() if name.startswith("objects_"))
    assert {"file", "object", "class", "area", "left", "top", "right", "bottom", "x", "y", "score"} == set(objects[0])
    assert all(0 < float(each["score"]) <= 1 for each in objects)
    panoptic = json.loads((folder / "panoptic.json").read_text())
    (annotation,) = panoptic["annotations"]
    assert annotation["file_name"] == Path(row["panoptic"]).name
    assert [segment["area"] for segment in annotation["segments_info"]] == [int(each["area"]) for each in objects]
    ids = np.array(Image.open(row["panoptic"])).astype(int) @ [1, 256, 65536]
    for segment in annotation["segments_info"]:
        assert (ids == segment["id"]).sum() == segment["area"]
    assert [category["isthing"] for category in panoptic["categories"]] == [0, *[1] * 10]


def test_pictures_larger_than_the_network_are_tiled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A network of 32×32 could not be trained, measured, drawn, served and asked on larger pictures at their own scale."""
    sizes = {"size": [40, 70], "count": {"train": 4, "validation": 2, "test": 3}}
    experiment = {
        **EXPERIMENT,
        "input": {"shape": [32, 32, 1], "resize": "tile"},
        "data": {"source": "scenes", **sizes},
    }
    (tmp_path / "small.json").write_text(json.dumps(experiment))
    assert main([str(tmp_path / "small.json"), "--runs", str(tmp_path)]) == 0
    run = Path(capsys.readouterr().out.splitlines()[-1])
    classes = list(csv.DictReader((run / "test_by_class.csv").read_text().splitlines()))
    assert sum(int(row["support"]) for row in classes) == 3 * 40 * 70
    Image.fromarray(np.full((90, 50), 50, np.uint8)).save(tmp_path / "larger.png")
    Image.fromarray(np.full((9, 20), 50, np.uint8)).save(tmp_path / "smaller.png")
    assert main(["predict", str(run), str(tmp_path / "larger.png"), str(tmp_path / "smaller.png")]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    masks = [np.array(Image.open(row["mask"])) for row in rows]
    assert [mask.shape for mask in masks] == [(90, 50), (9, 20)]
    # Mirrored beyond its border, a picture is answered up to it.
    assert all((mask < 11).all() for mask in masks)
