"""Several runs side by side: what differs between them, and what came of it."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cnnkeras.datasets.pictures.defects import DEFECTS, policy_of
from cnnkeras.datasets.source import FileSource
from cnnkeras.inspection.flattening import Value, flattened
from cnnkeras.inspection.hyperparameters import hyperparameters
from cnnkeras.inspection.page.layer_lists import LayerLists
from cnnkeras.inspection.page.record import Record
from cnnkeras.spec.data import DataSection
from cnnkeras.training.monitor import direction
from cnnkeras.training.remaining import loss_of

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

        Defaults are filled in: a run that names one and a run that leaves it out are the same.
        """
        settings = [self._settings(place) for place in range(len(self.records))]
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

    def _settings(self, place: int) -> dict[str, Value]:
        """Give what the file of one run says, defaults filled in."""
        record = self.records[place]
        settings = hyperparameters(record.architecture, record.analysis) | self.layer_lists.settings(place)
        resolved = record.architecture.resolved
        for name, block in (resolved.get("blocks") or {}).items():
            settings |= flattened({key: value for key, value in block.items() if key != "layers"}, f"blocks.{name}")
        return {name: value for name, value in settings.items() if name not in (*UNTOLD, "task", "parameters", "macs")}

    @cached_property
    def layer_lists(self) -> LayerLists:
        """Give the layers as the files write them."""
        return LayerLists([record.architecture.resolved for record in self.records])

    @cached_property
    def results(self) -> dict[str, list[float | None]]:
        """Give what came of the runs, by name, with a number a run; None where a run has none."""
        rows: dict[str, list[float | None]] = {}
        for part in ("validation", "test"):
            measures = dict.fromkeys(name for record in self.records for name in record.metrics.get(part, {}))
            for name in measures:
                rows[f"{part} {name}"] = [record.metrics.get(part, {}).get(name) for record in self.records]
        for name, give in FIGURES.items():
            rows[name] = [give(record) for record in self.records]
        return rows

    def better(self, name: str) -> int:
        """Tell whether more of a result is better (1), less (-1), or neither is (0), as of losses of two kinds."""
        column = name.partition(" ")[2]
        if not name.startswith(("validation ", "test ")):
            return {"parameters": -1, "MACs": -1, "seconds": -1, "images a second": 1}.get(name, 0)
        if column == "loss":
            return -1 if len({loss_of(record.architecture) for record in self.records}) == 1 else 0
        return -1 if direction(self.records[0].architecture, column) == "min" else 1

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


FIGURES: Mapping[str, Callable[[Record], float | None]] = {
    "parameters": lambda record: record.analysis.totals.parameters,
    "MACs": lambda record: record.analysis.totals.macs,
    "epochs": lambda record: len(record.history),
    "best epoch": lambda record: record.best_epoch,
    "seconds": lambda record: record.seconds,
    "images a second": lambda record: record.images_per_second,
}


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
    if isinstance(section, FileSource):
        # Written out or left to its defaults, it is the same.
        source["on_problem"] = {code: policy_of(section.on_problem, code) for code in DEFECTS}
    parts = data.get("parts", {}).get("validation")
    return json.dumps([source, parts, data.get("classes")], sort_keys=True)
