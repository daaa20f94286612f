"""Keeps what libraries write past Python off the terminal."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_import() -> Iterator[None]:
    """Hold back what TensorFlow says while it is imported.

    TensorFlow 2.21 reports processor features and missing GPU libraries from C++ before its log level is read, so
    that TF_CPP_MIN_LOG_LEVEL does not silence it. What was found stands in a run's environment.json.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with held_back(KeyboardInterrupt):
        yield


@contextmanager
def held_back(*expected: type[BaseException]) -> Iterator[None]:
    """Hold back everything written to standard error; give it out where what is done within fails unexpectedly."""
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except expected:
            raise
        except BaseException:
            sys.stderr.flush()
            held.seek(0)
            os.write(terminal, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)
