"""Pictures with Pascal VOC's annotations: `{"source": "voc", "path": "bccd"}`.

In `path` lie the folders JPEGImages and Annotations, an XML file for each picture, and ImageSets/Main with a list of
pictures for each part. Without lists the parts are held out of train. Or the parts are folders, train, valid and test,
in each of which pictures and annotations lie side by side, as Roboflow exports them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Literal

from cnnkeras.datasets.boxes.annotations import Annotated
from cnnkeras.datasets.boxes.lists import Lists, listed_parts
from cnnkeras.datasets.boxes.parts import boxed_data
from cnnkeras.datasets.boxes.voc import read_annotation
from cnnkeras.datasets.boxes.voc_files import VocFiles, parts_with_annotations, xml_files
from cnnkeras.datasets.masks.values import Names
from cnnkeras.datasets.pictures.findings import Findings
from cnnkeras.datasets.pictures.folders import Layout, listing, open_folder, shown_below
from cnnkeras.datasets.pictures.splitting import NO_CLASS
from cnnkeras.datasets.source import PARTS, Data, FileSource, SourceProblem
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
            root = Path(self.path).expanduser()
            folder = root / self.annotations
            files = xml_files(folder if folder.is_dir() else root)
            if len(files) > SOON_READ:
                return None
            boxes = [box for file in files for box in read_annotation(file, 0).boxes]
        except (OSError, ValueError, RuntimeError):  # `load` says what is wrong
            return None
        return tuple(sorted({box.label for box in boxes})) or None

    def load(self) -> Data:
        """Read every annotation that a part names, and look at the pictures."""
        root = open_folder(self.path)
        findings = Findings(self.on_problem, ("path",))
        files, parts = self._files(root)
        for file, first in files.twins.items():
            detail = f"has no annotation of its own: {shown_below(first, root)} has the same name"
            findings.add("picture_without_label", shown_below(file, root), detail)
        wanted = dict.fromkeys(name for names in parts.values() for name in names)
        read = {name: self._read(root, name, files, findings) for name in wanted}
        found = {part: [each for name in names if (each := read[name])] for part, names in parts.items()}
        names = self.classes or tuple(
            sorted({box.label for each in read.values() if each is not None for box in each.boxes})
        )
        if not names:
            findings.refuse(len(wanted))
            raise SourceProblem(
                ("path",), f"no annotation in {root} has a box", "give it some, as Pascal VOC writes them"
            )
        data = boxed_data(found, names, "xyxy", self.split.held(), self.seed, root, findings)
        return replace(data, remarks=self._counted_from_nothing(read.values()))

    def _files(self, root: Path) -> tuple[VocFiles, dict[str, list[str]]]:
        """Give the files, and the names of each part."""
        folders = None
        with listing(root):
            if not self.model_fields_set & {"images", "annotations"}:
                folders = parts_with_annotations(root)
            if folders is not None:
                self._refuse_lists(folders)
                files = VocFiles.below(root, root)
                return files, {part: files.inside(folder.name) for part, folder in folders.items()}
        self._refuse_missing(root)
        with listing(root):
            files = VocFiles.below(root / self.images, root / self.annotations)
        listed = listed_parts(root / self.lists, self.split) or {"train": files.names}
        return files, {part: files.meant(names) for part, names in listed.items()}

    def _refuse_lists(self, folders: Layout) -> None:
        for part in PARTS:
            if isinstance(getattr(self.split, part), str):
                message = f"the parts are folders here ({', '.join(each.name for each in folders.values())}), not lists"
                raise SourceProblem(("split", part), message, 'leave it out, or name "images" and "annotations"')

    def _refuse_missing(self, root: Path) -> None:
        for field in ("annotations", "images"):
            folder = root / getattr(self, field)
            if not folder.is_dir():
                hint = f'give "{field}", the folder of the {field} in {root}'
                raise SourceProblem((field,), f"there is no folder {folder}", hint)

    def _counted_from_nothing(self, read: Iterable[Annotated | None]) -> tuple[str, ...]:
        """Say that boxes begin before the first pixel: their annotations count from 0, and all of them are moved."""
        boxes = sum(min(box.numbers[:2]) == -1 for each in read if each is not None for box in each.boxes)
        if self.first_pixel == 0 or not boxes:
            return ()
        begin = "1 box begins" if boxes == 1 else f"{boxes:,} boxes begin"
        return (f'data: {begin} at pixel 0, and VOC counts from 1: say "first_pixel": 0 where all count from 0',)

    def _read(self, root: Path, name: str, files: VocFiles, findings: Findings) -> Annotated | None:
        file, picture = files.annotations.get(name), files.pictures.get(name)
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
