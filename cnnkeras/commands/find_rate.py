"""`find-rate`: the learning rate at which a file's network learns fastest, and where in the file it is set."""

from __future__ import annotations

import json
import math
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cnnkeras.commands.placing import place_of, where
from cnnkeras.commands.settling import open_data
from cnnkeras.console import counting
from cnnkeras.datasets.loading import read_ahead
from cnnkeras.datasets.tiling import epoch_size
from cnnkeras.errors import RunError, reason_of
from cnnkeras.inspection.figures.rates import rates
from cnnkeras.inspection.figures.style import to_png
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.document import Path as Place
from cnnkeras.spec.rate_change import rate_place
from cnnkeras.training.atomic import write_bytes
from cnnkeras.training.rate_test import RateTest, try_rates
from cnnkeras.training.setup import begin, prepare


def find_rate(architecture: Architecture, request: Namespace) -> int:
    """Train some steps at rising rates; print what they say, draw it, and give the exit status.

    The last line of standard output is the figure's file.
    """
    first, last, steps = request.first, request.last, request.steps
    begin(architecture)
    architecture, task, data = open_data(architecture)
    part = data.parts["train"]
    read_ahead(data, architecture)
    setup = prepare(architecture, epoch_size(part, architecture))
    figure = (request.out or Path("runs") / architecture.name / "find-rate") / "learning_rate.png"
    with _writing(figure):
        figure.parent.mkdir(parents=True, exist_ok=True)
        # Now, and not when all steps are trained.
        tempfile.TemporaryFile(dir=figure.parent).close()
    with counting("rates", steps) as step:
        test = try_rates(architecture, task, part, setup, first, last, steps, step)
    place = rate_place(architecture)
    if request.json:
        print(json.dumps(_to_json(architecture, test, place, figure), ensure_ascii=False))
    else:
        for line in (*_said(test), where(architecture, place, architecture.training.optimizer.learning_rate)):
            print(line)
    with _writing(figure):
        write_bytes(figure, to_png(rates(test)))
    if not request.json:
        print(figure)
    return 0


def _said(test: RateTest) -> Iterator[str]:
    steps, last = len(test.rates), test.rates[-1]
    yield f"{steps} steps, from a rate of {test.rates[0]:.2g} to {last:.2g}"
    if test.suggestion is None:
        yield "the loss falls at none of them: try more --steps, another range, or another network"
        return
    yield f"the loss falls fastest at {test.steepest:.2g}, and is lowest at {test.lowest:.2g}"
    is_tenth = test.steepest is not None and test.lowest is not None and test.lowest / 10 < test.steepest
    why = "a tenth of where it is lowest" if is_tenth else "where it falls fastest"
    yield f"suggestion: {test.suggestion:g}, {why}"


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


@contextmanager
def _writing(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"{file.parent} can't be written: {reason_of(error)}"
        raise RunError(message, "name another folder with --out") from error
