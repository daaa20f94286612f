"""README.md: what a newcomer reads and copies is what happens."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cnnkeras.cli import main
from cnnkeras.commands.arguments import VERBS, parse
from cnnkeras.commands.reading import examine
from tests.docs.examples import ROOT, blocks, commands

pytestmark = pytest.mark.fast

DOCUMENTS = ["README.md", "docs/format.md", "CONTRIBUTING.md"]
LENET5 = "architectures/lenet5.json"


@pytest.fixture
def in_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in the project's folder, before a terminal as wide as the document."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "100")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_exist(document: str) -> None:
    """Otherwise a user copies a command that the program does not know."""
    for arguments in commands(document):
        parse(arguments)


def test_file_is_lenet5() -> None:
    """Otherwise the first file that a user sees is not the one that the first command runs."""
    shipped = json.loads((ROOT / LENET5).read_text(encoding="utf-8"))
    shown = json.loads(blocks("README.md", "json")[0])
    assert shown == {key: value for key, value in shipped.items() if key not in ("$schema", "description")}


@pytest.mark.usefixtures("in_terminal")
def test_check_prints_that_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Otherwise what `check` prints is not what was promised."""
    assert main(["check", LENET5]) == 0
    assert without_trailing_spaces(capsys.readouterr().out) == blocks("README.md", "text")[0]


@pytest.mark.usefixtures("in_terminal")
def test_explain_writes_that(capsys: pytest.CaptureFixture[str]) -> None:
    """Otherwise what `explain` writes is not what was promised."""
    assert main(["explain", LENET5, "conv2d_2"]) == 0
    assert without_trailing_spaces(capsys.readouterr().out) == blocks("README.md", "text")[1]


def test_mistakes_look_like_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Otherwise the errors are not as good as the one that was shown."""
    text = (ROOT / LENET5).read_text(encoding="utf-8")
    text = text.replace('"filters": 16, "kernel_size": 5', '"filters": 16, "kernel_size": 15')
    text = text.replace('"units": 84, "activation"', '"units": 84, "activaton"')
    (tmp_path / LENET5).parent.mkdir()
    (tmp_path / LENET5).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["check", LENET5]) == 2
    assert capsys.readouterr().err == blocks("README.md", "text")[2]


def test_architectures_are_listed() -> None:
    """Otherwise a shipped network is not found, or its size is told wrongly."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| \[\w+\]\((architectures/\w+\.json)\) \| .* \| ([\d,]+) \|$", text, re.MULTILINE))
    files = sorted((ROOT / "architectures").glob("*.json"))
    shipped = {f"architectures/{file.name}": f"{examine(file)[1].totals.parameters:,}" for file in files}
    assert told == shipped


@pytest.mark.parametrize("document", [*DOCUMENTS, "docs/lints.md"])
def test_links_lead_somewhere(document: str) -> None:
    """Otherwise a reader follows a link into nothing."""
    text = (ROOT / document).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    folder = (ROOT / document).parent
    assert [link for link in links if not (folder / link).exists()] == []


def without_trailing_spaces(text: str) -> str:
    """Give what a document keeps of an output."""
    return "".join(f"{line.rstrip()}\n" for line in text.rstrip().splitlines())


def test_every_command_is_in_the_table() -> None:
    """Otherwise a user does not learn what there is."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*`) \| .* \|$", text.split("## The file")[0], re.MULTILINE)
    told = {words.split()[0] for row in rows for words in re.findall(r"`([^`]+)`", row)}
    assert told == {*VERBS, "FILE", "--resume"} - {"run"}
