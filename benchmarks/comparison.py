"""What benchmarks of several contestants share: collect what they measure, write it, print the table."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.processes import ContestantFailed
from benchmarks.report import print_table, write_json

Entries = list[dict[str, Any]]


@dataclass(frozen=True)
class Comparison:
    """A table: its title, its columns, what stands under it, and how measurements become its entries and cells."""

    title: str
    columns: Sequence[str]
    notes: Sequence[str]
    summarize: Callable[[Entries], Entries]
    rows: Callable[[Entries], Sequence[Sequence[str]]]

    def run(self, measuring: Iterable[dict[str, Any]], machine: Mapping[str, Any], file: Path | None) -> int:
        """Measure one after the other and print the table; give the exit status, 1 where a contestant failed.

        The file, where one is asked for, is written anew after every measurement: hours are not lost to a last error.
        """
        measurements: Entries = []
        try:
            for measured in measuring:
                measurements.append(measured)
                if file:
                    content = {"summary": self.summarize(measurements), "measurements": measurements}
                    write_json(file, self.title.lower(), machine, content)
        except ContestantFailed as error:
            print(error, file=sys.stderr)
            return 1
        print_table(self.title, machine, self.columns, self.rows(self.summarize(measurements)), self.notes)
        return 0
