"""Where a training stands: what going on has to know, beside the arrays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cnnkeras.errors import RunError, first_line

STATE = "state.json"


@dataclass
class Best:
    """The best epoch so far, counted from 1, and its figures."""

    epoch: int
    value: float
    loss: float
    # The column that the value is of.
    column: str


@dataclass
class Terms:
    """What the file said that the arrays follow."""

    # The batch size that steps are counted with, and how many an epoch has; 0 where that is not known.
    batch_size: int = 0
    steps_per_epoch: int = 0
    # The learning rate, where it was a number: the optimizer's own may have been reduced since.
    learning_rate: float | None = None
    # How many steps the learning rate's schedule is ahead of the optimizer, which counts steps of every size alike.
    ahead: int = 0


@dataclass
class Seen:
    """What it was trained on: the classes, in the order of the network's units, and of each part what tells it."""

    classes: list[str] = field(default_factory=list)
    pictures: dict[str, int] = field(default_factory=dict)
    first: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    # Whether the pictures of training were kept between the epochs, which decides on their order.
    are_kept: bool | None = None


@dataclass
class State:
    """Where a training stands. `epoch` is how many are done, `callbacks` what each of them remembers.

    `step` is how many steps of the next epoch are done, in `seconds`, `learning_rate` the one that it began with.
    """

    epoch: int = 0
    step: int = 0
    seconds: float = 0.0
    learning_rate: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)
    best: Best | None = None
    callbacks: dict[str, dict[str, Any]] = field(default_factory=dict)
    stopped: bool = False
    seen: Seen = field(default_factory=Seen)
    optimizer: str = ""
    # What it is by which networks are told apart where that is the loss; "" where that is not known.
    loss: str = ""
    # Whose sums stand in a file from the middle of an epoch.
    metrics: list[str] = field(default_factory=list)
    terms: Terms = field(default_factory=Terms)
    # Those when the arrays of the epoch's beginning were written.
    began_with: Terms = field(default_factory=Terms)

    def count_in(self, batch_size: int, steps_per_epoch: int) -> bool:
        """Count the steps of this epoch in batches of another size: no picture is left out, a few may come twice.

        Tells whether an epoch has more or fewer of them than before.
        """
        before = self.terms
        if before.batch_size:
            self.step = self.step * before.batch_size // batch_size
        # The last batch of an epoch may have been no whole one.
        self.step = min(self.step, steps_per_epoch)
        self.terms = replace(before, batch_size=batch_size, steps_per_epoch=steps_per_epoch)
        return before.steps_per_epoch not in (0, steps_per_epoch)

    def follow(self, rate: Any, optimizer: Any) -> None:
        """Take the file's learning rate where it is another number than before; the checkpoint has the old one's."""
        given, before = float(rate) if isinstance(rate, int | float) else None, self.terms.learning_rate
        if None not in (given, before) and given != before:
            optimizer.learning_rate = given
        self.terms.learning_rate = given

    def end_epoch(self, stopped: bool) -> None:
        """Go on to the next epoch, under the same terms."""
        self.epoch, self.step, self.seconds, self.stopped = self.epoch + 1, 0, 0.0, stopped
        self.began_with = replace(self.terms)

    def begin_anew(self) -> None:
        """Go back to the beginning of the epoch."""
        self.step, self.seconds = 0, 0.0
        self.terms = replace(self.began_with)

    def describe(self) -> str:
        """Say how far it is: after epoch 3 and 16 steps."""
        if not self.epoch and not self.step:
            return "from the beginning: no step was saved"
        steps = f" and {self.step} steps" if self.step else ""
        return f"after epoch {self.epoch}{steps}"


def is_of(monitor: str, memory: Mapping[str, Any]) -> bool:
    """Tell whether what a callback remembers is of this figure: what it is of another says nothing of this one."""
    return memory.get("monitor") == monitor


def read_state(path: Path) -> State:
    """Give the state that a file holds; a fresh one where there is none. Raises RunError."""
    try:
        if not path.exists():
            return State()
        content = json.loads(path.read_bytes())
        # It only looks: what it makes has numbers with a point where there was none.
        TypeAdapter(State).validate_python(content)
        best = content["best"]
        terms = {name: Terms(**content[name]) for name in ("terms", "began_with")}
        return State(**{**content, **terms, "seen": Seen(**content["seen"]), "best": best and Best(**best)})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RunError(f"the checkpoint {path} can't be read: {_reason(error)}", "start a new run") from error


def _reason(error: Exception) -> str:
    if isinstance(error, TypeError | KeyError):
        return "another version of cnnkeras wrote it, or it was changed by hand"
    if not isinstance(error, ValidationError):
        return first_line(error)
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else first["msg"]
