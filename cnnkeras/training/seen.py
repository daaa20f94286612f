"""What a network was trained on, held to the data as it is now."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cnnkeras.datasets.keeping import kept
from cnnkeras.datasets.signature import is_alike, signature
from cnnkeras.datasets.source import Data
from cnnkeras.errors import UserError, first_of
from cnnkeras.spec.architecture import Architecture
from cnnkeras.training.run_directory import RunDirectory
from cnnkeras.training.state import STATE, Seen, read_state

# So many classes are named.
NAMED = 5


def see(data: Data, architecture: Architecture) -> Seen:
    """Give what tells this data from other data. Raises RunError where an example can't be read."""
    return Seen(
        list(data.class_names),
        {name: part.size for name, part in data.parts.items()},
        {name: signature(part) for name, part in data.parts.items()},
        kept(data.parts["train"], architecture, training=True) is not None,
    )


def seen_by(run: RunDirectory) -> Seen:
    """Give what a run was trained on: its checkpoints tell or, where they were deleted, its outcome."""
    seen = read_state(run.checkpoints / STATE).seen
    if seen.pictures or not run.outcome.is_file():
        return seen
    try:
        told = json.loads(run.outcome.read_text("utf-8"))["data"]
        return Seen([*map(str, told["classes"])], {name: int(size) for name, size in told["parts"].items()})
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return seen


def refuse_other_classes(seen: Seen, now: Seen, architecture: Architecture) -> None:
    """Raise UserError where the network's units would mean other classes than those that they were trained for."""
    if seen.pictures and seen.classes != now.classes:
        message = f"the classes are not those that it was trained on: {_difference(seen.classes, now.classes)}"
        hint = "give the data as it was, or start a new run"
        raise UserError(architecture.document.diagnostic("data", ("data",), message, hint))


def differences(seen: Seen, now: Seen) -> dict[str, str]:
    """Say by part what it has that it had not."""
    both = [name for name in now.pictures if name in seen.pictures]
    return {name: change for name in both if (change := _change(seen, now, name))}


def _change(seen: Seen, now: Seen, name: str) -> str | None:
    if seen.pictures[name] != now.pictures[name]:
        return f"{now.pictures[name]:,} pictures, and had {seen.pictures[name]:,}"
    if name not in seen.first or is_alike(seen.first[name], now.first[name]):
        return None
    return "other pictures or labels than before"


def _difference(before: Sequence[str], now: Sequence[str]) -> str:
    gone, added = ([name for name in some if name not in others] for some, others in ((before, now), (now, before)))
    if not gone and not added:
        return "their order is another one"
    said = [f"{first_of(names, NAMED)} {word}" for names, word in ((gone, "gone"), (added, "new")) if names]
    return ", ".join(said)
