"""Pictures with Pascal VOC's annotations: `{"source": "voc", "path": "bccd"}`.

In `path` lie the folders JPEGImages and Annotations, an XML file for each picture, and ImageSets/Main with a list of
pictures for each part. Without lists the parts are held out of train.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from cnnkeras.datasets.boxes.annotations import Annotated
from cnnkeras.datasets.boxes.lists import Lists, listed_parts
from cnnkeras.datasets.boxes.parts import boxed_data
from cnnkeras.datasets.boxes.voc import read_annotation
from cnnkeras.datasets.masks.values import Names
from cnnkeras.datasets.pictures.findings import Findings
from cnnkeras.datasets.pictures.folders import listing, open_folder, picture_files, shown_below
from cnnkeras.datasets.pictures.splitting import NO_CLASS
from cnnkeras.datasets.source import Data, FileSource, SourceProblem
from cnnkeras.errors import reason_of

# `check` reads the annotations for the classes' names where it takes no time.
SOON_READ = 1000


class Voc(FileSource):
    """A folder as Pascal VOC's.

    `images`, `annotations` and `lists` are its folders, counted from `path`. `classes` gives the order of the classes,
    else it is that of their names. VOC counts pixels from 1; `first_pixel` is 0 for annotations that count from 0.
    Objects that are marked difficult are left out with `difficult: false`.
    """

    tasks = ("detection",)

    source: Literal["voc"]
    images: str = "JPEGImages"
    annotations: str = "Annotations"
    lists: str = "ImageSets/Main"
    classes: Names | None = None
    difficult: bool = True
    first_pixel: Literal[0, 1] = 1
    split: Lists = Lists()

    def class_names(self) -> tuple[str, ...] | None:
        """Give the names in the file, else those in the annotations, where these are few."""
        if self.classes is not None:
            return self.classes
        try:
            files = _annotations(Path(self.path).expanduser() / self.annotations)
            if len(files) > SOON_READ:
                return None
            boxes = [box for file in files.values() for box in read_annotation(file, 0).boxes]
        except (OSError, ValueError, RuntimeError):  # `load` says what is wrong
            return None
        return tuple(sorted({box.label for box in boxes})) or None

    def load(self) -> Data:
        """Read every annotation that a part names, and look at the pictures."""
        root = open_folder(self.path)
        findings = Findings(self.on_problem, ("path",))
        files, pictures = self._files(root, findings)
        parts = listed_parts(root / self.lists, self.split)
        if parts is None:
            parts = {"train": sorted(files | pictures)}
        wanted = dict.fromkeys(name for names in parts.values() for name in names)
        read = {name: self._read(root, name, files, pictures, findings) for name in wanted}
        found = {part: [each for name in names if (each := read[name])] for part, names in parts.items()}
        names = self.classes or tuple(
            sorted({box.label for each in read.values() if each is not None for box in each.boxes})
        )
        if not names:
            findings.refuse(len(wanted))
            raise SourceProblem(
                ("path",), f"no annotation in {root} has a box", "give it some, as Pascal VOC writes them"
            )
        return boxed_data(found, names, "xyxy", self.split.held(), self.seed, root, findings)

    def _files(self, root: Path, findings: Findings) -> tuple[dict[str, Path], dict[str, Path]]:
        for field in ("annotations", "images"):
            folder = root / getattr(self, field)
            if not folder.is_dir():
                hint = f'give "{field}", the folder of the {field} in {root}'
                raise SourceProblem((field,), f"there is no folder {folder}", hint)
        with listing(root):
            pictures: dict[str, Path] = {}
            for file in picture_files(root / self.images):
                first = pictures.setdefault(file.stem, file)
                if first is not file:
                    detail = f"has no annotation of its own: {shown_below(first, root)} has the same name"
                    findings.add("picture_without_label", shown_below(file, root), detail)
            return _annotations(root / self.annotations), pictures

    def _read(
        self, root: Path, name: str, files: Mapping[str, Path], pictures: Mapping[str, Path], findings: Findings
    ) -> Annotated | None:
        file, picture = files.get(name), pictures.get(name)
        if file is None:
            shown = name if picture is None else shown_below(picture, root)
            what = "has neither a picture nor an annotation" if picture is None else "has no annotation"
            findings.add("picture_without_label", shown, what)
            return None
        shown = shown_below(file, root)
        if picture is None:
            findings.add("missing_picture", shown, f"is an annotation without a picture in {self.images}")
            return None
        try:
            found = read_annotation(file, self.first_pixel)
        except (OSError, ValueError) as error:
            reason = reason_of(error)
            findings.add("unreadable_annotation", shown, f"can't be read: {reason}")
            return None
        boxes = [box for box, hard in zip(found.boxes, found.difficult, strict=True) if self.difficult or not hard]
        return Annotated(str(picture), shown_below(picture, root), NO_CLASS, shown, boxes=tuple(boxes), size=found.size)


def _annotations(folder: Path) -> dict[str, Path]:
    return {file.stem: file for file in _xml(folder.iterdir())}


def _xml(files: Iterable[Path]) -> list[Path]:
    return sorted(file for file in files if file.suffix.casefold() == ".xml" and not file.name.startswith("."))
