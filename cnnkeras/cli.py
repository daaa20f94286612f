"""The command line: one verb, one call."""

from __future__ import annotations

import atexit
import os
import sys
import traceback
from argparse import Namespace
from collections.abc import Callable
from typing import Any, NoReturn

from cnnkeras.commands.arguments import parse
from cnnkeras.commands.options import thresholds
from cnnkeras.errors import CnnkerasError, reason_of
from cnnkeras.stopping import describe, stoppable
from cnnkeras.streams import drop_output, is_lost, prepare_streams, tell

LIGHT = ("check", "explain", "find-batch", "report", "compare", "schema")


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; give the exit status.

    0: done. 1: the run failed. 2: the user's input is wrong, and nothing was written.
    """
    prepare_streams()
    request = parse(sys.argv[1:] if arguments is None else arguments)
    try:
        with stoppable():
            status = {**dict.fromkeys(LIGHT, _do_light), "data": _do_data}.get(request.verb, _do)(request)
        sys.stdout.flush()
    except (CnnkerasError, KeyboardInterrupt) as error:
        return _tell(error)
    except BrokenPipeError:  # whoever read the output has enough
        drop_output()
        return 1
    except OSError as error:
        if not is_lost(error):
            raise
        drop_output()
        tell(f"the output can't be written: {reason_of(error)}")
        return 1
    return status


def _tell(error: CnnkerasError | KeyboardInterrupt) -> int:
    """Say what ended it; give the exit status."""
    if isinstance(error, CnnkerasError):
        tell(str(error))
        return error.exit_status
    tell(describe(error))
    return 1


def _do_light(request: Namespace) -> int:
    """Call a verb that needs no TensorFlow. Each imports its stages when called, and no other's."""
    if request.verb == "check":
        from cnnkeras.commands.check import check

        return check(request.words, request.json)
    if request.verb == "explain":
        from cnnkeras.commands.explain import print_explanation

        return print_explanation(request.words, request.picture)
    if request.verb == "find-batch":
        from cnnkeras.commands.find_batch import find_batch

        return find_batch(request.words, request.json)
    if request.verb in ("report", "compare"):
        from cnnkeras.commands import compare

        if request.verb == "report":
            return compare.report(request.run)
        return compare.compare(request.paths, request.form, request.html)
    from cnnkeras.commands.schema import print_schema

    return print_schema()


def _do(request: Namespace) -> int:
    """Call a verb that trains or runs a network."""
    from cnnkeras.commands.find_batch import measured
    from cnnkeras.commands.leftovers import remove_compiled
    from cnnkeras.commands.quiet import quiet_import
    from cnnkeras.commands.reading import experiment
    from cnnkeras.commands.resuming import to_go_on
    from cnnkeras.training.cluster import find_cluster

    # A mistake in the file is told before the seconds that TensorFlow takes to start.
    is_resume = request.verb == "run" and request.resume is not None
    has_file = request.verb in ("find-rate", "verify", "run") and not is_resume
    architecture: Any = experiment(request.verb, request.words) if has_file else None
    going_on: Any = to_go_on(request.resume, request.words) if is_resume else None
    cluster = find_cluster(request.workers, request.index) if request.verb == "run" else None
    if request.verb != "verify" and architecture is not None:
        architecture = measured(architecture, request.words, cluster is None)
    if sys.stderr.isatty():
        print("starting TensorFlow …", file=sys.stderr)
    atexit.register(remove_compiled)
    with quiet_import():
        from cnnkeras.commands import export, find_rate, finished, run, serve_check, verify
    calls: dict[str, Callable[[], int]] = {
        "evaluate": lambda: finished.evaluate_run(request.run, request.changes),
        "predict": lambda: finished.predict_pictures(request.run, request.pictures, thresholds(request)),
        "export": lambda: export.export_verb(request),
        "serve-check": lambda: serve_check.serve_check(request),
        "find-rate": lambda: find_rate.find_rate(architecture, request),
        "verify": lambda: verify.verify(architecture, request.replicas),
        "run": lambda: run.resume(going_on, cluster) if is_resume else run.run(architecture, request.runs, cluster),
    }
    try:
        return calls[request.verb]()
    except BaseException as error:
        if cluster is None:
            raise
        _leave(error)


def _leave(error: BaseException) -> NoReturn:
    """End a worker at once: TensorFlow's farewell is a meeting of all, and the others wait for it somewhere else."""
    from cnnkeras.commands.leftovers import remove_compiled

    status = error.exit_status if isinstance(error, CnnkerasError) else 1
    try:
        if isinstance(error, CnnkerasError | KeyboardInterrupt):
            _tell(error)
        elif not isinstance(error, BrokenPipeError):  # whoever read our output has enough
            traceback.print_exception(error)
        remove_compiled()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _do_data(request: Namespace) -> int:
    """Look at the data; the network is not built."""
    from cnnkeras.commands.leftovers import remove_compiled
    from cnnkeras.commands.quiet import quiet_import
    from cnnkeras.commands.reading import to_look_at

    # A mistake in the file is told before the seconds that TensorFlow takes to start.
    architecture = to_look_at(request.words)
    atexit.register(remove_compiled)
    with quiet_import():
        from cnnkeras.commands.data import data
    return data(architecture, request.out, request.json)
