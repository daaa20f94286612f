"""The whole path: a file becomes a trained, measured, drawn and exported network."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import cnnkeras
from cnnkeras.cli import main
from cnnkeras.datasets.shipped import shipped
from cnnkeras.serving.versions import versions

PROJECT = Path(cnnkeras.__file__).parents[1]
LENET = str(PROJECT / "architectures" / "lenet5.json")
SHORT = ["training.epochs=2", "training.batch_size=64"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a finished run; a test of the module that fails here fails for all of them."""
    runs = tmp_path_factory.mktemp("runs")
    result = subprocess.run(
        [sys.executable, str(PROJECT / "run.py"), LENET, *SHORT, "--runs", str(runs)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.splitlines()) == 1
    return Path(result.stdout.splitlines()[-1])


def test_what_a_run_leaves(finished: Path) -> None:
    """A file that the design promises would be missing, or a finished run would look unfinished."""
    assert finished.parent.name == "lenet5"
    names = {entry.name for entry in finished.iterdir()}
    assert names == {
        "architecture.json",
        "environment.json",
        "history.csv",
        "metrics.json",
        "outcome.json",
        "report.html",
        "test_by_class.csv",
        "test_pictures.csv",
        "model.keras",
        "checkpoints",
        "tensorboard",
        "figures",
        "export",
    }
    assert (finished / "export" / "1" / "saved_model.pb").is_file()
    assert {"curves.png", "confusion_matrix.png", "predictions.png", "kernels.png"} <= {
        figure.name for figure in (finished / "figures").iterdir()
    }


def test_the_figures_of_a_run(finished: Path) -> None:
    """metrics.json or history.csv would not hold what programs read from them."""
    metrics = json.loads((finished / "metrics.json").read_text())
    assert set(metrics) == {"validation", "test"}
    assert set(metrics["test"]) == {"accuracy", "loss"}
    assert metrics["test"]["accuracy"] > 0.7
    rows = list(csv.DictReader((finished / "history.csv").read_text().splitlines()))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert {"loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"} <= set(rows[0])
    classes = list(csv.DictReader((finished / "test_by_class.csv").read_text().splitlines()))
    assert [row["class"] for row in classes] == list("0123456789")
    assert sum(int(row["support"]) for row in classes) == 300
    pictures = list(csv.DictReader((finished / "test_pictures.csv").read_text().splitlines()))
    right = [row["right"] for row in pictures].count("True")
    assert (len(pictures), right / 300) == (300, pytest.approx(metrics["test"]["accuracy"]))
    # As the data's own file names them.
    assert all(re.fullmatch(r"images\[[0-9]+\]", row["picture"]) for row in pictures)


def test_the_outcome_of_a_run(finished: Path) -> None:
    """Who reads the run later could not tell which epoch was kept, or on how many pictures it was trained."""
    outcome = json.loads((finished / "outcome.json").read_text())
    assert outcome["best_epoch"] in (1, 2)
    assert (outcome["monitor"], outcome["mode"], outcome["message"]) == ("val_accuracy", "max", None)
    assert outcome["data"]["parts"] == {"train": 1197, "validation": 300, "test": 300}
    assert (outcome["data"]["picture"], outcome["data"]["classes"]) == ([8, 8, 1], list("0123456789"))


def test_the_report_of_a_run(finished: Path) -> None:
    """The page would lack what the run has drawn and measured."""
    page = (finished / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == len(list((finished / "figures").glob("*.png"))) - 1
    assert "1,197 pictures" in page
    assert all(f'data-name="{name}"' in page for name in ("conv2d_1", "dense_3"))


def test_the_file_of_a_run_runs_again(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run could not be repeated from what it left."""
    content = json.loads((finished / "architecture.json").read_text())
    assert content["training"]["epochs"] == 2
    assert main(["check", str(finished / "architecture.json")]) == 0
    capsys.readouterr()


def test_evaluate_gives_the_run_s_figures(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The network that was kept would not be the one that was measured."""
    assert main(["evaluate", str(finished)]) == 0
    again, before = json.loads(capsys.readouterr().out), json.loads((finished / "metrics.json").read_text())
    for part, figures in before.items():
        for name, value in figures.items():
            assert again[part][name] == pytest.approx(value, abs=1e-6)


def test_predict(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A picture file would get another label than the same picture has in the data."""
    from PIL import Image

    with np.load(shipped("digits") / "digits.npz") as archive:
        content = dict(archive)
    for index in range(8):
        Image.fromarray(content["images"][index]).save(tmp_path / f"{index}.png")
    assert main(["predict", str(finished), str(tmp_path)]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [Path(row["file"]).name for row in rows] == [f"{index}.png" for index in range(8)]
    right = sum(int(row["label"]) == label for row, label in zip(rows, content["labels"][:8], strict=True))
    assert right >= 6


def test_export_again_is_the_next_version(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second export would overwrite the one that a server has open."""
    assert main(["export", str(finished)]) == 0
    assert capsys.readouterr().out == f"{finished / 'export' / '2'}\n"


def test_an_export_is_proved_again(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A user could not tell whether what lies on the server is the network that was trained."""
    first = finished / "export" / "1"
    assert main(["export", str(first), "--verify"]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{first}\n"
    (probabilities,) = [line.split() for line in printed.err.splitlines() if "serve_encoded    prob" in line]
    assert probabilities[:3] == ["serve_encoded", "probabilities", "16"]
    assert float(probabilities[3]) < 1e-5
    assert main(["predict", str(first), str(PROJECT / "data" / "digits" / "sample.png")]) == 0
    capsys.readouterr()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_other_engines(finished: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A user could not take the network to a phone, or not know what it loses on the way."""
    assert main(["export", str(finished), "--to", "tflite-int8", "--json"]) == 0
    said = capfd.readouterr()
    # Nothing of what the converter and the interpreter tell of themselves.
    assert said.err.endswith("writing tflite-int8\n")
    (row,) = json.loads(said.out)
    metrics = json.loads((finished / "metrics.json").read_text())["test"]
    assert row["accuracy"] == pytest.approx(metrics["accuracy"], abs=0.05)
    assert row["kilobytes"] < 200
    assert main(["export", str(finished), "--to", "keras"]) == 0
    assert capfd.readouterr().out == f"{finished / 'engines'}\n"
    rows = list(csv.DictReader((finished / "engines" / "engines.csv").read_text().splitlines()))
    assert [row["engine"] for row in rows] == ["tflite-int8", "keras"]
    assert float(rows[1]["accuracy"]) == pytest.approx(metrics["accuracy"], abs=1e-6)


def test_a_tampered_export_is_caught(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another network than the one that was trained would be served."""
    run = Path(shutil.copytree(finished, tmp_path / "run"))
    weights = run / "export" / "1" / "variables" / "variables.data-00000-of-00001"
    content = bytearray(weights.read_bytes())
    content[1000] ^= 1
    weights.write_bytes(content)
    assert main(["export", str(run / "export" / "1"), "--verify"]) == 1
    assert capsys.readouterr().err == (
        f"{run}/export/1 is not what was exported: variables/variables.data-00000-of-00001 is not as it was written\n"
        "     = help: don't serve it; export the run again: python run.py export RUN\n"
    )


def test_the_newest_run_is_meant(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The README's commands could not be copied: a run's folder has the time in its name."""
    sample = PROJECT / "data" / "digits" / "sample.png"
    (finished.parent / "2020-01-01T00-00-00Z").mkdir()
    (finished.parent / "2020-01-01T00-00-00Z" / "architecture.json").write_text("{}")
    assert main(["predict", str(finished.parent), str(sample)]) == 0
    (row,) = csv.DictReader(capsys.readouterr().out.splitlines())
    assert row["label"] in "0123456789"


def test_a_finished_run_is_not_trained_over(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A finished run would be measured and exported once more, as if something had been trained."""
    assert main(["run", "--resume", str(finished)]) == 2
    assert capsys.readouterr().err == (
        f"{finished}: error[run]: the run is finished: all of its 2 epochs were trained before\n"
        f"     = help: train it further, as in python run.py --resume {finished} training.epochs=4, or start a new run\n"
    )


def test_a_finished_run_without_its_checkpoints_is_not_trained_over(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who made room by deleting checkpoints would lose the network, its figures and its history."""
    run = tmp_path / "2026-01-31T12-00-00Z"
    shutil.copytree(finished, run)
    for change in ("training.epochs=1", "training.epochs=2"):
        assert main(["run", "--resume", str(run), change]) == 2
        assert "the run is finished: all of its 2 epochs were trained before\n" in capsys.readouterr().err
    shutil.rmtree(run / "checkpoints")
    before = (run / "model.keras").read_bytes()
    for changes in ([], ["training.epochs=4"]):
        assert main(["run", "--resume", str(run), *changes]) == 2
        assert capsys.readouterr().err == (
            f"{run}: error[run]: the run is finished: its checkpoints, to train it further from, are gone\n"
            f"     = help: start a new run: python run.py {run}/architecture.json\n"
        )
    assert (run / "model.keras").read_bytes() == before


def test_a_finished_run_is_trained_further(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who wants more epochs would have to train the first ones again."""
    run = tmp_path / "2026-01-31T12-00-00Z"
    shutil.copytree(finished, run)
    history, exported = (run / "history.csv").read_text(), versions(run / "export")
    # What is refused before anything is trained leaves the run as it was.
    assert main(["run", "--resume", str(run), "training.epochs=3", "training.optimizer.type=SGD"]) == 2
    assert capsys.readouterr().err == (
        "command line:1:25: error[resume]: the checkpoints are AdamW's, and the optimizer is SGD\n"
        "   1 | training.optimizer.type=SGD\n"
        "     |                         ^\n"
        "     = help: go on with AdamW, or start a new run\n"
    )
    assert not (run / "UNFINISHED").exists()
    assert main(["run", "--resume", str(run), "training.epochs=3"]) == 0
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "going on after epoch 2"
    now = (run / "history.csv").read_text()
    assert now.startswith(history)
    assert len(now.splitlines()) == 1 + 3
    assert not (run / "UNFINISHED").exists()
    # A server that watches goes over to what was trained further.
    assert len(versions(run / "export")) == len(exported) + 1
    # The file alone would train three epochs from the beginning.
    (resumed,) = json.loads((run / "environment.json").read_text())["resumed"]
    assert (resumed["epoch"], resumed["step"]) == (2, 0)


def test_what_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong folder would end in a traceback."""
    for verb in ("evaluate", "export"):
        assert main([verb, str(tmp_path)]) == 2
        assert capsys.readouterr().err == (
            f"{tmp_path}: error[run]: the folder is no run: it has no architecture.json\n"
            "     = help: name a folder such as runs/lenet5/2026-01-31T12-00-00Z\n"
        )


@pytest.fixture
def stopped(finished: Path, tmp_path: Path) -> Path:
    """Give the folder of an experiment whose one run was stopped before its best network was kept."""
    run = tmp_path / "experiment" / "2026-01-31T12-00-00Z"
    shutil.copytree(finished, run, ignore=shutil.ignore_patterns("export", "model.keras"))
    (run / "UNFINISHED").write_text("")
    return run.parent


def test_a_stopped_run_is_found_in_its_folder(stopped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder of a run that was stopped would be said to hold none, and its report not be written."""
    run = stopped / "2026-01-31T12-00-00Z"
    assert main(["report", str(stopped)]) == 0
    assert str(run / "report.html") in capsys.readouterr().out
    shutil.rmtree(run / "checkpoints")
    assert main(["evaluate", str(stopped)]) == 1
    go_on = f"go on with it: python run.py --resume {run}\n"
    assert capsys.readouterr().err == f"{run} has kept no network yet\n     = help: {go_on}"
    assert main(["predict", str(stopped), "picture.png"]) == 2
    assert capsys.readouterr().err == (
        f"{run}: error[run]: there is no export here\n     = help: the run is not finished; {go_on}"
    )


def test_the_best_network_so_far(finished: Path, stopped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who looks in on a long training, or lost its machine, could do nothing with what it has learned."""
    run = stopped / "2026-01-31T12-00-00Z"
    before = json.loads((finished / "metrics.json").read_text())
    best = json.loads((finished / "outcome.json").read_text())["best_epoch"]
    assert main(["evaluate", str(stopped)]) == 0
    said = capsys.readouterr()
    assert said.err.startswith(
        f"{run} is not finished: this is the best network so far, of epoch {best}\n"
        f"     = help: go on with it: python run.py --resume {run}\n"
    )
    assert json.loads(said.out)["test"]["accuracy"] == pytest.approx(before["test"]["accuracy"], abs=1e-6)
    assert main(["predict", str(stopped), "picture.png"]) == 2
    hint = f"write one of its best network: python run.py export {run}"
    assert capsys.readouterr().err == f"{run}: error[run]: there is no export here\n     = help: {hint}\n"
    assert main(["export", str(stopped)]) == 0
    assert capsys.readouterr().out == f"{run / 'export' / '1'}\n"


def test_fewer_epochs_than_were_trained_are_refused(stopped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The run would be finished for good, and its file name fewer epochs than its history has."""
    before = (stopped / "2026-01-31T12-00-00Z" / "architecture.json").read_text()
    assert main(["run", "--resume", str(stopped), "training.epochs=1"]) == 2
    assert capsys.readouterr().err == (
        "command line: error[resume]: training.epochs is 1, and 2 were trained already\n"
        "     = help: give more, or training.epochs=2 to end with what there is\n"
    )
    assert (stopped / "2026-01-31T12-00-00Z" / "architecture.json").read_text() == before


def test_resume_takes_changes_of_the_training_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run would go on with another network than it began with."""
    assert main(["run", "--resume", str(tmp_path), "layers[0].filters=8"]) == 2
    assert capsys.readouterr().err == (
        "command line: error[resume]: --resume goes on with the run's own file, and layers[0].filters=8 is no change "
        "to its training\n     = help: leave it out, or start a new run\n"
    )
    # What is said to do about a picture that has come to be broken can be done.
    assert main(["run", "--resume", str(tmp_path), "data.on_problem=skip"]) == 2
    assert "the folder is no run" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(("number", "name"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")])
def test_stopped_after_the_training(number: int, name: str, tmp_path: Path) -> None:
    """The process would end without a word on how to go on, or go on as if nothing had been asked of it."""
    command = [sys.executable, str(PROJECT / "run.py"), LENET, "training.epochs=1", "--runs", str(tmp_path)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("measuring"):
            break
    time.sleep(0.2)
    os.kill(process.pid, number)
    said = process.communicate(timeout=120)[1]
    (run,) = (tmp_path / "lenet5").iterdir()
    assert process.returncode == 1
    assert said.endswith(f"stopped by {name}\n     = help: to go on: python run.py --resume {run}\n")


@pytest.mark.slow
def test_ctrl_c_and_resume(tmp_path: Path) -> None:
    """What was trained would be lost with Ctrl-C, or could not be gone on with."""
    command = [sys.executable, str(PROJECT / "run.py")]
    process = subprocess.Popen(
        [*command, LENET, "training.epochs=5000", "--runs", str(tmp_path)], stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 300
    while not list(tmp_path.glob("lenet5/*/model.keras")) and not list(
        tmp_path.glob("lenet5/*/checkpoints/state.json")
    ):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.2)
    os.kill(process.pid, signal.SIGINT)
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 1
    assert re.search(r"stopped by Ctrl-C after (step [0-9]+ of 38 in )?epoch", said)
    (run,) = (tmp_path / "lenet5").iterdir()
    assert (run / "UNFINISHED").is_file()
    assert (run / "model.keras").is_file()
    epochs = len((run / "history.csv").read_text().splitlines()) - 1
    result = subprocess.run(
        [*command, "--resume", str(run), f"training.epochs={epochs + 1}"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"{run}\n"
    assert re.fullmatch(rf"going on after epoch {epochs}( and [0-9]+ steps)?", result.stderr.splitlines()[0])
    assert "measuring, exporting and drawing …" in result.stderr.splitlines()
    assert len((run / "history.csv").read_text().splitlines()) - 1 == epochs + 1
    assert not (run / "UNFINISHED").exists()
    assert json.loads((run / "architecture.json").read_text())["training"]["epochs"] == epochs + 1
