"""What may stand on the command line."""

from __future__ import annotations

import argparse
import difflib
import os
import re
from pathlib import Path
from typing import NoReturn

from cnnkeras.commands.options import ADDERS

VERBS = {
    "run": "check, build, train, evaluate, draw and export an architecture (the verb may be left out)",
    "check": "everything that can be known without TensorFlow",
    "data": "what the pictures and labels are, drawn, and everything that is wrong with them",
    "explain": "the arithmetic of the layers, written out",
    "evaluate": "measure a finished run on its test part",
    "predict": "label pictures with a finished run",
    "export": "write a finished run's SavedModel again, or prove the one that is there",
    "report": "write a run's report.html again, as far as the run is",
    "compare": "set runs side by side: what differs, and what came of it",
    "find-rate": "the learning rate at which a network learns fastest, by a short training at rising rates",
    "find-batch": "the largest batch whose training fits into memory, by trying",
    "verify": "train a few steps on one replica and on several, and print the differences",
    "serve-check": "hold a running TF Serving to a finished run, and measure it",
    "schema": "print the JSON Schema of architecture files",
}

# What people write all day: the verb, which is `run`, may be left out.
_EXAMPLE = "python run.py architectures/lenet5.json"


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line. Exits with status 2 and the usage where it can't be read."""
    general = _general()
    verb = arguments[0] if arguments and arguments[0] in VERBS else "run"
    if not arguments or arguments[0] in ("-h", "--help"):
        general.print_help() if arguments else general.error(
            f"name an architecture file or a command, as in {_EXAMPLE}"
        )
        raise SystemExit(0)
    if close := _meant(arguments[0]):
        general.error(f"there is no command {arguments[0]!r}; did you mean {close!r}?")
    parser = _Parser(prog=f"cnnkeras {verb}", description=VERBS[verb], allow_abbrev=False)
    ADDERS[verb](parser)
    # Options may stand between the other words.
    request = parser.parse_intermixed_args(arguments[1:] if arguments[0] == verb else arguments)
    request.verb = verb
    if verb == "run" and not request.words and request.resume is None:
        parser.error("name an architecture file, or a run with --resume")
    if verb == "find-rate" and not request.first < request.last:
        parser.error(f"--from {request.first:g} must be below --to {request.last:g}")
    if verb == "run" and os.path.exists(request.runs) and not os.path.isdir(request.runs):
        parser.error(f"argument --runs: {request.runs} is no folder")
    return request


class _Parser(argparse.ArgumentParser):
    """Says of an option that is a key of the file how the file is changed."""

    def error(self, message: str) -> NoReturn:
        """End with the usage and the message."""
        from cnnkeras.spec.training import TrainingSection  # only a mistake pays for it

        found = re.match(r"unrecognized arguments: --?([a-z][a-z_-]*)(?:[ =](\S+))?", message)
        key = found[1].replace("-", "_") if found else ""
        place = {"lr": "optimizer.learning_rate", "learning_rate": "optimizer.learning_rate"}.get(key, key)
        if found and (place != key or key in TrainingSection.model_fields):
            message += f"\n     = help: what stands in the file is changed by training.{place}={found[2] or '…'}"
        super().error(message)


def _meant(word: str) -> str | None:
    """Give the verb that a first word was meant for, where it is neither a verb nor a file nor a change."""
    if (
        word in VERBS
        or Path(word).exists()
        or not word.replace("-", "").replace("_", "").isalpha()
        or word.startswith("-")
    ):
        return None
    return next(iter(difflib.get_close_matches(word, VERBS, n=1)), None)


def _general() -> argparse.ArgumentParser:
    """Give the parser that knows the verbs, for its help."""
    parser = argparse.ArgumentParser(
        prog="cnnkeras",
        usage=f"{_EXAMPLE} [section.key=value …]\n       python run.py --resume RUN\n       python run.py COMMAND …",
        description="A convolutional network is a JSON file.",
        epilog="What a command takes: python run.py COMMAND --help",
        allow_abbrev=False,
    )
    verbs = parser.add_subparsers(dest="verb", metavar="COMMAND", required=True)
    for verb, text in VERBS.items():
        verbs.add_parser(verb, help=text)
    return parser
