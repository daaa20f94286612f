"""The page of a run: one file, everything in it, nothing of the user's taken for markup."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cnnkeras.inspection.page.durations import duration
from cnnkeras.inspection.page.pictures import png_url
from cnnkeras.inspection.page.record import Record
from cnnkeras.inspection.page.sheets import FOLDED, sheet
from cnnkeras.inspection.page.writing import report_page, with_code, write_report
from cnnkeras.training.mark import Mark
from cnnkeras.training.run_directory import RunDirectory
from tests.inspection.page.runs import png, record, table, write_run

pytestmark = pytest.mark.fast
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Reader(HTMLParser):
    """Checks that what is opened is closed, and collects what a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.ids += [known["id"]] if known.get("id") else []
        self.loaded += [str(known[name]) for name in ("src", "href", "data", "action") if known.get(name)]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, (tag, self.getpos())


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def test_the_page_needs_nothing_else(lenet5: Record) -> None:
    """The report would be empty on a train, or tell a server who reads it."""
    reader = read(report_page(lenet5))
    assert {url.partition(":")[0] if not url.startswith("#") else "#" for url in reader.loaded} == {"data", "#"}
    assert len(reader.ids) == len(set(reader.ids))
    for anchor in (url[1:] for url in reader.loaded if url.startswith("#")):
        assert anchor in reader.ids


def test_everything_that_was_asked_for_is_there(lenet5: Record) -> None:
    """A person who sees only the report could not tell what was trained, or go on."""
    page = report_page(lenet5)
    text = re.sub(r"<[^>]*>", " ", page)
    for said in (
        "test accuracy 0.9750",
        "61,706",
        "12 of 12",
        "18 s",
        "2,000",
        "9,000 pictures",
        "10 classes 0, 1, 2",
        "2 pictures were turned upright",
        "python run.py predict",
        "docker compose",
        f"python run.py {lenet5.run.architecture}",
        "seed 7",
        "keras 3.15.1",
        "CPU:0 (there is no GPU)",
        "14×14×6 · sees 6×6",
        "The training went well.",
    ):
        assert " ".join(said.split()) in " ".join(text.split()), said
    assert png_url(png()) in page
    # The page draws the curves itself.
    assert "figures/curves.png" not in page
    assert page.count("<figure") == 3


def test_names_of_classes_are_no_markup(tmp_path: Path) -> None:
    """A folder called <script> would run in the browser of whoever is sent the report."""
    evil = "<script>alert(1)</script>'\"&"
    folder = write_run(
        tmp_path / "run", by_class=table((evil, "b", "c")), data={"parts": {}, "classes": [evil], "notes": [evil]}
    )
    page = report_page(record(folder))
    assert "<script>alert" not in page
    assert page.count("<script>") == 1
    read(page)


def test_a_class_called_na_or_007_keeps_its_name(tmp_path: Path) -> None:
    """A class would lose its name to a number, or to a missing value."""
    folder = write_run(tmp_path / "run", by_class=table(("NA", "007", "nan")))
    assert list(record(folder).by_class["class"]) == ["NA", "007", "nan"]


def test_figures_come_in_the_order_that_people_look_for(tmp_path: Path) -> None:
    """The worst pictures would stand behind the kernels, and a new task's figures nowhere."""
    folder = write_run(tmp_path / "run", figures=("kernels", "precision_recall", "best", "worst"))
    page = report_page(record(folder))
    assert re.findall(r'role="tab"[^>]*>([^<]*)', page) == ["The worst", "The best", "Kernels", "Precision recall"]


def test_a_run_that_has_hardly_begun_has_a_page_too(tmp_path: Path) -> None:
    """Looking at a run that was stopped would end in a traceback."""
    folder = write_run(tmp_path / "run", history={"loss": []}, figures=())
    for name in ("outcome.json", "metrics.json", "environment.json", "test_by_class.csv"):
        (folder / name).unlink()
    (folder / "UNFINISHED").touch()
    page = report_page(record(folder))
    assert f"This run is not finished. To go on: <code>python run.py --resume {folder}</code>" in page
    read(page)
    Mark("the loss became nan", "training.epochs=3").write(folder / "UNFINISHED", "")
    page = report_page(record(folder))
    assert "This run is not finished: the loss became nan. To go on: <code>python" in page
    assert f"--resume {folder} training.epochs=3</code>" in page


def test_a_finished_run_that_is_trained_further(tmp_path: Path) -> None:
    """The figures of the network before would stand beside the curves of another one."""
    folder = write_run(tmp_path / "run")
    (folder / "UNFINISHED").touch()
    page = report_page(record(folder))
    assert f"This run is not finished. To go on: <code>python run.py --resume {folder}</code>" in page
    assert "0.9750" not in page
    assert 'id="pictures"' not in page
    assert "best epoch" not in page
    write_report(RunDirectory(folder), record(folder).architecture, is_whole=True)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "This run is not finished" not in page
    assert "0.9750" in page


def test_a_run_that_was_changed_on_the_way_is_repeated_in_its_order(tmp_path: Path) -> None:
    """Who repeats it by its file would train another network, and be told that it is the same."""
    folder = write_run(tmp_path / "run")
    assert "file is the whole experiment" in report_page(record(folder))
    file = folder / "environment.json"
    known = json.loads(file.read_text())
    words = ["run.py", "--resume", "runs/a=b", "training.epochs=4", 'training.early_stopping={"patience": 2}']
    file.write_text(json.dumps({**known, "resumed": [{"epoch": 2, "step": 0, "command": words}]}))
    page = report_page(record(folder))
    assert "file is the whole experiment" not in page
    assert "This run was resumed with changes, so its file alone does not repeat it." in page
    quoted = """python run.py --resume RUN training.epochs=4 'training.early_stopping={"patience": 2}'"""
    assert "<h3>After epoch 2</h3>" in page
    assert quoted in html.unescape(page)
    # Gone on with as it was, it is what its file says.
    file.write_text(json.dumps({**known, "resumed": [{"epoch": 2, "step": 0, "command": words[:3]}]}))
    assert "This run was resumed" not in report_page(record(folder))


def test_the_file_lies_in_the_run(tmp_path: Path) -> None:
    """Nobody would find it."""
    folder = write_run(tmp_path / "run")
    write_report(RunDirectory(folder), record(folder).architecture)
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(("rows", "is_folded"), [(FOLDED, False), (FOLDED + 1, True)])
def test_a_long_table_is_folded(tmp_path: Path, rows: int, is_folded: bool) -> None:
    """The objects of every test picture would stand between the reader and the pictures, dozens of screens long."""
    folder = write_run(tmp_path / "run")
    lines = ["picture,class,true_objects,predicted_objects", *(f"{picture},a,1,2" for picture in range(rows))]
    (folder / "test_objects.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    page = report_page(record(folder))
    read(page)
    assert ('<details class="more"><summary>Objects of each class in each test picture</summary>' in page) == is_folded


def test_tables_are_sorted_by_what_they_mean() -> None:
    """10 would stand before 9, and what is unknown in the middle."""
    import pandas as pd

    rows = sheet(pd.DataFrame({"class": ["a", "b"], "f1": [0.5, float("nan")], "n": [1000, 2]}), "").rows
    assert [(cell.text, cell.value) for cell in rows[0]] == [("a", "a"), ("0.5000", 0.5), ("1,000", 1000.0)]
    assert (rows[1][1].text, rows[1][1].value) == ("–", float("-inf"))


@pytest.mark.parametrize(("seconds", "text"), [(3.21, "3.2 s"), (75, "75 s"), (600, "10 min"), (7300, "2 h 2 min")])
def test_times_are_written_as_people_do(seconds: float, text: str) -> None:
    """Nobody reads 7,300 seconds."""
    assert duration(seconds) == text


def test_words_of_the_command_line_are_set_as_code() -> None:
    """A person would read backticks, or a name in a file could write into the page."""
    assert with_code("then `compare` <b>them</b>") == "then <code>compare</code> &lt;b&gt;them&lt;/b&gt;"
