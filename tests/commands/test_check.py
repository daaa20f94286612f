"""`check`, `explain` and the command line itself, without TensorFlow."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import cnnkeras
from cnnkeras.cli import main

pytestmark = pytest.mark.fast

PROJECT = Path(cnnkeras.__file__).parents[1]
LENET = PROJECT / "architectures" / "lenet5.json"
WRONG = """{
  "name": "wrong",
  "task": "classification",
  "input": {"shape": [28, 28, 1]},
  "layers": [
    {"type": "AveragePooling2D", "pool_size": 7},
    {"type": "Conv2D", "filters": 16, "kernel_size": 5, "activation": "tanhh"},
    {"type": "Conv2D", "filters": 16, "kernel_size": 5, "inputs": "average_pooling2d_1"},
    {"type": "Flatten"},
    {"type": "Dense", "units": "num_classes", "activation": "softmax"}
  ],
  "data": {"source": "digits"}
}
"""


@pytest.fixture
def wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wrong.json").write_text(WRONG)
    return "wrong.json"


def test_a_good_file(capsys: pytest.CaptureFixture[str]) -> None:
    """The table would not show, or a good file would not give status 0."""
    assert main(["check", str(LENET)]) == 0
    output = capsys.readouterr().out
    assert "conv2d_2             Conv2D            10×10×16       2,416    240 k" in output
    assert output.splitlines()[-1].startswith("61,706 parameters, 416.5 k multiply-accumulates")


def test_figures_that_wait_for_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A user would wonder what the question marks are, and meet the mistake in the path only later."""
    monkeypatch.chdir(tmp_path)
    text = WRONG.replace("tanhh", "tanh").replace(": 5", ": 3").replace(',\n  "data": {"source": "digits"}', "")
    (tmp_path / "file.json").write_text(text)
    folder = 'data={"source": "folder", "path": "nowhere"}'
    assert main(["check", "file.json", folder]) == 0
    reason = "? is what the number of classes decides, which the data has not told: nowhere is not there"
    assert capsys.readouterr().out.splitlines()[-1] == reason
    assert main(["check", "file.json"]) == 0
    reason = '? is what the classes decide, and the file has no "data" that would tell how many there are'
    assert capsys.readouterr().out.splitlines()[-1] == reason


def test_all_mistakes_with_their_places(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A user would not see what is wrong with a file, where, and what to do."""
    assert main(["check", wrong]) == 2
    assert capsys.readouterr().err == "\n".join(
        [
            "wrong.json:7:5: warning[unused-layer]: layers[1] Conv2D: nothing takes its output, so it is no part of the network",
            '   7 |     {"type": "Conv2D", "filters": 16, "kernel_size": 5, "activation": "tanhh"},',
            "     |     ^",
            '     = help: name it in a later layer\'s "inputs" or in "outputs" ("conv2d_1"), or remove it',
            'wrong.json:7:71: error[value]: layers[1] Conv2D: "activation" is "tanhh", which there is not',
            '   7 |     {"type": "Conv2D", "filters": 16, "kernel_size": 5, "activation": "tanhh"},',
            "     |                                                                       ^",
            '     = help: did you mean "tanh"?',
            "wrong.json:8:54: error[shape]: layers[2] Conv2D: kernel 5×5 does not fit its 4×4 input",
            '   8 |     {"type": "Conv2D", "filters": 16, "kernel_size": 5, "inputs": "average_pooling2d_1"},',
            "     |                                                      ^",
            "     = its input is layers[0] AveragePooling2D, 4×4×1",
            '     = help: padding "same" keeps 4×4, or use a kernel of at most 4',
            "",
        ]
    )


def test_json(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A program that reads `check --json` would break."""
    assert main(["check", "--json", wrong, str(LENET), "missing.json"]) == 2
    broken, good, missing = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert set(good) == {"ok", "diagnostics", "layers", "totals"}
    assert good["ok"] is True
    assert good["layers"][2] == {
        "name": "conv2d_2",
        "type": "Conv2D",
        "output_shape": [10, 10, 16],
        "parameters": 2416,
        "trainable_parameters": 2416,
        "macs": 240000,
        "activation_memory": 6400,
        "receptive_field": {"size": [14, 14], "stride": [2, 2], "start": [-2, -2]},
    }
    assert good["totals"]["parameters"] == 61706
    assert broken["ok"] is False
    assert broken["layers"][1]["output_shape"] is None
    assert broken["diagnostics"][2] == {
        "code": "shape",
        "severity": "error",
        "file": "wrong.json",
        "line": 8,
        "column": 54,
        "path": "layers[2].kernel_size",
        "message": "layers[2] Conv2D: kernel 5×5 does not fit its 4×4 input",
        "hint": 'padding "same" keeps 4×4, or use a kernel of at most 4',
    }
    assert missing["ok"] is False
    assert missing["diagnostics"][0]["message"] == "the file is not there"
    assert set(missing["totals"]) == set(good["totals"])


def test_a_folder(wrong: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder of files could not be checked in one go."""
    (tmp_path / "good.json").write_text(WRONG.replace("tanhh", "tanh").replace('"pool_size": 7', '"pool_size": 2'))
    assert main(["check", str(tmp_path)]) == 2
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0].rpartition("/")[2] for row in rows] == ["good.json", "wrong.json"]
    assert rows[1].endswith("2 errors, 1 warning")


def test_changes(capsys: pytest.CaptureFixture[str]) -> None:
    """A change could not be looked at before a run."""
    assert main(["check", str(LENET), "input.shape=[32,32,1]", "layers[0].padding=valid"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("61,706 parameters, 416.5 k")
    assert main(["check", str(LENET), "layers[2].filters=0"]) == 2
    assert "command line:1:19: error[value]" in capsys.readouterr().err


def test_every_verb_leaves_nothing_behind_on_a_mistake(wrong: str, tmp_path: Path) -> None:
    """A mistake would leave a run's folder."""
    for arguments in ([wrong], ["run", wrong], ["explain", wrong], [wrong, "training.epochs=x"], ["nowhere.json"]):
        assert main(arguments) == 2
    assert [file.name for file in tmp_path.iterdir()] == ["wrong.json"]


def test_explain_one_layer(capsys: pytest.CaptureFixture[str]) -> None:
    """A layer's arithmetic could not be asked for, by name or by number, or with a change."""
    assert main(["explain", str(LENET), "conv2d_2"]) == 0
    by_name = capsys.readouterr().out
    assert "(5·5·6 + 1)·16 = 2,416" in by_name
    assert main(["explain", str(LENET), "2"]) == 0
    assert capsys.readouterr().out == by_name
    assert main(["explain", str(LENET), "conv2d_2", "layers[2].filters=8"]) == 0
    assert "(5·5·6 + 1)·8 = 1,208" in capsys.readouterr().out


def test_a_reader_that_has_enough() -> None:
    """`check … | head` would end in a traceback."""
    program = "import sys; from cnnkeras.cli import main; sys.exit(main(['check', '--json', 'architectures']))"
    command = f'"{sys.executable}" -c "{program}" | head -c 10; exit ${{PIPESTATUS[0]}}'
    result = subprocess.run(["bash", "-c", command], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert "Traceback" not in result.stderr


def test_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """A command line that can't be read would not give status 2."""
    with pytest.raises(SystemExit) as caught:
        main(["check"])
    assert caught.value.code == 2
    assert "usage: cnnkeras check" in capsys.readouterr().err


@pytest.mark.parametrize(("word", "verb"), [("chek", "check"), ("serve_check", "serve-check"), ("compar", "compare")])
def test_a_verb_with_a_slip(word: str, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The slip would be taken for the file of a run, and the file for a word too many."""
    with pytest.raises(SystemExit) as caught:
        main([word, str(LENET)])
    assert caught.value.code == 2
    assert f"error: there is no command '{word}'; did you mean '{verb}'?" in capsys.readouterr().err


LONG = "a" * 300


@pytest.mark.parametrize(
    ("words", "name"),
    [
        *([[verb, LONG], "RUN"] for verb in ("evaluate", "export", "report", "compare")),
        (["predict", LONG, "picture.png"], "RUN"),
        (["serve-check", "http://localhost:8501", LONG], "RUN"),
        (["--resume", LONG], "--resume"),
    ],
)
def test_a_name_that_no_file_system_takes(words: list[str], name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A run's name of more than 255 bytes would end in a traceback."""
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.endswith(f"error: argument {name}: {'a' * 200}… can't be opened: File name too long")


def test_a_file_named_almost_like_a_verb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is there would be taken for a slip."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chec").write_text("{")
    assert main(["chec"]) == 2
    assert "chec:1:" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["check", "explain", "run"])
def test_no_file(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A forgotten file would end without a word."""
    assert main([verb, "training.epochs=3"]) == 2
    assert capsys.readouterr().err == (
        "command line: error[file]: no file is named: training.epochs=3 is a change\n     = help: name an architecture file\n"
    )


def test_a_word_too_many(capsys: pytest.CaptureFixture[str]) -> None:
    """A change without its "=" would be lost."""
    assert main([str(LENET), "training.epochs", "3"]) == 2
    assert capsys.readouterr().err == (
        "command line: error[file]: run takes one file, and training.epochs is neither it nor a change\n"
        "     = help: write changes as section.key=value\n"
    )


def test_options_between_the_words(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An option would have to stand last."""
    assert main([wrong, "--runs", "somewhere", "training.epochs=-1"]) == 2
    assert "command line:1:17" in capsys.readouterr().err
