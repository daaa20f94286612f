"""Writes report.html, one file that needs nothing else: styles, script and pictures are inside."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from cnnkeras.analysis.report import exact, human, totals_line
from cnnkeras.errors import first_of
from cnnkeras.inspection.directions import directions
from cnnkeras.inspection.flattening import flattened
from cnnkeras.inspection.page import boxes, charts
from cnnkeras.inspection.page.charts import curves, short
from cnnkeras.inspection.page.diagram.network import draw
from cnnkeras.inspection.page.durations import duration
from cnnkeras.inspection.page.findings import findings
from cnnkeras.inspection.page.findings.finding import again
from cnnkeras.inspection.page.pictures import pictures
from cnnkeras.inspection.page.record import Record
from cnnkeras.inspection.page.sheets import layers_sheet, metrics_sheet, sheet
from cnnkeras.layers.base import show
from cnnkeras.spec.architecture import Architecture
from cnnkeras.training.atomic import write_text
from cnnkeras.training.run_directory import RunDirectory

SECTIONS = {
    "next": "What to try next",
    "curves": "Curves",
    "test": "Test",
    "pictures": "Pictures",
    "network": "Network",
    "data": "Data",
    "serve": "Use it",
    "repeat": "Repeat it",
}
CAPTIONS = {
    "test_by_class": "Each class of the test part",
    "test_pictures": "Each picture of the test part, the worst first",
    "test_objects": "Objects of each class in each test picture",
}
# So many names of classes are written out.
NAMED_CLASSES = 30


def write_report(run: RunDirectory, architecture: Architecture, is_whole: bool = False) -> None:
    """Write a run's report from what its folder holds; `is_whole` where only the mark is still to be taken away.

    Raises OSError where it can't be written.
    """
    write_text(run.report, report_page(Record.read(run, architecture, is_whole)))


def report_page(record: Record) -> str:
    """Give the page of a run."""
    drawn = curves(record)
    content: dict[str, Any] = {
        "record": record,
        "is_unfinished": record.is_unfinished,
        "tiles": list(_tiles(record)),
        "findings": findings(record),
        "charts": drawn,
        "epochs_words": _epochs(record),
        "metrics": metrics_sheet(record.metrics),
        "tables": [(name, sheet(table, _caption(name))) for name, table in record.tables.items()],
        "pictures": [] if record.is_unfinished else pictures(record.run.figures),
        "totals": f"{len(record.analysis.nodes)} layers: {totals_line(record.analysis.totals)}.",
        "diagram": draw(record.architecture, record.analysis),
        "input_words": f"input {show(record.architecture.input.shape)}",
        "output_words": "output",
        "layers": layers_sheet(record.analysis),
        "data": list(_data(record)),
        "notes": record.outcome.get("data", {}).get("notes", []),
        "directions": directions(record.run, record.architecture.name),
        "repeat": again(record),
        "resumptions": _resumptions(record),
        "environment": list(_environment(record)),
        "source": json.dumps(record.architecture.resolved, indent=2, ensure_ascii=False),
    }
    missing = {"curves": not drawn, "test": not record.metrics, "pictures": not content["pictures"]}
    content["sections"] = [(anchor, words) for anchor, words in SECTIONS.items() if not missing.get(anchor)]
    return render("report.html", f"{record.architecture.name} · {record.run.path.name}", **content)


def render(template: str, title: str, **content: Any) -> str:
    """Fill a template; every text in it is escaped."""
    environment = Environment(
        loader=PackageLoader("cnnkeras.inspection.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for tool in (
        boxes.family,
        boxes.described,
        boxes.facts,
        boxes.details,
        boxes.block_title,
        boxes.block_words,
        boxes.block_facts,
        boxes.lines,
    ):
        environment.globals[tool.__name__] = tool
    environment.filters["with_code"] = with_code
    sides = ("width", "height", "left", "right", "top", "bottom")
    environment.globals["size"] = {side: getattr(charts, side.upper()) for side in sides}
    return environment.get_template(template).render(title=title, **content)


def with_code(text: str) -> Markup:
    """Set what stands between backticks as code; everything is escaped."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _tiles(record: Record) -> Iterator[tuple[str, str]]:
    """Give the figures that come first."""
    for name, value in record.test.items():
        yield f"test {name.replace('_', ' ')}", f"{value:.4f}"
    totals = record.analysis.totals
    yield "parameters", exact(totals.parameters)
    yield "MACs a picture", human(totals.macs)
    if record.best_epoch is not None:
        yield "best epoch", f"{record.best_epoch} of {len(record.history)}"
    if record.seconds is not None:
        yield "training", duration(record.seconds)
    if record.images_per_second is not None:
        yield "images a second", f"{record.images_per_second:,.0f}"


def _epochs(record: Record) -> str:
    if record.best_epoch is None or record.monitor is None or record.monitor not in record.history:
        return ""
    value = short(float(record.history[record.monitor][record.best_epoch]))
    stopped = record.outcome.get("message")
    said = f"The best epoch is {record.best_epoch}: its {record.monitor} is {value}. Its weights were kept."
    return f"{said} The training {stopped}." if stopped and stopped.startswith("stopped") else said


def _caption(name: str) -> str:
    return CAPTIONS.get(name, name.replace("_", " ").capitalize())


def _data(record: Record) -> Iterator[tuple[str, str]]:
    data = record.outcome.get("data", {})
    for name, size in data.get("parts", {}).items():
        yield name, f"{size:,} pictures"
    if data.get("picture"):
        yield "pictures", show(tuple(data["picture"]))
    yield "network's input", show(record.architecture.input.shape)
    classes = data.get("classes", [])
    if classes:
        yield f"{len(classes):,} classes", first_of([*map(str, classes)], NAMED_CLASSES)
    sections = {"data": record.architecture.data, "input": record.architecture.input}
    for name, section in sections.items():
        if section is not None:
            content = section.model_dump(mode="json", exclude_defaults=True) | {}
            yield from ((key, str(value)) for key, value in flattened(content, name).items())
    random = [node.type for node in record.analysis.nodes if node.type.startswith("Random")]
    if random:
        yield "changed at random", ", ".join(random)


def _resumptions(record: Record) -> list[tuple[str, str]]:
    """Give the commands that made the run, where it was gone on with under changes, and after what each came."""
    resumed = [each for each in record.environment.get("resumed", []) if isinstance(each, dict)]
    told = [(each, _words(each.get("command"))) for each in resumed]
    if not any("=" in word for _, words in told for word in _without_run(words)):
        return []
    first = ("From the beginning", shlex.join(["python", *_words(record.environment.get("command"))]))
    return [first, *((_after(each), shlex.join(["python", *_named(words)])) for each, words in told)]


def _words(command: Any) -> list[str]:
    return [str(word) for word in command] if isinstance(command, list) else []


def _without_run(words: list[str]) -> list[str]:
    """Leave out the folder of the run, whose name may hold anything."""
    return [word for before, word in zip(["", *words], words, strict=False) if before != "--resume"]


def _named(words: list[str]) -> list[str]:
    """Put RUN for the folder: whoever repeats it has another one."""
    return ["RUN" if before == "--resume" else word for before, word in zip(["", *words], words, strict=False)]


def _after(resumed: Mapping[str, Any]) -> str:
    steps = f" and {resumed['step']:,} steps" if resumed.get("step") else ""
    return f"After epoch {resumed.get('epoch', '?')}{steps}"


def _environment(record: Record) -> Iterator[tuple[str, str]]:
    found = dict(record.environment)
    if "command" in found:
        yield "command", shlex.join(map(str, found.pop("command")))
    versions, resumed = found.pop("versions", {}), found.pop("resumed", [])
    if resumed:
        yield "resumed", f"{len(resumed)} times" if len(resumed) > 1 else "once"
    for name, value in found.items():
        if isinstance(value, dict) and "value" in value:
            chosen = value["value"]
            text = ", ".join(map(str, chosen)) if isinstance(chosen, list) else str(chosen)
            yield name.replace("_", " "), f"{text} ({value.get('reason', '')})"
        else:
            yield name, str(value)
    if versions:
        yield "versions", ", ".join(f"{name} {version}" for name, version in versions.items())
