"""`compare` and `report`: runs side by side, and the page of one, without TensorFlow."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from pathlib import Path

import pytest

from cnnkeras.cli import main
from tests.inspection.page.runs import course, write_run

pytestmark = pytest.mark.fast


def metrics(accuracy: float) -> dict[str, dict[str, float]]:
    return {part: {"loss": 1 - accuracy, "accuracy": accuracy} for part in ("validation", "test")}


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Give an experiment with two finished runs and one that was stopped."""
    folder = tmp_path / "runs" / "lenet5"
    write_run(folder / "first", metrics=metrics(0.9))
    write_run(folder / "second", metrics=metrics(0.98), changes=["training.batch_size=64", "layers[0].filters=12"])
    (write_run(folder / "third") / "UNFINISHED").touch()
    return folder


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[str, str]:
    """Give what a command that ends well says."""
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    assert status == 0, captured.err
    return captured.out, captured.err


def complaint(capsys: pytest.CaptureFixture[str], status: int, *arguments: object) -> str:
    """Give what a command that ends with this status says."""
    assert main([str(argument) for argument in arguments]) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def test_a_folder_means_its_finished_runs(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What differs, and what came of it, would have to be looked for in the runs' files."""
    out, err = said(capsys, "compare", runs)
    assert out == (
        "                       first   second\n"
        "training.batch_size       32       64\n"
        "layers[0].filters          6       12\n"
        "validation loss       0.1000   0.0200\n"
        "validation accuracy   0.9000   0.9800\n"
        "test loss             0.1000   0.0200\n"
        "test accuracy         0.9000   0.9800\n"
        "parameters            61,706   64,262\n"
        "MACs                 416.5 k  774.1 k\n"
        "epochs                    12       12\n"
        "best epoch                12       12\n"
        "seconds                 18 s     18 s\n"
        "images a second        2,000    2,000\n"
    )
    assert err == (
        f"{runs}/third is left out: it is not finished\n"
        "\nBy the validation part second is the best: accuracy 0.9800, the next has 0.9000.\n"
        f"\npage: {runs}/comparison.html\n"
    )
    page = (runs / "comparison.html").read_text(encoding="utf-8")
    assert "layers[0].filters" in page
    assert page.count("<figure") == 2
    # A pattern of the shell's means the page as well.
    assert said(capsys, "compare", runs / "comparison.html", runs / "first", runs / "second")[0] == out


def test_runs_on_different_data_are_not_ranked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The run with the easier pictures would be called the better network."""
    write_run(tmp_path / "a", metrics=metrics(0.9))
    changes = ['data={"source": "folder", "path": "pictures", "num_classes": 10}']
    write_run(tmp_path / "b", metrics=metrics(0.98), changes=changes)
    out, err = said(capsys, "compare", tmp_path)
    differing = [line.split()[0] for line in out.splitlines() if line.startswith("data.")]
    # What the one source has and the other lacks is no difference where nobody has named it.
    assert differing == ["data.source", "data.num_classes", "data.path"]
    assert "They were not measured on the same data (see data.…), so their figures do not tell which is better." in err
    assert "is the best" not in err
    page = (tmp_path / "comparison.html").read_text(encoding="utf-8")
    assert "The best is bold" not in page
    assert "number leads" not in page


def test_what_one_run_names_is_told_of_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run whose file leaves a setting out would look as if it had none, where a third has another source."""
    folder = {"source": "folder", "path": "pictures", "num_classes": 10}
    for name, data in {
        "a": folder,
        "b": {**folder, "on_problem": "skip", "seed": 5},
        "c": {"source": "digits"},
    }.items():
        write_run(tmp_path / name, changes=[f"data={json.dumps(data)}"])
    out, _ = said(capsys, "compare", tmp_path)
    rows = {words[0]: words[1:] for line in out.splitlines() if (words := line.split())[0].startswith("data.")}
    assert rows["data.on_problem"] == ["error", "skip", "–"]
    assert rows["data.seed"] == ["0", "5", "–"]
    assert list(rows) == ["data.source", "data.num_classes", "data.path", "data.seed", "data.on_problem"]


def test_runs_that_train_otherwise_on_the_same_data_are_ranked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody could tell whether augmentation helps."""
    write_run(tmp_path / "a", metrics=metrics(0.9))
    write_run(
        tmp_path / "b", metrics=metrics(0.98), changes=['data.augmentation=[{"type": "RandomContrast", "factor": 0.1}]']
    )
    assert "By the validation part b is the best" in said(capsys, "compare", tmp_path)[1]


def test_a_difference_that_may_be_chance_is_called_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A user would keep the luckier seed."""
    for name, accuracy in (("a", 0.975), ("b", 0.98)):
        write_run(tmp_path / name, metrics=metrics(accuracy))
    _, err = said(capsys, "compare", tmp_path / "a", tmp_path / "b")
    assert "With 1,500 validation pictures that may be chance: 0.9716 to 0.9860 is its 95 % interval." in err
    assert "Nothing: the files of these runs say the same." in (tmp_path / "comparison.html").read_text()


def test_equal_runs_are_called_equal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The one that was named first would seem the better one."""
    for name, accuracy in (("a", 0.98), ("b", 0.98), ("c", 0.9)):
        write_run(tmp_path / name, metrics=metrics(accuracy))
    _, err = said(capsys, "compare", tmp_path)
    assert "By the validation part a and b are the best, and equal: accuracy 0.9800, the next has 0.9000.\n" in err


def test_programs_read_json_and_csv(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A script would have to take a table for people apart."""
    out, err = said(capsys, "compare", runs / "first", runs / "second", "--json")
    first, second = json.loads(out)
    assert first["differs"] == {"training.batch_size": 32, "layers[0].filters": 6}
    assert second["metrics"]["test"]["accuracy"] == 0.98
    assert (second["run"], second["best_epoch"], second["seconds"]) == (str(runs / "second"), 12, 18.0)
    assert err == ""
    out, _ = said(capsys, "compare", runs, "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["run"], row["parameters"]) for row in rows] == [("first", "61706"), ("second", "64262")]
    # Only who reads the table gets a page that was not asked for.
    assert not (runs / "comparison.html").exists()


def test_the_page_goes_where_it_is_wanted(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder of runs that belongs to others would have to be written into."""
    said(capsys, "report", runs / "first")
    said(capsys, "compare", runs, "--csv", "--html", tmp_path / "new" / "page.html")
    page = (tmp_path / "new" / "page.html").read_text(encoding="utf-8")
    assert 'href="../runs/lenet5/first/report.html"' in page
    assert page.count("report.html") == 1


def test_networks_of_other_layers_are_compared_as_wholes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every layer behind one that was put in would be told as another."""
    write_run(tmp_path / "lenet5")
    write_run(tmp_path / "mlp", "architectures/mlp.json")
    out, _ = said(capsys, "compare", tmp_path, "--json")
    assert json.loads(out)[0]["differs"]["layers"] == 8
    assert not [name for name in json.loads(out)[0]["differs"] if re.match(r"layers\[[0-9]", name)]


def test_json_has_null_for_what_is_no_number(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A size that no picture of the test part has is NaN, which strict readers of JSON refuse."""
    metrics = runs / "first" / "metrics.json"
    content = json.loads(metrics.read_text())
    content["test"]["map_large"] = float("nan")
    metrics.write_text(json.dumps(content))
    out, _ = said(capsys, "compare", runs / "first", runs / "second", "--json")
    assert "NaN" not in out
    assert json.loads(out)[0]["metrics"]["test"]["map_large"] is None


def test_all_experiments_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two experiments could be compared only run by run."""
    write_run(tmp_path / "lenet5" / "one")
    write_run(tmp_path / "mlp" / "one", "architectures/mlp.json")
    out, _ = said(capsys, "compare", tmp_path, "--csv")
    assert [line.partition(",")[0] for line in out.splitlines()] == ["run", "lenet5/one", "mlp/one"]


def test_runs_that_can_not_be_compared(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake would end in a traceback, or in a table that says nothing."""
    assert complaint(capsys, 2, "compare", runs / "nothing") == (
        f"{runs}/nothing: error[run]: there is no such folder\n"
        "     = help: name a folder such as runs/lenet5/2026-01-31T12-00-00Z\n"
    )
    assert complaint(capsys, 2, "compare", runs / "first", runs / "first") == (
        f"command line: error[run]: there is only one run to compare: {runs}/first\n"
        "     = help: name two or more, or the folder of an experiment's runs\n"
    )
    third = shlex.quote(str(runs / "third"))
    assert complaint(capsys, 1, "compare", runs / "first", runs / "third") == (
        f"{runs}/third is not finished: it has no figures of its test yet\n"
        f"     = help: go on with it: python run.py --resume {third}\n"
    )
    (write_run(tmp_path / "other" / "one") / "UNFINISHED").touch()
    assert complaint(capsys, 2, "compare", tmp_path / "other") == (
        f"{tmp_path}/other: error[run]: its only run is not finished\n"
        f"     = help: go on with it: python run.py --resume {tmp_path}/other/one\n"
    )
    write_run(tmp_path / "unet", "architectures/unet_scenes.json")
    assert complaint(capsys, 2, "compare", runs / "first", tmp_path / "unet") == (
        "command line: error[run]: the runs are of different tasks: "
        f"{runs}/first is classification, {tmp_path}/unet is segmentation\n"
        "     = help: compare runs of one task\n"
    )
    (runs / "second" / "metrics.json").write_text("{")
    assert complaint(capsys, 1, "compare", runs).startswith(f"{runs}/second has a file that can't be read: Expecting")


def test_a_page_that_can_not_be_written(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder in the way would end in a traceback."""
    assert main(["compare", str(runs), "--html", str(runs)]) == 1
    assert re.fullmatch(
        rf"(?s).*{runs} can't be written: Is a directory\n"
        r"     = help: name another file with --html, as in --html ./comparison.html\n",
        capsys.readouterr().err,
    )


def test_the_report_of_a_run_that_was_stopped(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody could look at a training before its end."""
    (runs / "third" / "metrics.json").unlink()
    out, _ = said(capsys, "report", runs / "third")
    assert out == f"{runs}/third/report.html\n"
    assert "This run is not finished" in (runs / "third" / "report.html").read_text(encoding="utf-8")


def test_the_report_of_the_newest_run(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One would have to type the time."""
    assert said(capsys, "report", runs)[0] == f"{runs}/second/report.html\n"


def test_a_report_of_files_that_can_not_be_read(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that was changed by hand would end in a traceback."""
    (runs / "first" / "outcome.json").write_text("no json")
    assert complaint(capsys, 1, "report", runs / "first") == (
        f"{runs}/first has a file that can't be read: Expecting value: line 1 column 1 (char 0)\n"
        "     = help: was it changed by hand?\n"
    )


def test_many_runs_have_looks_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The ninth curve could not be told from the first."""
    for number in range(9):
        write_run(
            tmp_path / f"run{number}", history={"loss": course(3 + number, 2, 1), "val_loss": course(3 + number, 2, 1)}
        )
    said(capsys, "compare", tmp_path)
    page = (tmp_path / "comparison.html").read_text(encoding="utf-8")
    assert page.count('class="curve look-0"') == page.count('class="curve look-0 dashed"') == 1


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("outcome.json", "5", "outcome.json is not of the form in which a run writes it"),
        ("outcome.json", '{"data": [1]}', "outcome.json is not of the form in which a run writes it"),
        ("metrics.json", '{"test": [1]}', "metrics.json is not of the form in which a run writes it"),
        ("metrics.json", '{"test": {"loss": "low"}}', "metrics.json is not of the form in which a run writes it"),
        ("environment.json", "[" * 100_000, "environment.json is nested too deeply"),
    ],
)
def test_files_of_another_form(
    runs: Path, capsys: pytest.CaptureFixture[str], file: str, content: str, said: str
) -> None:
    """A file that some other program wrote would end in a traceback."""
    (runs / "first" / file).write_text(content)
    expected = f"{runs}/first has a file that can't be read: {said}\n"
    assert complaint(capsys, 1, "report", runs / "first") == f"{expected}     = help: was it changed by hand?\n"
    assert complaint(capsys, 1, "compare", runs) == f"{expected}     = help: leave the run out\n"


def test_defaults_that_are_written_out_are_the_same_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A user would be told not to believe figures that can be compared."""
    data = {"source": "folder", "path": "pictures", "num_classes": 10}
    write_run(tmp_path / "a", metrics=metrics(0.9), changes=[f"data={json.dumps(data)}"])
    policies = {"on_problem": {"otherwise": "error", "palette": "repair"}}
    write_run(tmp_path / "b", metrics=metrics(0.98), changes=[f"data={json.dumps(data | policies)}"])
    assert "By the validation part b is the best" in said(capsys, "compare", tmp_path)[1]


def test_what_differs_in_blocks_is_told_beside_other_layers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two runs with other paddings would be said to be the same, once a third has one layer more."""
    digits = "architectures/digits.json"
    write_run(tmp_path / "a", digits)
    write_run(tmp_path / "b", digits, changes=["blocks.convolution.layers[0].padding=reflect"])
    write_run(tmp_path / "c", digits, changes=["layers[2].repeat=3"])
    out, _ = said(capsys, "compare", tmp_path)
    rows = [line.split() for line in out.splitlines()]
    assert ["blocks.convolution.layers[0].padding", "same", "reflect", "same"] in rows
    assert ["layers[2].repeat", "–", "–", "3"] in rows
    page = (tmp_path / "comparison.html").read_text(encoding="utf-8")
    assert "Everything else in their files is the same, defaults filled in." in page
    write_run(tmp_path / "d", "architectures/lenet5.json")
    out, _ = said(capsys, "compare", tmp_path / "a", tmp_path / "d")
    (layers,) = [line for line in out.splitlines() if line.startswith("blocks.convolution.layers[].type ")]
    assert "Conv2D, BatchNormalization, ReLU" in layers
    page = (tmp_path / "comparison.html").read_text(encoding="utf-8")
    assert "but for the fields of the layers in layers, blocks.convolution.layers:" in page


def test_errors_and_losses_of_several_kinds_lead_no_wrong_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The worst run would be bold, or a focal loss of 0.1 be set before a crossentropy of 0.4."""
    measured = 'training.metrics=["Accuracy", "MeanSquaredError"]'

    def figures(error: float) -> dict[str, dict[str, float]]:
        each = {"loss": error, "accuracy": 0.9, "mean_squared_error": error}
        return {"validation": each, "test": each}

    write_run(tmp_path / "good", metrics=figures(0.1), changes=[measured])
    write_run(tmp_path / "poor", metrics=figures(0.5), changes=[measured])
    said(capsys, "compare", tmp_path)
    page = (tmp_path / "comparison.html").read_text(encoding="utf-8")
    assert re.search(r"validation mean_squared_error</th><td class=\"number leads\">0\.1000", page)
    write_run(
        tmp_path / "poor2", metrics=figures(0.01), changes=[measured, "training.loss=CategoricalFocalCrossentropy"]
    )
    said(capsys, "compare", tmp_path / "good", tmp_path / "poor2")
    page = (tmp_path / "comparison.html").read_text(encoding="utf-8")
    assert "leads" not in re.findall(r"validation loss</th>.*", page)[0]


def test_runs_of_several_seeds_are_experiments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The luckiest seed would be called the best network, and its user advised to do what was done."""
    for optimizer, figures in (("Adam", (0.9, 0.92, 0.91)), ("SGD", (0.7, 0.72, 0.74))):
        for seed, accuracy in enumerate(figures):
            changes = [f"training.seed={seed}", f"training.optimizer={optimizer}"]
            write_run(tmp_path / f"{optimizer}{seed}", metrics=metrics(accuracy), changes=changes)
    out, err = said(capsys, "compare", tmp_path)
    rows = [line.split() for line in out.splitlines()]
    figures = ["3", "0.0900", "±", "0.0100", "0.9100", "±", "0.0100", "0.0900", "±", "0.0100", "0.9100", "±", "0.0100"]
    assert ["optimizer.type=Adam,", "optimizer.learning_rate=0.001", *figures] in rows
    assert err.splitlines()[1] == (
        "By the mean over seeds optimizer.type=Adam, optimizer.learning_rate=0.001 is the best: validation accuracy "
        "0.9100 ± 0.0100; optimizer.type=SGD, optimizer.learning_rate=0.01 has 0.7200 ± 0.0200."
    )
    assert "That is hardly chance (Welch's test at 95 %)." in err
    assert "<h2>Over seeds</h2>" in (tmp_path / "comparison.html").read_text(encoding="utf-8")
    _, err = said(capsys, "compare", *(tmp_path / f"SGD{seed}" for seed in range(3)))
    assert "Over 3 seeds the validation accuracy is 0.7200 ± 0.0200 (mean and standard deviation)." in err
    # Two of two runs: so few tell little, and equal ones nothing.
    _, err = said(capsys, "compare", *(tmp_path / name for name in ("Adam0", "Adam1", "SGD0", "SGD1")))
    assert "That is hardly chance" in err
    _, err = said(capsys, "compare", *(tmp_path / name for name in ("Adam0", "SGD0", "SGD1")))
    assert "One of them was trained with one seed only" in err
