"""A comparison of runs as a table: for people, as CSV, as JSON."""

from __future__ import annotations

import json
import math
from typing import Any

import pandas as pd

from cnnkeras.analysis.report import exact, human
from cnnkeras.inspection.page.comparison import FIGURES, Comparison
from cnnkeras.inspection.page.durations import duration
from cnnkeras.inspection.page.seeds import experiments, spreads

NONE = "–"


def frame(comparison: Comparison) -> pd.DataFrame:
    """Give a row a run: what differs, and what came of it."""
    return pd.DataFrame({**comparison.differences, **comparison.results}, index=pd.Index(comparison.names, name="run"))


def as_text(comparison: Comparison) -> str:
    """Give the table with a column a run, as people read it."""
    rows = {
        name: [NONE if value is None else str(value) for value in found]
        for name, found in comparison.differences.items()
    }
    rows |= {name: [shown(name, value) for value in found] for name, found in comparison.results.items()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=comparison.names)
    return str(table.to_string()) + _experiments_text(comparison)


def over_seeds(comparison: Comparison) -> pd.DataFrame:
    """Give a row an experiment, with each figure's mean and standard deviation; empty where each has one run."""
    rows = {
        each.name: {
            "runs": str(len(each.places)),
            **{name: NONE if found is None else str(found) for name, found in spreads(comparison, each)},
        }
        for each in experiments(comparison)
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def _experiments_text(comparison: Comparison) -> str:
    table = over_seeds(comparison)
    return f"\n\n{table.to_string()}" if len(table) else ""


def as_csv(comparison: Comparison) -> str:
    """Give a row a run as CSV, the numbers as they are."""
    return str(frame(comparison).to_csv())


def as_json(comparison: Comparison) -> str:
    """Give an object a run as JSON."""
    content: list[dict[str, Any]] = [
        {
            "run": str(record.run.path),
            "differs": {name: values[place] for name, values in comparison.differences.items()},
            "metrics": record.metrics,
            **{name.replace(" ", "_"): comparison.results[name][place] for name in FIGURES},
        }
        for place, record in enumerate(comparison.records)
    ]
    return json.dumps(_plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def shown(name: str, value: float | None) -> str:
    """Write a result as people read it."""
    if value is None:
        return NONE
    if name == "seconds":
        return duration(value)
    if name in ("parameters", "epochs", "best epoch"):
        return exact(int(value))
    if name == "MACs":
        return human(int(value))
    return f"{value:,.0f}" if name == "images a second" else f"{value:.4f}"


def _plain(value: Any) -> Any:
    """Give the same with null for numbers that JSON has none for: NaN and the infinities."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
