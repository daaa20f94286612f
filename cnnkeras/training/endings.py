"""Says why a training broke off, what is kept of it, and how to go on."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass

import tensorflow as tf

from cnnkeras.errors import RunError
from cnnkeras.training.batch_trial import lacks_memory, smaller_that_fits
from cnnkeras.training.course import Course
from cnnkeras.training.finite import HINT, LostInValidation, NotFinite, gentler
from cnnkeras.training.group import LOST_WORKER, who_is_gone
from cnnkeras.training.interruption import Interrupted
from cnnkeras.training.mark import Mark
from cnnkeras.training.origin import find_origin
from cnnkeras.training.xla import not_compiled


@dataclass(frozen=True)
class Endings:
    """The ends that a training may come to before its last epoch."""

    course: Course

    def told(self, error: Exception) -> Exception:
        """Give what the user is told where an error has ended the training; the error itself where that says it."""
        if isinstance(error, Interrupted):
            return self._stopped(f"stopped by {error.name}")
        if isinstance(error, NotFinite):
            return self._not_finite(error)
        if isinstance(error, tf.errors.OpError | MemoryError):
            return self._of_tensorflow(error)
        return error

    def _of_tensorflow(self, error: Exception) -> Exception:
        if lacks_memory(error):
            return self._too_large()
        if reason := not_compiled(error, self.course.setup.jit_compile.value):
            return self._not_compiled(reason)
        if self.course.setup.is_group and isinstance(error, LOST_WORKER):
            return self._stopped(f"{who_is_gone(error)} went away")
        return error

    def _stopped(self, reason: str) -> RunError:
        """Say how far it has come, and which network is kept."""
        run, setup = self.course.run, self.course.setup
        reason = f"{reason} {self._where()}"
        if not run.is_kept:
            return RunError(f"{reason}; the chief keeps what there is", f"to go on: {run.resume_command}")
        started = "as it was started (by --workers and --index, TF_CONFIG or srun)"
        together = f", on every worker {started}, with {run.architecture} copied there" if setup.is_group else ""
        return RunError(f"{reason}; {self._kept()}", f"to go on{together}: {run.resume_command}")

    def _where(self) -> str:
        state, epochs = self.course.state, self.course.architecture.training.epochs
        if state.step:
            steps = self.course.setup.steps_per_epoch
            return f"after step {state.step} of {steps} in epoch {state.epoch + 1} of {epochs}"
        return f"after epoch {state.epoch} of {epochs}"

    def _kept(self) -> str:
        best = self.course.state.best
        if best is None:
            return "no epoch is whole yet" if not self.course.state.epoch else "no epoch's network is kept as the best"
        value = f"{self.course.monitor.column} {best.value:.4f}"
        return f"the best network so far, of epoch {best.epoch} ({value}), is {self.course.run.model}"

    def _too_large(self) -> RunError:
        """Say which batch fits, by trying. Several workers would have to try together."""
        course = self.course
        size = course.architecture.training.batch_size
        message = f"the device's memory is too small for a batch of {size}"
        if course.setup.is_group:
            return RunError(message, f"try training.batch_size={size // 2 or 1}")
        print(f"{message}; looking for one that fits …", file=sys.stderr)
        fits = smaller_that_fits(course.architecture, course.task, course.data.parts["train"], course.setup)
        if fits is None:
            return RunError(message, "use a smaller network or input")
        going_on = f"{course.run.resume_command} training.batch_size={fits}"
        return RunError(message, f"a batch of {fits} fits; to go on with it: {going_on}")

    def _not_compiled(self, message: str) -> RunError:
        """Give the way to go on where XLA can't compile the step."""
        command = f"{self.course.run.resume_command} training.jit_compile=false"
        return RunError(message, f"go on without XLA: {command}")

    def _not_finite(self, error: NotFinite) -> NotFinite:
        """Say where it came from, and in the run that going on alone would end as before.

        What was saved within the epoch may be spoiled already, however finite: going on begins with the epoch.
        """
        explained = self._explained(error)
        with suppress(OSError, RunError):  # what happened is told all the same
            self.course.checkpoints.go_back()
        return self._marked(explained)

    def _explained(self, error: NotFinite) -> NotFinite:
        """Add which step and which layer it came from. Several workers would have to look for it together."""
        if self.course.setup.is_group or isinstance(error, LostInValidation):
            return error
        print(f"{error.message}; looking for where it came from (Ctrl-C ends that) …", file=sys.stderr)
        try:
            origin = find_origin(self.course)
        # It can't be looked for where the checkpoint is of another batch size, or a second network has no room.
        except (KeyboardInterrupt, RunError, tf.errors.OpError, MemoryError):
            return error
        return error if origin is None else NotFinite(error.message, origin.text, origin.hint or HINT)

    def _marked(self, error: NotFinite) -> NotFinite:
        """Say in the run that going on alone would end as before, and how to go on otherwise."""
        if not self.course.run.is_kept:
            return error
        changes = gentler(self.course.architecture) if error.hint == HINT else ""
        with suppress(OSError):  # what happened is told all the same
            self.course.run.mark(Mark(error.message, changes))
        going_on = f", as in {self.course.run.resume_command}" if changes else ""
        kept = f"; the best epoch before is {self.course.run.model}" if self.course.state.best else ""
        return NotFinite(error.message, error.origin, f"{error.hint}{going_on}{kept}")
