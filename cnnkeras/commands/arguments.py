"""What may stand on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

VERBS = {
    "run": "check, build, train, evaluate, draw and export an architecture (the verb may be left out)",
    "check": "everything that can be known without TensorFlow",
    "explain": "the arithmetic of the layers, written out",
    "evaluate": "measure a finished run on its test part",
    "predict": "label pictures with a finished run",
    "export": "write a finished run's SavedModel again",
    "schema": "print the JSON Schema of architecture files",
}


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line. Exits with status 2 and the usage where it can't be read."""
    parser = argparse.ArgumentParser(
        prog="cnnkeras", description="A convolutional network is a JSON file.", allow_abbrev=False
    )
    verbs = parser.add_subparsers(dest="verb", metavar="COMMAND", required=True)
    parsers = {
        verb: verbs.add_parser(verb, help=text, description=text, allow_abbrev=False) for verb, text in VERBS.items()
    }
    _add_run(parsers["run"])
    _add_check(parsers["check"])
    _add_explain(parsers["explain"])
    for verb in ("evaluate", "predict", "export"):
        parsers[verb].add_argument("run", type=Path, metavar="RUN", help="a run's folder")
    parsers["predict"].add_argument(
        "pictures", type=Path, nargs="+", metavar="IMAGE", help="picture files or folders of them"
    )
    # `python run.py FILE` is what people write all day.
    is_verb = bool(arguments) and (arguments[0] in VERBS or arguments[0] in ("-h", "--help"))
    request = parser.parse_args(arguments if is_verb or not arguments else ["run", *arguments])
    if request.verb == "run" and request.file is None and request.resume is None:
        parsers["run"].error("name an architecture file, or a run with --resume")
    return request


def _add_run(parser: argparse.ArgumentParser) -> None:
    _add_file(parser, optional=True)
    parser.add_argument(
        "--runs", type=Path, default=Path("runs"), metavar="DIR", help="where runs are kept (default: runs)"
    )
    parser.add_argument("--resume", type=Path, metavar="RUN", help="go on with a run that was stopped")


def _add_check(parser: argparse.ArgumentParser) -> None:
    text = "architecture files or folders of them, and changes to them, as in input.shape=[32,32,3]"
    parser.add_argument("files", type=str, nargs="+", metavar="FILE", help=text)
    parser.add_argument("--json", action="store_true", help="print one JSON object a file")


def _add_explain(parser: argparse.ArgumentParser) -> None:
    _add_file(parser, optional=False)
    parser.add_argument("--picture", metavar="ROWS", help='a small picture for a fixed kernel: "1 1 0/0 1 1/0 0 1"')


def _add_file(parser: argparse.ArgumentParser, optional: bool) -> None:
    parser.add_argument("file", nargs="?" if optional else None, metavar="FILE", help="an architecture file")
    text = (
        "changes to the file, as in training.epochs=5"
        if optional
        else "a layer's name or number, and changes to the file"
    )
    parser.add_argument("changes", nargs="*", metavar="section.key=value" if optional else "LAYER", help=text)
