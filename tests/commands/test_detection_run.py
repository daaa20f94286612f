"""The whole path of a detection: scenes become a trained, measured, drawn and served network of boxes."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnkeras.cli import main
from tests.commands.runs import finished_run
from tests.tasks.detection import small_head

EXPERIMENT = {
    "name": "small",
    "task": "detection",
    "input": {"shape": [32, 32, 1], "resize": "letterbox"},
    "layers": small_head.LAYERS,
    "data": {"source": "scenes", "size": 32, "digits": [0, 3], "count": {"train": 8, "validation": 4, "test": 12}},
    "training": {"epochs": 2, "batch_size": 4},
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a finished run on very few scenes."""
    return finished_run(tmp_path_factory.mktemp("runs"), EXPERIMENT)


def test_what_a_run_leaves(finished: Path) -> None:
    """A figure or a table that is promised would be missing."""
    assert (finished / "export" / "1" / "saved_model.pb").is_file()
    assert not (finished / "UNFINISHED").exists()
    names = {"curves", "confusion_matrix", "classes", "precision_recall", "confidence", "predictions", "worst", "best"}
    assert {f"{name}.png" for name in names} <= {figure.name for figure in (finished / "figures").iterdir()}
    metrics = json.loads((finished / "metrics.json").read_text())
    assert set(metrics["test"]) == {"loss", "map", "map_50", "map_75", "map_small", "precision", "recall"}
    classes = list(csv.DictReader((finished / "test_by_class.csv").read_text().splitlines()))
    assert [row["class"] for row in classes] == list("0123456789")
    assert {"map", "map_50", "map_75", "precision", "recall", "f1", "support"} <= set(classes[0])
    pictures = list(csv.DictReader((finished / "test_pictures.csv").read_text().splitlines()))
    assert sum(int(row["objects"]) for row in pictures) == sum(int(row["support"]) for row in classes)
    assert sum(int(row["found"]) for row in pictures) == sum(int(row["right"]) for row in classes)


def test_the_best_epoch_is_measured_as_the_metrics_are(finished: Path) -> None:
    """The figure by which an epoch is kept would be another than the one that is told of it."""
    history = list(csv.DictReader((finished / "history.csv").read_text().splitlines()))
    assert {"loss", "val_loss", "val_map", "val_map_50"} <= set(history[0])
    metrics = json.loads((finished / "metrics.json").read_text())["validation"]
    best = max(history, key=lambda row: (float(row["val_map"]), -float(row["val_loss"])))
    assert float(best["val_map"]) == pytest.approx(metrics["map"], abs=1e-5)
    assert float(best["val_loss"]) == pytest.approx(metrics["loss"], rel=1e-4)


def picture(file: Path, height: int, width: int) -> None:
    Image.fromarray(np.random.default_rng(height).integers(0, 256, (height, width), np.uint8)).save(file)


def test_predict_at_the_user_s_thresholds(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A user could not choose how sure a box has to be, or one broken file would cost all the others' answers."""
    for index, size in enumerate([(32, 32), (90, 50)]):
        picture(tmp_path / f"{index}.png", *size)
    command = ["predict", str(finished), str(tmp_path / "*.png")]
    counts = {}
    for score in ("0.01", "0.6"):
        assert main([*command, "--score", score, "--iou", "0.9", "--max-detections", "50"]) == 0
        rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
        counts[score] = [int(row["count"]) for row in rows]
        assert all(Path(row["drawing"]).is_file() for row in rows)
    assert max(counts["0.6"]) < min(counts["0.01"]) <= max(counts["0.01"]) == 50

    (tmp_path / "2.png").write_bytes(b"no picture")
    assert main(command) == 1
    out, err = capsys.readouterr()
    assert len(list(csv.DictReader(out.splitlines()))) == 2
    assert err.splitlines()[-2:] == [
        f"{tmp_path}/2.png: error[picture]: is no picture",
        "     = help: JPEG, PNG, GIF and BMP are read",
    ]
    folders = {folder.name for folder in (finished / "predictions").iterdir()}
    assert main(["predict", str(finished), str(tmp_path / "2.png")]) == 2
    assert {folder.name for folder in (finished / "predictions").iterdir()} == folders


def test_an_export_at_the_user_s_thresholds(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who wants surer boxes from the server would have to train again, or edit the run's file by hand."""
    picture(tmp_path / "0.png", 32, 32)
    assert main(["export", str(finished), "--score", "0.01", "--iou", "0.9"]) == 0
    exported = capsys.readouterr().out.strip()
    counts = []
    for asked in (["predict", exported], ["predict", f"{finished}/export/1"]):
        assert main([*asked, str(tmp_path / "0.png")]) == 0
        (row,) = csv.DictReader(capsys.readouterr().out.splitlines())
        counts.append(int(row["count"]))
    assert counts[0] > counts[1]
    assert main(["export", exported, "--verify"]) == 0
    capsys.readouterr()
    assert main(["export", str(finished), "--to", "keras", "--score", "0.1"]) == 2
    assert capsys.readouterr().err == (
        "command line: error[export]: thresholds are of the served answer: --to and --verify have none\n"
        "     = help: leave them out\n"
    )
    shutil.rmtree(exported)


def test_a_threshold_that_is_none_is_told(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A user would read a traceback, or get no box and not know why."""
    picture(tmp_path / "0.png", 32, 32)
    assert main(["predict", str(finished), str(tmp_path / "0.png"), "--score", "1.5"]) == 2
    assert capsys.readouterr().err == (
        'command line:1:28: error[value]: prediction: "score_threshold" must be less than 1.0, and it is 1.5\n'
        "   1 | prediction.score_threshold=1.5\n"
        "     |                            ^\n"
    )
