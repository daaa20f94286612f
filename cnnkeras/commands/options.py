"""The options and words of each command."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

# The keys of `cnnkeras.serving.engines.ENGINES`, which imports TensorFlow; a test holds them together.
ENGINE_NAMES = ("tflite", "tflite-float16", "tflite-int8", "onnx", "keras")


def _add_words(parser: argparse.ArgumentParser, example: str, count: str = "+") -> None:
    text = f"an architecture file, then changes to it, as in {example}"
    parser.add_argument("words", nargs=count, metavar="FILE section.key=value", help=text)


def _add_json(parser: argparse.ArgumentParser, text: str = "print one JSON object") -> None:
    parser.add_argument("--json", action="store_true", help=text)


def _add_run(parser: argparse.ArgumentParser) -> None:
    _add_words(parser, "training.epochs=5", "*")
    parser.add_argument(
        "--runs", type=Path, default=Path("runs"), metavar="DIR", help="where runs are kept (default: runs)"
    )
    parser.add_argument("--resume", type=_run, metavar="RUN", help="go on with a run, or train it further")
    text = "the machines that train together, the first of them the chief (TF_CONFIG and Slurm tell it too)"
    parser.add_argument("--workers", metavar="HOST:PORT,…", help=text)
    parser.add_argument("--index", type=int, metavar="N", help="which of the workers this is, from 0")


def _add_check(parser: argparse.ArgumentParser) -> None:
    text = "architecture files or folders of them, and changes to them, as in input.shape=[32,32,3]"
    parser.add_argument("words", nargs="+", metavar="FILE", help=text)
    _add_json(parser, "print one JSON object a file")


def _add_data(parser: argparse.ArgumentParser) -> None:
    _add_words(parser, "data.source=digits")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the sheets go (default: runs/NAME/data)")
    _add_json(parser)


def _add_explain(parser: argparse.ArgumentParser) -> None:
    text = "an architecture file, then a layer's name or number, a block's name or a type, and changes to the file"
    parser.add_argument("words", nargs="+", metavar="FILE LAYER", help=text)
    parser.add_argument("--picture", metavar="ROWS", help='a small picture for a fixed kernel: "1 1 0/0 1 1/0 0 1"')


def _add_verify(parser: argparse.ArgumentParser) -> None:
    _add_words(parser, "training.precision=float32")
    parser.add_argument("--replicas", type=_whole(2, 64), default=2, metavar="N", help="over how many (default: 2)")


def _add_find_rate(parser: argparse.ArgumentParser) -> None:
    _add_words(parser, "training.batch_size=128")
    text = "the first and smallest rate (default: 1e-06)"
    parser.add_argument("--from", type=_rate, default=1e-6, dest="first", metavar="RATE", help=text)
    text = "the last and largest one (default: 10)"
    parser.add_argument("--to", type=_rate, default=10.0, dest="last", metavar="RATE", help=text)
    text = "how many steps of training, each at a larger rate (default: 200)"
    parser.add_argument("--steps", type=_whole(20, 100_000), default=200, metavar="N", help=text)
    text = "where the figure goes (default: runs/NAME/find-rate)"
    parser.add_argument("--out", type=Path, metavar="DIR", help=text)
    _add_json(parser)


def _add_find_batch(parser: argparse.ArgumentParser) -> None:
    _add_words(parser, "training.precision=float32")
    _add_json(parser)


def _rate(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError("it must be a number above 0")
    return number


def _whole(low: int, high: int) -> Callable[[str], int]:
    """Give what reads a whole number within these bounds."""

    def read(text: str) -> int:
        number = int(text) if text.isdecimal() else low - 1
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"it must be a number from {low} to {high}")
        return number

    return read


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


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    _add_finished(parser)
    text = "other data to measure it on, all of it, as in data.path=new"
    parser.add_argument("changes", nargs="*", metavar="CHANGE", help=text)


def _add_export(parser: argparse.ArgumentParser) -> None:
    _add_finished(parser)
    text = "write nothing: prove the newest export, or the one named, on the pictures it was proved on before"
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--verify", action="store_true", help=text)
    text = "write it for another engine, into the run's engines/; may be given several times"
    what.add_argument(
        "--to", action="append", choices=ENGINE_NAMES, metavar="ENGINE", help=f"{text}: {', '.join(ENGINE_NAMES)}"
    )
    _add_thresholds(parser)
    _add_json(parser, "with --to, print the engines' table as JSON")


def _add_predict(parser: argparse.ArgumentParser) -> None:
    _add_finished(parser)
    text = "picture files, folders of them, or patterns"
    parser.add_argument("pictures", type=Path, nargs="+", metavar="IMAGE", help=text)
    _add_thresholds(parser)


def _add_thresholds(parser: argparse.ArgumentParser) -> None:
    for option, (field, kind, text) in _THRESHOLDS.items():
        parser.add_argument(option, type=kind, dest=field, metavar=option.rpartition("-")[2].upper(), help=text)


# Options for what stands in a file's `prediction` section.
_THRESHOLDS: dict[str, tuple[str, type, str]] = {
    "--score": ("score_threshold", float, "give out boxes with scores above it (default: the file's, else 0.25)"),
    "--iou": ("iou_threshold", float, "take boxes that overlap more for one object (default: the file's, else 0.7)"),
    "--max-detections": ("max_detections", int, "give out at most so many boxes (default: the file's, else 300)"),
}


def thresholds(request: argparse.Namespace) -> list[str]:
    """Give what the options change in the `prediction` section of the run's file, as on the command line."""
    given = {field: getattr(request, field) for field, _, _ in _THRESHOLDS.values()}
    return [f"prediction.{field}={value}" for field, value in given.items() if value is not None]


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
    text = "its version there (default: the export's)"
    parser.add_argument("--version", type=_whole(1, 2**63 - 1), metavar="N", help=text)
    text = "how long each batch size is measured (default: 1)"
    parser.add_argument("--seconds", type=float, default=1.0, metavar="S", help=text)
    text = "connections that ask at once while it is measured (default: 1)"
    parser.add_argument("--clients", type=_whole(1, 1000), default=1, metavar="N", help=text)
    _add_json(parser)


def _add_nothing(parser: argparse.ArgumentParser) -> None:
    """Leave a verb without words of its own."""


ADDERS = {
    "run": _add_run,
    "check": _add_check,
    "data": _add_data,
    "explain": _add_explain,
    "evaluate": _add_evaluate,
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
