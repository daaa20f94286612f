"""`data`: what the pictures and labels are, drawn, and everything that is wrong with them; nothing is trained."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cnnkeras.console import counting, plain_console
from cnnkeras.datasets.labels import label_kind
from cnnkeras.datasets.loading import load_to_look, source_of
from cnnkeras.datasets.pictures.findings import cure
from cnnkeras.datasets.source import Data
from cnnkeras.datasets.survey import Survey, survey
from cnnkeras.errors import RunError, listed, reason_of, with_help
from cnnkeras.inspection.contact_sheets import contact_sheets
from cnnkeras.inspection.figures.style import to_png
from cnnkeras.inspection.overview import overview
from cnnkeras.inspection.overview_tables import print_overview
from cnnkeras.spec.architecture import Architecture


def data(architecture: Architecture, out: Path | None, as_json: bool) -> int:
    """Print what the data is and draw it; give the exit status.

    Where a problem would stop a run, the status is 2 and nothing is drawn. The last line of standard output is the
    folder of the sheets.
    """
    loaded, found = load_to_look(architecture)
    kind = label_kind(architecture)
    with counting("looking", sum(part.size for part in loaded.parts.values())) as step:
        surveyed = survey(loaded, kind, step)
    described = overview(surveyed, loaded, kind, source_of(architecture).policies)
    stopping = [problem["code"] for problem in described["problems"] if problem["policy"] == "error"]
    ok = not stopping and not found
    folder = out or Path("runs") / architecture.name / "data"
    if as_json:
        said = {"ok": ok, "name": architecture.name, **described, "diagnostics": [each.to_json() for each in found]}
        print(json.dumps(said | {"sheets": str(folder) if ok else None}, ensure_ascii=False))
    else:
        print_overview(described, plain_console())
    if found:
        print(listed(found), file=sys.stderr)
    if not ok:
        if stopping:
            text = f"{_problems(len(stopping))} a run; no sheet was drawn"
            print(with_help(text, cure(stopping)), file=sys.stderr)
        return 2
    _draw(folder, surveyed, loaded, architecture)
    if not as_json:
        print(folder)
    return 0


def _draw(folder: Path, surveyed: Survey, loaded: Data, architecture: Architecture) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, figure in contact_sheets(surveyed, loaded, architecture, label_kind(architecture)):
            (folder / f"{name}.png").write_bytes(to_png(figure))
    except OSError as error:
        raise RunError(f"{folder} can't be written: {reason_of(error)}", "name another folder with --out") from error


def _problems(count: int) -> str:
    return "1 problem stops" if count == 1 else f"{count:,} problems stop"
