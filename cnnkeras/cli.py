"""The command line: one verb, one call."""

from __future__ import annotations

import os
import sys
from argparse import Namespace

from cnnkeras.commands.arguments import parse
from cnnkeras.errors import CnnkerasError


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; give the exit status.

    0: done. 1: the run failed. 2: the user's input is wrong, and nothing was written.
    """
    request = parse(sys.argv[1:] if arguments is None else arguments)
    try:
        status = _do(request)
        sys.stdout.flush()
    except CnnkerasError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read the output has enough; the interpreter must not try to write the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


def _do(request: Namespace) -> int:
    """Call the verb. Each imports its stages when called, so that `check` never waits for TensorFlow."""
    match request.verb:
        case "check":
            from cnnkeras.commands.check import check

            return check(request.files, request.json)
        case "explain":
            from cnnkeras.commands.explain import print_explanation

            return print_explanation(request.file, request.changes, request.picture)
        case "schema":
            from cnnkeras.commands.schema import print_schema

            return print_schema()
        case "evaluate" | "predict" | "export":
            from cnnkeras.commands import finished

            return finished.do(request)
        case _:
            from cnnkeras.commands.run import run

            return run(request.file, request.changes, request.runs, request.resume)
