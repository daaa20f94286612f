"""What may stand on the command line."""

from __future__ import annotations

import argparse
import difflib
from pathlib import Path

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


# The keys of `cnnkeras.serving.engines.ENGINES`, which imports TensorFlow; a test holds them together.
ENGINE_NAMES = ("tflite", "tflite-float16", "tflite-int8", "onnx", "keras")


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
    parser = argparse.ArgumentParser(prog=f"cnnkeras {verb}", description=VERBS[verb], allow_abbrev=False)
    _ADDERS[verb](parser)
    # Options may stand between the other words.
    request = parser.parse_intermixed_args(arguments[1:] if arguments[0] == verb else arguments)
    request.verb = verb
    if verb == "run" and not request.words and request.resume is None:
        parser.error("name an architecture file, or a run with --resume")
    return request


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


def _add_run(parser: argparse.ArgumentParser) -> None:
    text = "an architecture file, then changes to it, as in training.epochs=5"
    parser.add_argument("words", nargs="*", metavar="FILE section.key=value", help=text)
    parser.add_argument(
        "--runs", type=Path, default=Path("runs"), metavar="DIR", help="where runs are kept (default: runs)"
    )
    parser.add_argument("--resume", type=_run, metavar="RUN", help="go on with a run that was stopped")
    text = "the machines that train together, the first of them the chief (TF_CONFIG and Slurm tell it too)"
    parser.add_argument("--workers", metavar="HOST:PORT,…", help=text)
    parser.add_argument("--index", type=int, metavar="N", help="which of the workers this is, from 0")


def _add_check(parser: argparse.ArgumentParser) -> None:
    text = "architecture files or folders of them, and changes to them, as in input.shape=[32,32,3]"
    parser.add_argument("words", nargs="+", metavar="FILE", help=text)
    parser.add_argument("--json", action="store_true", help="print one JSON object a file")


def _add_data(parser: argparse.ArgumentParser) -> None:
    text = "an architecture file, then changes to it, as in data.source=digits"
    parser.add_argument("words", nargs="+", metavar="FILE section.key=value", help=text)
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the sheets go (default: runs/NAME/data)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _add_explain(parser: argparse.ArgumentParser) -> None:
    text = "an architecture file, then a layer's name or number, and changes to the file"
    parser.add_argument("words", nargs="+", metavar="FILE LAYER", help=text)
    parser.add_argument("--picture", metavar="ROWS", help='a small picture for a fixed kernel: "1 1 0/0 1 1/0 0 1"')


def _add_verify(parser: argparse.ArgumentParser) -> None:
    text = "an architecture file, then changes to it"
    parser.add_argument("words", nargs="+", metavar="FILE section.key=value", help=text)
    parser.add_argument("--replicas", type=_replicas, default=2, metavar="N", help="over how many (default: 2)")


def _add_find_rate(parser: argparse.ArgumentParser) -> None:
    text = "an architecture file, then changes to it, as in training.batch_size=128"
    parser.add_argument("words", nargs="+", metavar="FILE section.key=value", help=text)
    text = "the first and smallest rate (default: 1e-06)"
    parser.add_argument("--from", type=_rate, default=1e-6, dest="first", metavar="RATE", help=text)
    text = "the last and largest one (default: 10)"
    parser.add_argument("--to", type=_rate, default=10.0, dest="last", metavar="RATE", help=text)
    text = "how many steps of training, each at a larger rate (default: 200)"
    parser.add_argument("--steps", type=_steps, default=200, metavar="N", help=text)
    text = "where the figure goes (default: runs/NAME/find-rate)"
    parser.add_argument("--out", type=Path, metavar="DIR", help=text)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _add_find_batch(parser: argparse.ArgumentParser) -> None:
    text = "an architecture file, then changes to it, as in training.precision=float32"
    parser.add_argument("words", nargs="+", metavar="FILE section.key=value", help=text)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _rate(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError("it must be a number above 0")
    return number


def _steps(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 20 <= number <= 100_000:
        raise argparse.ArgumentTypeError("it must be a number from 20 to 100000")
    return number


def _replicas(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 2 <= number <= 64:
        raise argparse.ArgumentTypeError("it must be a number from 2 to 64")
    return number


def _add_finished(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=_run, metavar="RUN", help="a run's folder")


def _run(text: str) -> Path:
    """Give the path of a folder that may be a run; whether it is one is told where it is opened."""
    path = Path(text)
    try:
        (path / "architecture.json").exists()
    except OSError as error:  # a name that is longer than file systems take, a folder that may not be read
        shown = text if len(text) <= 200 else f"{text[:200]}…"
        raise argparse.ArgumentTypeError(f"{shown} can't be opened: {error.strerror}") from error
    return path


def _add_export(parser: argparse.ArgumentParser) -> None:
    _add_finished(parser)
    text = "write nothing: prove the newest export, or the one named, on the pictures it was proved on before"
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--verify", action="store_true", help=text)
    text = "write it for another engine, into the run's engines/; may be given several times"
    what.add_argument(
        "--to", action="append", choices=ENGINE_NAMES, metavar="ENGINE", help=f"{text}: {', '.join(ENGINE_NAMES)}"
    )
    parser.add_argument("--json", action="store_true", help="with --to, print the engines' table as JSON")


def _add_predict(parser: argparse.ArgumentParser) -> None:
    _add_finished(parser)
    text = "picture files, folders of them, or patterns"
    parser.add_argument("pictures", type=Path, nargs="+", metavar="IMAGE", help=text)
    for option, (field, kind, text) in _THRESHOLDS.items():
        parser.add_argument(option, type=kind, dest=field, metavar=option.rpartition("-")[2].upper(), help=text)


# Options for what stands in a file's `prediction` section.
_THRESHOLDS: dict[str, tuple[str, type, str]] = {
    "--score": ("score_threshold", float, "give out boxes with scores above it (default: the file's, else 0.25)"),
    "--iou": ("iou_threshold", float, "take boxes that overlap more for one object (default: the file's, else 0.7)"),
    "--max-detections": ("max_detections", int, "give out at most so many boxes (default: the file's, else 300)"),
}


def thresholds(request: argparse.Namespace) -> dict[str, float | None]:
    """Give the fields of the `prediction` section that the options of `predict` name; None where one is left out."""
    return {field: getattr(request, field) for field, _, _ in _THRESHOLDS.values()}


def _add_compare(parser: argparse.ArgumentParser) -> None:
    text = "runs' folders; the folder of an experiment's runs means all that are finished"
    parser.add_argument("paths", type=_run, nargs="+", metavar="RUN", help=text)
    form = parser.add_mutually_exclusive_group()
    for name in ("json", "csv"):
        text = f"print {name.upper()} in place of the table"
        form.add_argument(f"--{name}", action="store_const", const=name, default="table", dest="form", help=text)
    text = "where the page goes (default: comparison.html in the folder that holds the runs)"
    parser.add_argument("--html", type=Path, metavar="FILE", help=text)


def _add_serve_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="the server's REST address, as in http://localhost:8501")
    parser.add_argument("run", type=_run, metavar="RUN", help="the run's folder, or an export's")
    parser.add_argument("--grpc", metavar="HOST:PORT", help="its gRPC address (default: the URL's host, port 8500)")
    parser.add_argument("--only", choices=("rest", "grpc"), help="speak one protocol only")
    parser.add_argument("--model", metavar="NAME", help="the model's name there (default: the experiment's)")
    parser.add_argument("--version", type=_positive, metavar="N", help="its version there (default: the export's)")
    text = "how long each batch size is measured (default: 1)"
    parser.add_argument("--seconds", type=float, default=1.0, metavar="S", help=text)
    text = "connections that ask at once while it is measured (default: 1)"
    parser.add_argument("--clients", type=_positive, default=1, metavar="N", help=text)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def _add_nothing(parser: argparse.ArgumentParser) -> None:
    """Leave a verb without words of its own."""


_ADDERS = {
    "run": _add_run,
    "check": _add_check,
    "data": _add_data,
    "explain": _add_explain,
    "evaluate": _add_finished,
    "predict": _add_predict,
    "export": _add_export,
    "report": _add_finished,
    "compare": _add_compare,
    "find-rate": _add_find_rate,
    "find-batch": _add_find_batch,
    "verify": _add_verify,
    "serve-check": _add_serve_check,
    "schema": _add_nothing,
}
