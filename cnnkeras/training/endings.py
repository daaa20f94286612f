"""Says how a training ended that broke off, what is kept of it, and how to go on."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass

from cnnkeras.datasets.source import Data
from cnnkeras.errors import RunError
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.batch_trial import smaller_that_fits
from cnnkeras.training.checkpoint import Checkpoints, State
from cnnkeras.training.finite import HINT, NotFinite, gentler
from cnnkeras.training.mark import Mark
from cnnkeras.training.monitor import Monitor
from cnnkeras.training.origin import find_origin
from cnnkeras.training.run_directory import RunDirectory
from cnnkeras.training.setup import Setup

_START_ALL = "to go on, start every worker again with --resume and the folder that the chief names"


@dataclass(frozen=True)
class Endings:
    """The ends that a training may come to before its last epoch; `state` goes along with the training."""

    architecture: Architecture
    task: TrainableTask
    data: Data
    run: RunDirectory
    setup: Setup
    monitor: Monitor
    state: State

    def stopped(self, reason: str) -> RunError:
        """Say how far it has come, and which network is kept."""
        epoch, epochs, step = self.state.epoch, self.architecture.training.epochs, self.state.step
        where = f"after epoch {epoch} of {epochs}"
        if step:
            where = f"after step {step} of {self.setup.steps_per_epoch} in epoch {epoch + 1} of {epochs}"
        if not self.run.is_kept:
            return RunError(f"{reason} {where}; the chief keeps what there is", _START_ALL)
        kept = "no epoch is whole yet"
        if self.state.best:
            value = f"{self.monitor.column} {self.state.best.value:.4f}"
            kept = f"the best network so far, of epoch {self.state.best.epoch} ({value}), is {self.run.model}"
        together = ", on every worker" if self.setup.is_group else ""
        return RunError(f"{reason} {where}; {kept}", f"to go on{together}: {self.run.resume_command}")

    def too_large(self) -> RunError:
        """Say which batch fits, by trying. Several workers would have to try together."""
        size = self.architecture.training.batch_size
        message = f"the device's memory is too small for a batch of {size}"
        if self.setup.is_group:
            return RunError(message, f"try training.batch_size={size // 2 or 1}")
        print(f"{message}; looking for one that fits …", file=sys.stderr)
        fits = smaller_that_fits(self.architecture, self.task, self.data.parts["train"], self.setup)
        if fits is None:
            return RunError(message, "use a smaller network or input")
        return RunError(
            message, f"a batch of {fits} fits; to go on with it: {self.run.resume_command} training.batch_size={fits}"
        )

    def not_finite(self, error: NotFinite) -> NotFinite:
        """Say where it came from, and in the run that going on alone would end as before.

        What was saved within the epoch may be spoiled already, however finite: going on begins with the epoch.
        """
        explained = self._explained(error)
        with suppress(OSError):  # what happened is told all the same
            Checkpoints(self.run.checkpoints, self.run.is_kept).go_back(self.state)
        return self._marked(explained)

    def _explained(self, error: NotFinite) -> NotFinite:
        """Add which step and which layer it came from. Several workers would have to look for it together."""
        if self.setup.is_group:
            return error
        print(f"{error.message}; looking for where it came from (Ctrl-C ends that) …", file=sys.stderr)
        checkpoints = Checkpoints(self.run.checkpoints)
        try:
            origin = find_origin(
                self.architecture, self.task, self.data.parts["train"], self.setup, checkpoints, self.state
            )
        except (KeyboardInterrupt, RunError):  # it can't be looked for where the checkpoint is of another batch size
            return error
        return error if origin is None else NotFinite(error.message, origin.text, origin.hint or HINT)

    def _marked(self, error: NotFinite) -> NotFinite:
        """Say in the run that going on alone would end as before, and how to go on otherwise."""
        if not self.run.is_kept:
            return error
        changes = gentler(self.architecture) if error.hint == HINT else ""
        with suppress(OSError):  # what happened is told all the same
            self.run.mark(Mark(error.message, changes))
        going_on = f", as in {self.run.resume_command}" if changes else ""
        kept = f"; the best epoch before is {self.run.model}" if self.state.best else ""
        return NotFinite(error.message, error.origin, f"{error.hint}{going_on}{kept}")
