"""Which processes there are: what one leaves that was killed is known by its number."""

from __future__ import annotations

import os


def is_gone(process: int) -> bool:
    """Tell whether what bears a process's number was left by one that is no more.

    It is also where the number is our own, before we have made anything: in containers all have the same ones.
    """
    return process == os.getpid() or not _is_running(process)


def _is_running(process: int) -> bool:
    """Tell whether there is a process of that number; where the system does not say, there may be."""
    if os.name == "nt":  # there, 0 is Ctrl-C
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # it is somebody else's, or no number of a process
        return True
    return True
