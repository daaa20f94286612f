"""`find-rate`: the learning rate at which a file's network learns fastest, and where in the file it is set."""

from __future__ import annotations

import json
import math
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from cnnkeras.commands.placing import place_of, where
from cnnkeras.commands.settling import open_data
from cnnkeras.datasets.loading import read_ahead
from cnnkeras.datasets.tiling import epoch_size
from cnnkeras.errors import Diagnostic, RunError, UserError, reason_of
from cnnkeras.inspection.figures.rates import rates
from cnnkeras.inspection.figures.style import to_png
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.document import Path as Place
from cnnkeras.spec.overrides import COMMAND_LINE
from cnnkeras.spec.schedules import PiecewiseConstantDecay, Schedule
from cnnkeras.training.rate_test import RateTest, try_rates
from cnnkeras.training.setup import begin, prepare


def find_rate(architecture: Architecture, request: Namespace) -> int:
    """Train some steps at rising rates; print what they say, draw it, and give the exit status.

    The last line of standard output is the figure's file.
    """
    first, last, steps = request.first, request.last, request.steps
    if not first < last:
        message = f"--from {first:g} must be below --to {last:g}"
        raise UserError(Diagnostic("file", "error", COMMAND_LINE, 0, 0, "", message, "give a range upwards"))
    begin(architecture)
    architecture, task, data = open_data(architecture)
    part = data.parts["train"]
    read_ahead(data, architecture)
    setup = prepare(architecture, epoch_size(part, architecture))
    with _progress(steps) as step:
        test = try_rates(architecture, task, part, setup, first, last, steps, step)
    figure = (request.out or Path("runs") / architecture.name / "find-rate") / "learning_rate.png"
    _draw(figure, test)
    place = rate_place(architecture)
    if request.json:
        print(json.dumps(_to_json(architecture, test, place, figure), ensure_ascii=False))
    else:
        for line in (*_said(test), where(architecture, place, architecture.training.optimizer.learning_rate)):
            print(line)
        print(figure)
    return 0


def rate_place(architecture: Architecture) -> Place:
    """Give the path to the number in the file that is the learning rate, of a schedule the one that it comes from."""
    rate = architecture.training.optimizer.learning_rate
    keys: tuple[str | int, ...] = ()
    if isinstance(rate, PiecewiseConstantDecay):
        keys = ("values", 0)
    elif isinstance(rate, Schedule):
        keys = ("warmup_target" if getattr(rate, "warmup_target", None) else "initial_learning_rate",)
    return ("training", "optimizer", "learning_rate", *keys)


def _said(test: RateTest) -> Iterator[str]:
    steps, last = len(test.rates), test.rates[-1]
    yield f"{steps} steps, from a rate of {test.rates[0]:.2g} to {last:.2g}"
    if test.suggestion is None:
        yield "the loss falls at none of them: try more --steps, another range, or another network"
        return
    yield f"the loss falls fastest at {test.steepest:.2g}, and is lowest at {test.lowest:.2g}"
    yield f"suggestion: {test.suggestion:g}, where it falls fastest, and at most a tenth of where it is lowest"


def _to_json(architecture: Architecture, test: RateTest, place: Place, figure: Path) -> dict[str, Any]:
    steps = zip(test.rates, test.losses, test.smoothed, strict=True)
    return {
        "name": architecture.name,
        "suggestion": test.suggestion,
        "steepest": test.steepest,
        "lowest": test.lowest,
        "place": place_of(architecture, place),
        "figure": str(figure),
        "steps": [
            dict(zip(("rate", "loss", "smoothed"), (_short(number) for number in step), strict=True)) for step in steps
        ],
    }


def _short(number: float) -> float | None:
    return float(f"{number:.6g}") if math.isfinite(number) else None


def _draw(file: Path, test: RateTest) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(to_png(rates(test)))
    except OSError as error:
        message = f"{file.parent} can't be written: {reason_of(error)}"
        raise RunError(message, "name another folder with --out") from error


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """Show on a terminal how far it is."""
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("rates", total=total)
        yield lambda: progress.advance(task)
