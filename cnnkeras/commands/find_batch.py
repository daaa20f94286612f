"""`find-batch`: the largest batch whose training fits into memory, and a run that asks for it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from cnnkeras.commands.batch_search import MIB, Tried, largest_batch
from cnnkeras.commands.placing import place_of, where
from cnnkeras.commands.reading import checked, experiment, one_file
from cnnkeras.errors import UserError
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.batch_size import DEFAULT, Unmeasured

PATH = ("training", "batch_size")


def find_batch(words: Sequence[str], as_json: bool) -> int:
    """Print the largest batch that fits, what each size takes, and where in the file it is set."""
    architecture = experiment("find-batch", words)
    found = largest_batch(words, None if as_json else _show)
    if as_json:
        said: dict[str, Any] = {"name": architecture.name, "batch_size": found.size, "pictures": found.pictures}
        said |= {"limit": found.limit, "trials": found.trials}
        print(json.dumps(said | {"place": place_of(architecture, PATH)}, ensure_ascii=False))
        return 0
    fitting = [trial for trial in found.trials if trial["fits"]]
    fastest = max(fitting, key=lambda trial: trial["images_per_second"])
    print(f"{found.size} ({found.reason})")
    print(f"the fastest was {fastest['size']}, with {fastest['images_per_second']:,.0f} images a second")
    print(where(architecture, PATH, DEFAULT))
    return 0


def measured(architecture: Architecture, words: Sequence[str], is_alone: bool = True) -> Architecture:
    """Give the architecture that the words name with "auto" replaced by the largest batch that fits, if it is there.

    Raises UserError where several workers would each find one of their own.
    """
    if not isinstance(architecture.training.batch_size, Unmeasured):
        return architecture
    if not is_alone:
        message = 'training: batch_size is "auto", and several workers were started, which all need the same'
        hint = "find it with the command find-batch, and write the number"
        raise UserError(architecture.document.diagnostic("training", PATH, message, hint))
    print("looking for the largest batch that fits …", file=sys.stderr)
    file, changes = one_file("run", words)
    found = largest_batch(words, _show)
    print(f"batch_size: {found.size} ({found.reason})", file=sys.stderr)
    # Its warnings are printed already; that it is wrong at this size is new.
    return checked(file, [*changes, f"{'.'.join(PATH)}={found.size}"])[0]


def _show(trial: Tried) -> None:
    if trial["fits"]:
        said = f"{trial['memory'] / MIB:,.0f} MiB, {trial['images_per_second']:,.0f} images a second"
    else:
        said = trial["reason"]
    print(f"a batch of {trial['size']}: {said}", file=sys.stderr)
