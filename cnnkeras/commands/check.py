"""`check`: everything that can be known without TensorFlow."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cnnkeras.analysis.analysis import Analysis
from cnnkeras.analysis.report import print_table, summary
from cnnkeras.commands.reading import examine, file_and_changes
from cnnkeras.errors import Diagnostic, UserError, listed

# What stands in `totals` where a file could not be analysed.
_NO_TOTALS = dict.fromkeys(("parameters", "trainable_parameters", "macs", "activation_memory", "receptive_field"))


def check(words: Sequence[str], as_json: bool) -> int:
    """Print what is known of each file, and what is wrong with it; give the exit status.

    Words with "=" in them are changes to every file.
    """
    first, changes, others = file_and_changes(words)
    files = [file for word in (first, *others) for file in _files(word)]
    results = [(file, *_examine(file, changes)) for file in files]
    if as_json:
        for _, analysis, found in results:
            print(json.dumps(_to_json(analysis, found), ensure_ascii=False))
    else:
        _print(results)
    return 2 if any(each.severity == "error" for _, _, found in results for each in found) else 0


def _files(name: str) -> Iterator[str]:
    """Give the file, or the architecture files of a folder."""
    folder = Path(name)
    if os.path.isdir(name) and (inside := sorted(str(file) for file in folder.glob("*.json"))):
        yield from inside
    else:
        yield name


def _examine(file: str, changes: Sequence[str]) -> tuple[Analysis | None, tuple[Diagnostic, ...]]:
    try:
        analysis = examine(file, changes)[1]
    except UserError as error:
        return None, error.diagnostics
    return analysis, analysis.diagnostics


def _to_json(analysis: Analysis | None, found: Iterable[Diagnostic]) -> dict[str, Any]:
    if analysis is not None:
        return analysis.to_json()
    return {"ok": False, "diagnostics": [each.to_json() for each in found], "layers": [], "totals": _NO_TOTALS}


def _print(results: Sequence[tuple[str, Analysis | None, tuple[Diagnostic, ...]]]) -> None:
    for _, _, found in results:
        if found:
            print(listed(found), file=sys.stderr)
    if len(results) > 1:
        print(summary([(file, analysis) for file, analysis, _ in results]))
    elif results[0][1] is not None and results[0][1].ok:
        print_table(results[0][1])
