"""`check`: everything that can be known without TensorFlow."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnkeras.analysis.analysis import Analysis
from cnnkeras.analysis.report import print_table, summary
from cnnkeras.commands.reading import examine, file_and_changes
from cnnkeras.datasets.presence import absent
from cnnkeras.errors import Diagnostic, UserError, listed
from cnnkeras.spec.architecture import Architecture

# What stands in `totals` where a file could not be analysed.
_NO_TOTALS = dict.fromkeys(("parameters", "trainable_parameters", "macs", "activation_memory", "receptive_field"))


def check(words: Sequence[str], as_json: bool) -> int:
    """Print what is known of each file, and what is wrong with it; give the exit status.

    Words with "=" in them are changes to every file.
    """
    first, changes, others = file_and_changes(words)
    files = [file for word in (first, *others) for file in _files(word)]
    results = [_examine(file, changes) for file in files]
    if as_json:
        for result in results:
            print(json.dumps(result.to_json(), ensure_ascii=False))
    else:
        _print(results)
    return 2 if any(each.severity == "error" for result in results for each in result.found) else 0


@dataclass(frozen=True)
class _Checked:
    """A file and what came out; `analysis` is None where the file says too little for one."""

    file: str
    found: tuple[Diagnostic, ...]
    architecture: Architecture | None = None
    analysis: Analysis | None = None

    def to_json(self) -> dict[str, Any]:
        if self.analysis is not None:
            return self.analysis.to_json()
        return {"ok": False, "diagnostics": [each.to_json() for each in self.found], "layers": [], "totals": _NO_TOTALS}


def _files(name: str) -> Iterator[str]:
    """Give the file, or the architecture files of a folder."""
    folder = Path(name)
    if os.path.isdir(name) and (inside := sorted(str(file) for file in folder.glob("*.json"))):
        yield from inside
    else:
        yield name


def _examine(file: str, changes: Sequence[str]) -> _Checked:
    try:
        architecture, analysis = examine(file, changes)
    except UserError as error:
        return _Checked(file, error.diagnostics)
    return _Checked(file, analysis.diagnostics, architecture, analysis)


def _print(results: Sequence[_Checked]) -> None:
    for result in results:
        if result.found:
            print(listed(result.found), file=sys.stderr)
    if len(results) > 1:
        print(summary([(result.file, result.analysis) for result in results]))
    elif (analysis := results[0].analysis) is not None and analysis.ok:
        print_table(analysis)
        architecture = results[0].architecture
        if architecture is not None and architecture.num_classes is None and analysis.totals.parameters is None:
            print(_waiting(architecture))


def _waiting(architecture: Architecture) -> str:
    """Say why figures are not known: they wait for the number of classes, which is the data's to say."""
    if architecture.data is None:
        return '? is what the classes decide, and the file has no "data" that would tell how many there are'
    missing = "".join(f": {each.message.partition(': ')[2]}" for each in absent(architecture))
    return f"? is what the number of classes decides, which the data has not told{missing}"
