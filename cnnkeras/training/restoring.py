"""Takes up a training where its checkpoints stand."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cnnkeras.errors import RunError
from cnnkeras.training.arrays import Broken
from cnnkeras.training.compiling import compile_model
from cnnkeras.training.course import Course
from cnnkeras.training.optimizers import follows_epochs, set_ahead, steps_done
from cnnkeras.training.remaining import change_to_go_on, has_another_loss, is_loss, loss_of
from cnnkeras.training.seen import differences, refuse_other_classes, see


def restore(course: Course) -> Sequence[Any]:
    """Compile the network, and give it and its optimizer what the checkpoints have.

    Gives what the metrics had added up in the middle of an epoch. Raises RunError, and UserError for other classes.
    """
    _compare_data(course)
    compile_model(course.model, course.architecture, course.task, course.setup)
    sums: Sequence[Any] = ()
    if course.state.epoch or course.state.step:
        sums = course.checkpoints.restore(course.state, course.model)
        _forget_a_broken_best(course)
        _rate_the_best_anew(course)
        _forget_what_another_loss_told(course)
    course.state.loss = loss_of(course.architecture)
    _follow_the_file(course)
    return sums


def _compare_data(course: Course) -> None:
    """See to it that each unit of the network means what it was trained for; say where parts are other ones."""
    seen, now = course.state.seen, see(course.data, course.architecture)
    refuse_other_classes(seen, now, course.architecture)
    for name, change in differences(seen, now).items():
        measured = ": the best epoch so far was measured on those" if name == "validation" else ""
        print(f"data: {name} has {change}{measured}", file=sys.stderr)
    if course.state.step and seen.are_kept not in (None, now.are_kept):
        places = ("kept between the epochs", "read anew every epoch")
        here, before = places if now.are_kept else reversed(places)
        print(f"data: the pictures are {here}, and were {before}: the epoch ends in another order", file=sys.stderr)
    course.state.seen = now


def _rate_the_best_anew(course: Course) -> None:
    """Take the best network so far by the figure that decides now: it was chosen by another one."""
    best, column = course.state.best, course.monitor.column
    if best is None or best.column == column or course.nothing_to_train():
        return
    value = course.state.history[best.epoch - 1].get(column, math.nan)
    kept = f"of those before, epoch {best.epoch} alone is kept to compare with"
    if math.isnan(value):
        kept = f"it was not measured in epoch {best.epoch}, and no epoch before is compared with"
    print(f"the best epoch is told by {column} from here on, and was by {best.column}: {kept}", file=sys.stderr)
    course.state.best = None if math.isnan(value) else replace(best, value=value, column=column)


def _forget_what_another_loss_told(course: Course) -> None:
    """Begin anew what follows the loss, where that is another one: its numbers say nothing of those before."""
    state = course.state
    if not has_another_loss(course.architecture, state) or course.nothing_to_train():
        return
    follow = {name for name, memory in state.callbacks.items() if is_loss(str(memory.get("monitor", "")))}
    state.callbacks = {name: memory for name, memory in state.callbacks.items() if name not in follow}
    best = state.best
    is_by_loss = best is not None and is_loss(best.column)
    if best is not None:
        # Of equal figures the lower loss decides, and those of before are no such losses.
        state.best = None if is_by_loss else replace(best, loss=math.inf)
    if follow or is_by_loss:
        what = [*(["the best epoch"] if is_by_loss else []), *sorted(follow)]
        print(f"the loss is another one than before: what follows it begins anew ({', '.join(what)})", file=sys.stderr)


def _forget_a_broken_best(course: Course) -> None:
    """Look at the best network now: at the end all that is trained meanwhile would be lost with it."""
    try:
        course.checkpoints.check_best(course.state, course.model)
    except Broken as error:
        if course.nothing_to_train():
            change = change_to_go_on(course.architecture, course.state)
            further = f", as in {course.run.resume_command} {change}" if course.run.is_kept else f" with {change}"
            raise RunError(error.message, f"train further{further}, or start a new run") from error
        print(f"{error.message}; the best of the epochs from here on will be kept", file=sys.stderr)
        course.state.best = None


def _follow_the_file(course: Course) -> None:
    """Take the batch size and the learning rate of the file, which may be other ones than before."""
    training, optimizer, steps = course.architecture.training, course.model.optimizer, course.setup.steps_per_epoch
    state = course.state
    state.optimizer = training.optimizer.type
    has_other_steps = state.count_in(training.batch_size, steps)
    state.follow(training.optimizer.learning_rate, optimizer)
    if has_other_steps and follows_epochs(training):
        state.terms.ahead = state.epoch * steps + state.step - steps_done(optimizer)
    set_ahead(optimizer, state.terms.ahead)
