"""Answers about picture files, from a run's export: what a server would say, without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import tensorflow as tf

from cnnkeras.errors import Diagnostic, UserError, first_line
from cnnkeras.serving.endpoints import SERVE_ENCODED, SERVING_DEFAULT, Answer
from cnnkeras.serving.masks import MaskWriter
from cnnkeras.serving.pictures import decode

BATCH_SIZE = 32
FIRST = ("label", "score")
MASK = "mask"
ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".bmp")


def predict(run: Path, pictures: Sequence[Path]) -> pd.DataFrame:
    """Give one row a picture: `file`, then the task's answers that are one value a picture (`label`, `score`, …).

    Where the answer is a mask, it is written as a picture into a new folder in `run/predictions/`, with an overlay;
    the row names both, and has how many pixels there are of each class.

    `run` is a run's directory or an export; a folder among the files stands for the pictures in it. The files'
    bytes go to `serve_encoded`, as a client's would.

    Raises:
        UserError: there is no export, or files are no pictures: all of them at once.

    """
    exported = find_export(run)
    signatures = tf.saved_model.load(str(exported)).signatures
    if SERVE_ENCODED not in signatures:
        raise UserError(
            _finding(exported, "the network's pictures have no file format: it takes only numbers", code="run")
        )
    channels = signatures[SERVING_DEFAULT].structured_input_signature[1]["images"].shape[-1]
    files = [file for place in pictures for file in _expand(place)]
    wrong = [finding for file in files for finding in _check_file(file)]
    if wrong:
        raise UserError(*wrong)
    serve_encoded = signatures[SERVE_ENCODED]
    try:
        if MASK in serve_encoded.structured_outputs:
            return _mask_table(files, serve_encoded, MaskWriter.of(run, exported), channels)
        return _table(files, serve_encoded)
    except tf.errors.InvalidArgumentError:
        # Answering every file once more only pays where one is wrong: then all that are wrong get named.
        wrong = [finding for file in files for finding in _check_picture(file, channels, signatures[SERVE_ENCODED])]
        if not wrong:
            raise
        raise UserError(*wrong) from None


def find_export(run: Path) -> Path:
    """Give the newest export of a run, or `run` itself where it is an export. Raises UserError where there is none."""
    versions = [place for place in (run / "export").glob("*") if place.name.isdecimal()]
    for place in (run, *sorted(versions, key=lambda version: -int(version.name))):
        if (place / "saved_model.pb").is_file():
            return place
    raise UserError(
        _finding(
            run,
            "there is no export here",
            hint="give the directory of a finished run: it has export/1/ in it",
            code="run",
        )
    )


def _finding(place: Path, message: str, hint: str | None = None, code: str = "picture") -> Diagnostic:
    return Diagnostic(code, "error", str(place), 0, 0, "", message, hint)


def _expand(place: Path) -> list[Path]:
    """Give a folder's pictures in the order of their names, or the file itself."""
    if not place.is_dir():
        return [place]
    files = sorted(file for file in place.iterdir() if file.suffix.lower() in ENDINGS)
    if not files:
        raise UserError(_finding(place, "there are no pictures in this folder", f"it looks for {', '.join(ENDINGS)}"))
    return files


def _check_file(file: Path) -> Iterator[Diagnostic]:
    try:
        file.open("rb").close()
    except OSError as failure:
        yield _finding(file, f"can't be read: {failure.strerror}")


def _check_picture(file: Path, channels: int, serve_encoded: Callable[..., Answer]) -> Iterator[Diagnostic]:
    encoded = tf.constant(file.read_bytes())
    try:
        decode(encoded, channels)
    except tf.errors.InvalidArgumentError:
        yield _finding(file, "is no picture that can be read", hint="JPEG, PNG, GIF and BMP can be read")
        return
    try:
        serve_encoded(image_bytes=encoded[tf.newaxis])
    except tf.errors.InvalidArgumentError as failure:
        yield _finding(file, f"the network can't take this picture: {first_line(failure)}")


def _table(files: Sequence[Path], serve_encoded: Callable[..., Answer]) -> pd.DataFrame:
    columns: dict[str, list[object]] = {"file": [str(file) for file in files]}
    for start in range(0, len(files), BATCH_SIZE):
        encoded = [file.read_bytes() for file in files[start : start + BATCH_SIZE]]
        for answered in _answers(encoded, serve_encoded):
            for name, values in answered.items():
                columns.setdefault(name, []).extend(values)
    return pd.DataFrame(columns)


def _answers(encoded: list[bytes], serve_encoded: Callable[..., Answer]) -> list[dict[str, list[object]]]:
    """Answer pictures together; or one by one where they can't share a batch, as where sizes differ and are free."""
    try:
        return [_columns(serve_encoded(image_bytes=tf.constant(encoded)))]
    except tf.errors.InvalidArgumentError:
        return [_columns(serve_encoded(image_bytes=tf.constant([each]))) for each in encoded]


def _mask_table(
    files: Sequence[Path], serve_encoded: Callable[..., Answer], writer: MaskWriter, channels: int
) -> pd.DataFrame:
    """Ask for one picture at a time: where the network takes any size they may differ, and masks are large."""
    rows = []
    for number, file in enumerate(files, 1):
        encoded = tf.constant(file.read_bytes())
        mask = serve_encoded(image_bytes=encoded[tf.newaxis])[MASK][0].numpy()
        rows.append(writer.write(number, file, decode(encoded, channels).numpy(), mask))
    return pd.DataFrame(rows)


def _columns(answer: Mapping[str, tf.Tensor]) -> dict[str, list[object]]:
    """Give the answers that are one value a picture, the label first; TensorFlow keeps no order of them."""
    names = [name for name, value in answer.items() if value.shape.rank == 1]
    return {name: _plain(answer[name].numpy()) for name in sorted(names, key=lambda name: (name not in FIRST, name))}


def _plain(values: np.ndarray) -> list[object]:
    return [value.decode() if isinstance(value, bytes) else value for value in values.tolist()]
