"""Boxes as files: each picture with its boxes drawn, all boxes as a table, and as COCO's results."""

from __future__ import annotations

import json
from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import tensorflow as tf
from PIL import Image, ImageDraw, ImageFont

from cnnkeras.serving.pictures import decode
from cnnkeras.serving.predictions import Known, PictureAnswer, Row, next_folder
from cnnkeras.tasks.palette import Colour, colours_of

BOXES = "boxes"
TABLE, RESULTS = "boxes.csv", "coco_results.json"
COLUMNS = ("file", "label", "class", "score", "left", "top", "right", "bottom")
# Smaller pictures are drawn larger, by a whole number, so that names can be read on them.
READABLE = 480
QUALITY = 92


class BoxWriter:
    """Writes into the next folder of a run's predictions, which is made for the first picture."""

    together = 8

    def __init__(self, run: Path, known: Known) -> None:
        self._run = run
        self._known = known
        self._colours = colours_of(known.class_names)
        self._boxes: list[Row] = []
        self._results: list[dict[str, Any]] = []

    @cached_property
    def folder(self) -> Path:
        """Give the folder."""
        return next_folder(self._run)

    def write(self, number: int, file: Path, encoded: bytes, answer: PictureAnswer) -> Row:
        """Draw the boxes of one picture; give its row: the drawing, how many boxes there are, and of what.

        Two pictures of one name don't overwrite each other: `number` tells them apart.
        """
        count = int(answer["count"])
        boxes, scores = answer["boxes"][:count].astype(float), answer["scores"][:count].astype(float)
        classes = answer["classes"][:count].astype(int)
        labels = [self._known.class_names[kind] for kind in classes]
        for box, score, kind, label in zip(boxes.tolist(), scores.tolist(), classes.tolist(), labels, strict=True):
            self._keep(number, file, box, score, kind, label)
        picture = decode(tf.constant(encoded), self._known.section.shape[2]).numpy()
        target = self.folder / f"{number:04}-{file.stem}.jpg"
        texts = [f"{label} {score:.2f}" for label, score in zip(labels, scores, strict=True)]
        drawn(picture, boxes, texts, [self._colours[kind] for kind in classes]).save(target, quality=QUALITY)
        seen = ", ".join(f"{times} {label}" for label, times in Counter(labels).most_common())
        return {"file": str(file), "drawing": str(target), "count": count, "labels": seen}

    def _keep(self, number: int, file: Path, box: list[float], score: float, kind: int, label: str) -> None:
        left, top, right, bottom = (round(value, 3) for value in box)
        self._boxes.append(
            dict(zip(COLUMNS, (str(file), label, kind, round(score, 6), left, top, right, bottom), strict=True))
        )
        # COCO's form: the corner and the size. Its numbers of pictures are the data set's own; ours count the files.
        self._results.append(
            {
                "image_id": number,
                "file_name": file.name,
                "category_id": kind,
                "bbox": [left, top, round(right - left, 3), round(bottom - top, 3)],
                "score": round(score, 6),
            }
        )

    def finish(self) -> None:
        """Write the table and COCO's results."""
        pd.DataFrame(self._boxes, columns=list(COLUMNS)).to_csv(self.folder / TABLE, index=False)
        (self.folder / RESULTS).write_text(json.dumps(self._results, indent=1) + "\n", "utf-8")


def drawn(picture: np.ndarray, boxes: np.ndarray, texts: list[str], colours: list[Colour]) -> Image.Image:
    """Draw boxes `(n, 4)` in the picture's pixels, each with its text, onto uint8 `(height, width, channels)`."""
    colour = picture[..., :3] if picture.shape[-1] >= 3 else np.repeat(picture[..., :1], 3, axis=-1)
    longest = max(picture.shape[:2])
    factor = max(1, READABLE // longest)
    image = Image.fromarray(np.kron(colour, np.ones((factor, factor, 1), np.uint8)) if factor > 1 else colour)
    pen = ImageDraw.Draw(image)
    size = max(11, longest * factor // 55)
    font = ImageFont.truetype(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", size)
    # The surest last, so that they lie above the others.
    for box, text, line in reversed(list(zip(boxes * factor, texts, colours, strict=True))):
        pen.rectangle(_inside(box, image), outline=line, width=max(2, size // 6))
        _write(pen, text, box, line, font)
    return image


def _inside(box: np.ndarray, image: Image.Image) -> tuple[float, float, float, float]:
    """Give a box whose border can be seen: the last pixel of a picture lies before its width."""
    left, top = min(box[0], image.width - 1), min(box[1], image.height - 1)
    return (left, top, max(left, min(box[2], image.width - 1)), max(top, min(box[3], image.height - 1)))


def _write(pen: ImageDraw.ImageDraw, text: str, box: np.ndarray, colour: Colour, font: Any) -> None:
    """Write above the box; where there is no room, inside."""
    width, height = pen.textlength(text, font=font), sum(font.getmetrics())
    top = box[1] - height if box[1] >= height else box[1]
    pen.rectangle((box[0], top, box[0] + width + 4, top + height), fill=colour)
    # Dark on what is bright, bright on what is dark (ITU-R BT.601).
    bright = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] > 140
    pen.text((box[0] + 2, top), text, fill=(20, 24, 28) if bright else (255, 255, 255), font=font)
