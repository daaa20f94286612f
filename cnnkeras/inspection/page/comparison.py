"""Several runs side by side: what differs between them, and what came of it."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from cnnkeras.analysis.report import exact, human
from cnnkeras.inspection.flattening import Value, flattened
from cnnkeras.inspection.hyperparameters import hyperparameters
from cnnkeras.inspection.page.durations import duration
from cnnkeras.inspection.page.findings.classes import wilson
from cnnkeras.inspection.page.record import Record
from cnnkeras.spec.data import DataSection

# What the files say of themselves, not of the experiment.
UNTOLD = ("description", "$schema")
NONE = "–"


@dataclass(frozen=True)
class Comparison:
    """Runs of one task, in the order in which they were named."""

    records: Sequence[Record]

    @cached_property
    def parent(self) -> Path:
        """Give the folder that holds all of them."""
        return Path(os.path.commonpath([record.run.path.resolve().parent for record in self.records]))

    @cached_property
    def names(self) -> list[str]:
        """Give each run's name: its path from the folder that holds all."""
        return [record.run.path.resolve().relative_to(self.parent).as_posix() for record in self.records]

    @cached_property
    def differences(self) -> dict[str, list[Value | None]]:
        """Give the settings that differ, by name, with a value a run; None where a run has none.

        Defaults are filled in: a run that names one and a run that leaves it out are the same. Layers are compared
        one by one where the runs have the same ones in the same order, else by their number.
        """
        settings = [self._settings(record) for record in self.records]
        names = dict.fromkeys(name for each in settings for name in each)
        found = {name: [each.get(name) for each in settings] for name in names}
        differing = {name: values for name, values in found.items() if any(value != values[0] for value in values)}
        return {name: values for name, values in differing.items() if not self._is_of_the_source(name, values)}

    def _is_of_the_source(self, name: str, values: Sequence[Value | None]) -> bool:
        """Tell whether runs differ in a setting only as their sources of data do: one has it not, no file names it."""
        untold = [name in each for each in self._untold]
        return None in values and all(
            value is None or is_untold for value, is_untold in zip(values, untold, strict=True)
        )

    @cached_property
    def _untold(self) -> list[set[str]]:
        return [_untold_of_source(record) for record in self.records]

    def _settings(self, record: Record) -> dict[str, Value]:
        settings = hyperparameters(record.architecture, record.analysis)
        resolved = record.architecture.resolved
        if self._same_layers:
            settings |= flattened({name: resolved.get(name) for name in ("layers", "blocks")})
        return {name: value for name, value in settings.items() if name not in (*UNTOLD, "task", "parameters", "macs")}

    @cached_property
    def _same_layers(self) -> bool:
        """Tell whether all have layers of the same types in the same order."""
        return len({tuple((node.type, node.path) for node in record.analysis.nodes) for record in self.records}) == 1

    @cached_property
    def results(self) -> dict[str, list[float | None]]:
        """Give what came of the runs, by name, with a number a run; None where a run has none."""
        rows: dict[str, list[float | None]] = {}
        for part in ("validation", "test"):
            measures = dict.fromkeys(name for record in self.records for name in record.metrics.get(part, {}))
            for name in measures:
                rows[f"{part} {name}"] = [record.metrics.get(part, {}).get(name) for record in self.records]
        for name, give in _FIGURES.items():
            rows[name] = [give(record) for record in self.records]
        return rows

    def better(self, name: str) -> int:
        """Tell whether more of a result is better (1), less (-1), or neither is (0)."""
        if name.startswith(("validation ", "test ")):
            column = name.partition(" ")[2]
            main = self.records[0].main_metric
            return -1 if column == "loss" or (column == main and self.records[0].mode == "min") else 1
        return {"parameters": -1, "MACs": -1, "seconds": -1, "images a second": 1}.get(name, 0)

    @cached_property
    def is_ranked(self) -> bool:
        """Tell whether all were measured on the same data: else no figure tells which is better."""
        return len({_measured_on(record) for record in self.records}) == 1

    def leaders(self, name: str) -> list[int]:
        """Give which runs are the best in a result, by their place; none where all are equal or nothing is ranked."""
        if not self.is_ranked:
            return []
        values = [value for value in self.results[name] if value is not None and math.isfinite(value)]
        better = self.better(name)
        if not better or len(set(values)) < 2:
            return []
        best = max(values) if better > 0 else min(values)
        return [place for place, value in enumerate(self.results[name]) if value == best]

    @cached_property
    def sentences(self) -> list[str]:
        """Say which run is to be preferred, and whether that may be chance."""
        return list(_verdict(self))

    def frame(self) -> pd.DataFrame:
        """Give a row a run: what differs, and what came of it."""
        return pd.DataFrame({**self.differences, **self.results}, index=pd.Index(self.names, name="run"))

    def text(self) -> str:
        """Give the table with a column a run, as people read it."""
        rows = {
            name: [NONE if value is None else str(value) for value in found] for name, found in self.differences.items()
        }
        rows |= {name: [shown(name, value) for value in found] for name, found in self.results.items()}
        table = pd.DataFrame.from_dict(rows, orient="index", columns=self.names)
        return str(table.to_string())

    def csv(self) -> str:
        """Give a row a run as CSV, the numbers as they are."""
        return str(self.frame().to_csv())

    def json(self) -> str:
        """Give an object a run as JSON."""
        content: list[dict[str, Any]] = [
            {
                "run": str(record.run.path),
                "differs": {name: values[place] for name, values in self.differences.items()},
                "metrics": record.metrics,
                **{name.replace(" ", "_"): self.results[name][place] for name in _FIGURES},
            }
            for place, record in enumerate(self.records)
        ]
        return json.dumps(_plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """Give the same with null for numbers that JSON has none for: NaN and the infinities."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


_FIGURES: Mapping[str, Callable[[Record], float | None]] = {
    "parameters": lambda record: record.analysis.totals.parameters,
    "MACs": lambda record: record.analysis.totals.macs,
    "epochs": lambda record: len(record.history),
    "best epoch": lambda record: record.best_epoch,
    "seconds": lambda record: record.seconds,
    "images a second": lambda record: record.images_per_second,
}


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


def _untold_of_source(record: Record) -> set[str]:
    """Name the settings that not every source of data has, and that are as they are without being named."""
    if record.architecture.data is None:
        return set()
    whole, told = (
        record.architecture.data.model_dump(
            mode="json", exclude=set(DataSection.model_fields), exclude_defaults=only_told
        )
        for only_told in (False, True)
    )
    return flattened(whole, "data").keys() - flattened(told, "data").keys()


def _measured_on(record: Record) -> str:
    """Tell on which data a run was measured: where its pictures come from, and how many its validation part has.

    How they are kept, changed and weighed is of training alone.
    """
    data, section = record.outcome.get("data", {}), record.architecture.data
    source = section.model_dump(mode="json", exclude=set(DataSection.model_fields) - {"source"}) if section else {}
    parts = data.get("parts", {}).get("validation")
    return json.dumps([source, parts, data.get("classes")], sort_keys=True)


def _verdict(comparison: Comparison) -> Iterator[str]:
    """Choose by the validation part: whoever chooses by the test part has no test left."""
    records, names = comparison.records, comparison.names
    if not comparison.is_ranked:
        yield "They were not measured on the same data (see data.…), so their figures do not tell which is better."
        return
    metric = records[0].main_metric
    row = f"validation {metric}"
    leaders = comparison.leaders(row) if row in comparison.results else []
    if not leaders:
        return
    best, metric_words = leaders[0], metric.replace("_", " ")
    values = comparison.results[row]
    others = [value for place, value in enumerate(values) if place not in leaders and value is not None]
    second = max(others) if comparison.better(row) > 0 else min(others)
    first = f"{names[best]} is the best"
    if len(leaders) > 1:
        first = f"{' and '.join(names[place] for place in leaders)} are the best, and equal"
    yield f"By the validation part {first}: {metric_words} {values[best]:.4f}, the next has {second:.4f}."
    size = records[best].outcome.get("data", {}).get("parts", {}).get("validation", 0)
    if metric == "accuracy" and size:
        low, high = wilson(float(values[best] or 0), size)
        if low <= second <= high:
            yield (
                f"With {size:,} validation pictures that may be chance: {low:.4f} to {high:.4f} is its 95 % interval. "
                "Train both with several seeds (training.seed) before choosing."
            )
