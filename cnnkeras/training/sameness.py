"""Whether all workers were started with the same experiment: each would train, and all of it come to nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cnnkeras.datasets.keeping import kept
from cnnkeras.datasets.signature import labels_of, signature
from cnnkeras.datasets.source import Data
from cnnkeras.datasets.tiling import epoch_size
from cnnkeras.errors import Diagnostic, UserError, first_of
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.document import Path, path_name
from cnnkeras.training.group import Group

# What has to be the same.
_SECTIONS = ("task", "input", "blocks", "layers", "outputs", "data", "training")
# What a machine may have of its own: where its data lies, for one.
_PLACES = ("path", "data_dir", "images", "masks", "annotations", "lists", "cache")
_OWN = (("training", "threads"), ("training", "profile"), *(("data", name) for name in _PLACES))
# So many differences are named.
NAMED = 3


def check_same(group: Group, architecture: Architecture, data: Data) -> None:
    """Raise UserError, on every worker, where one of them has another file, other changes or other data."""
    others = group.differences(facts(architecture, data))
    if others:
        worker, names = next(iter(others.items()))
        message = f"worker {worker} trains something else than the chief: {first_of(names, NAMED)}"
        hint = "start every worker with the same file (of a run, the chief's architecture.json), changes and data"
        raise UserError(Diagnostic("workers", "error", "workers", 0, 0, "", message, hint))


def facts(architecture: Architecture, data: Data) -> dict[str, str]:
    """Give what has to be the same on every worker, by its name."""
    resolved = architecture.resolved
    sections = {name: resolved[name] for name in _SECTIONS if name in resolved}
    found = {path_name(path): json.dumps(value) for path, value in _leaves(sections) if path[:2] not in _OWN}
    found |= {f"the number of pictures in {name}": str(part.size) for name, part in data.parts.items()}
    examples = epoch_size(data.parts["train"], architecture)
    # Not the pictures themselves, which another machine may decode a little otherwise.
    for name, part in data.parts.items():
        found[f"the first labels of {name}"] = json.dumps(labels_of(signature(part)))
    # A part that is read anew is shuffled otherwise.
    order = "kept" if kept(data.parts["train"], architecture, training=True) is not None else "read anew"
    found["the order of an epoch: one keeps its pictures, and another reads them anew (data.cache)"] = order
    return found | {"the classes": json.dumps(data.class_names), "the number of examples in an epoch": str(examples)}


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Give every value that is no object and no array, with its place, and those that are empty."""
    steps: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(value, Mapping):
        steps = iter(value.items())
    elif isinstance(value, tuple | list):
        steps = iter(enumerate(value))
    inside = [leaf for step, below in steps for leaf in _leaves(below, (*path, step))]
    yield from inside or [(path, value)]
