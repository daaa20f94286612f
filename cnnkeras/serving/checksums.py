"""A digest of every file of an export, kept in it: so that a change to any of them is found, byte by byte."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from cnnkeras.errors import RunError

FILE = "assets.extra/checksums.json"


def write_checksums(export: Path) -> None:
    """Write the digests of all files that are there. Raises OSError."""
    (export / FILE).write_text(json.dumps(_digests(export), indent=2) + "\n", "utf-8")


def check_checksums(export: Path) -> None:
    """Raise RunError where a file is missing, is new, or is not what it was when it was written."""
    hint = "don't serve it; export the run again: python run.py export RUN"
    try:
        written = json.loads((export / FILE).read_text("utf-8"))
    except (OSError, ValueError) as failure:
        raise RunError(f"{export} has no readable {FILE}", hint) from failure
    found = _digests(export)
    # The folder's own order: a change to a weight's file is told before one to a list of names.
    changed = sorted(name for name in written.keys() | found if written.get(name) != found.get(name))
    if changed:
        what = {True: "is missing", False: "is not as it was written"}[changed[0] not in found]
        what = "was not there when it was written" if changed[0] not in written else what
        more = f", and {len(changed) - 1} more differ" if len(changed) > 1 else ""
        raise RunError(f"{export} is not what was exported: {changed[0]} {what}{more}", hint)


def _digests(export: Path) -> dict[str, str]:
    files = sorted(file for file in export.rglob("*") if file.is_file() and file != export / FILE)
    return {file.relative_to(export).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
