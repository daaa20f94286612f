from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from cnnkeras.inspection.page.findings.finding import Finding
from cnnkeras.inspection.report import report
from cnnkeras.tasks.task import Evaluation
from cnnkeras.training.run_directory import RunDirectory
from tests.inspection.networks import architecture_of


def evaluation(count: int) -> Evaluation:
    """Give measures of so many classes."""
    f1 = np.linspace(1, 0.5, count)
    table = pd.DataFrame({"class": [f"[b]{index}" for index in range(count)], "f1": f1, "support": 1200})
    table.loc[0, "f1"] = np.nan
    return Evaluation({"loss": 0.25, "accuracy": 0.987654}, table, np.zeros(1500), np.zeros(1500))


def said(folder: Path, classes: int) -> str:
    """Give the report's text off a terminal."""
    text = io.StringIO()
    console = Console(file=text, markup=False, highlight=False)
    run = RunDirectory(Path("runs/my run"))
    report(run, replace(architecture_of(folder), name="lenet5"), evaluation(classes), console)
    return text.getvalue()


def test_says_how_good_it_is_and_what_to_do_with_it(tmp_path: Path) -> None:
    """A user would not know what came of it, or copy a command that is broken into lines or at a space."""
    assert said(tmp_path, 2) == (
        "\n"
        "lenet5 on 1,500 test pictures: loss 0.2500, accuracy 0.9877\n"
        "class     f1  support  \n"
        "[b]0       –    1,200  \n"
        "[b]1   0.500    1,200  \n"
        "\n"
        "report      'runs/my run/report.html'\n"
        "figures     'runs/my run/figures'\n"
        "tensorboard tensorboard --logdir 'runs/my run/tensorboard'\n"
        "predict     python run.py predict 'runs/my run' PICTURE\n"
        "serve       docker compose -f 'runs/my run/export/compose.yaml' up -d\n"
        "check       python run.py serve-check http://localhost:8501 'runs/my run'\n"
        """ask         (printf '{"signature_name": "serve_encoded", "instances": [{"b64": "';"""
        """ base64 PICTURE | tr -d '\\n'; printf '"}]}') | curl -s -d @- http://localhost:8501/v1/models/lenet5:predict\n"""
    )


def test_a_problem_is_said_where_everybody_looks(tmp_path: Path) -> None:
    """A network that calls everything a 4 would be handed over with the commands that serve it."""
    text = io.StringIO()
    problem = Finding("problem", "It is bad.", "All are 4.", command="python run.py find-rate f.json")
    console = Console(file=text, markup=False, highlight=False)
    report(RunDirectory(Path("runs/x")), architecture_of(tmp_path), evaluation(2), console, [problem])
    told = "problem     It is bad. All are 4.\n  try       python run.py find-rate f.json\nreport      runs/x/report.html\n"
    assert told in text.getvalue()


def test_of_many_classes_the_hardest_are_told(tmp_path: Path) -> None:
    """A thousand rows would push everything else off the screen."""
    text = said(tmp_path, 30)
    assert "the 20 of 30 classes with the lowest f1:" in text
    assert "[b]29 " in text
    assert "[b]5 " not in text


def test_goes_to_standard_error(tmp_path: Path, capsys: object) -> None:
    """A script that reads the run's directory from standard output would read a table."""
    from _pytest.capture import CaptureFixture

    assert isinstance(capsys, CaptureFixture)
    report(RunDirectory(Path("runs")), architecture_of(tmp_path), evaluation(2))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "accuracy 0.9877" in captured.err
    assert "\x1b" not in captured.err
