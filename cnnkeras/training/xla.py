"""Why XLA could not compile a step, in a sentence: TensorFlow says it at the end of pages."""

from __future__ import annotations

import re
from typing import Any

import tensorflow as tf

from cnnkeras.errors import first_line, first_of

# How TensorFlow says that an operation is not among XLA's, and that XLA fails otherwise.
_LACKING, _FAILED = re.compile(r"No registered '(\w+)' OpKernel for XLA"), "tf2xla conversion failed"


def not_compiled(error: Exception, jit_compile: Any) -> str | None:
    """Say what XLA can't compile, where the whole step was to be; None for an error of another kind."""
    if jit_compile is False or not isinstance(error, tf.errors.OpError):
        return None
    lacking = sorted(set(_LACKING.findall(error.message)))
    if not (lacking or _FAILED in error.message):
        return None
    what = f"it has no {first_of(lacking, 5)}" if lacking else first_line(error)
    return f"XLA can't compile the training step: {what}"
