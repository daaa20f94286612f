"""Pictures with YOLO's annotations: `{"source": "yolo", "path": "data.yaml"}`.

The YAML file names the classes and the pictures of each part; a text file for each picture holds its boxes. Parts
that it does not name are held out of train.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, Self

from cnnkeras.datasets.boxes.annotations import Annotated
from cnnkeras.datasets.boxes.parts import boxed_data
from cnnkeras.datasets.boxes.yolo import YoloData, label_file, pictures_of, read_labels, read_yaml
from cnnkeras.datasets.pictures.findings import REMARKED, Findings
from cnnkeras.datasets.pictures.folders import is_litter, picture_files, refuse_folder, shown_below, where_paths_count
from cnnkeras.datasets.pictures.holding import HeldOut
from cnnkeras.datasets.pictures.splitting import NO_CLASS
from cnnkeras.datasets.source import Data, FileSource, SourceProblem
from cnnkeras.errors import first_of, reason_of


class Yolo(FileSource):
    """A YAML file as YOLO's tools write it.

    `path` names it. A picture without a text file has no boxes, as YOLO has it; how many there are is said.
    """

    tasks = ("detection",)

    source: Literal["yolo"]
    split: HeldOut = HeldOut()

    def class_names(self) -> tuple[str, ...] | None:
        """Give the names in the YAML file."""
        try:
            return read_yaml(Path(self.path).expanduser()).names
        except (OSError, ValueError, RuntimeError):  # `load` says what is wrong
            return None

    def tolerant(self) -> Self:
        """Give the same source with no policy that stops; a picture without a text file stays one without boxes."""
        given = getattr(self.on_problem, "picture_without_label", None)
        source = super().tolerant()
        if given is not None or isinstance(source.on_problem, str):
            return source
        policies = source.on_problem.model_copy(update={"picture_without_label": None})
        return source.model_copy(update={"on_problem": policies})

    def load(self) -> Data:
        """Read the boxes of every picture, and look at the pictures."""
        file, yolo = self._read()
        findings = Findings(self.on_problem, ("path",))
        there = {part for part in yolo.places if part != "test" or any(place.exists() for place in yolo.places[part])}
        pictures = {part: self._pictures(part, yolo, file) for part in yolo.places if part in there}
        every = list(dict.fromkeys(picture for some in pictures.values() for picture in some))
        bare = [picture for picture in every if not label_file(picture).is_file()]
        if len(bare) == len(every):
            raise SourceProblem(("path",), *self._without_any(every))
        self._strays(every, file.parent, findings)
        read = {picture: self._annotated(picture, yolo, file.parent, findings) for picture in every}
        found = {part: [each for picture in some if (each := read[picture])] for part, some in pictures.items()}
        data = boxed_data(found, yolo.names, "rel_center_xywh", self.split, self.seed, file.parent, findings)
        remarks = [*(_without_boxes(bare, file.parent) if bare else ()), *self._held_out(yolo, there)]
        return replace(data, remarks=tuple(remarks))

    def _held_out(self, yolo: YoloData, there: Collection[str]) -> Iterator[str]:
        """Say which part is named and not there: Roboflow names a test folder whether it writes one or not."""
        for part, places in yolo.places.items():
            if part not in there:
                said = f"data: {places[0]}, which {self.path} names for {part}, is not there"
                yield f"{said}: {part} is held out of train"

    def _without_any(self, pictures: Sequence[Path]) -> tuple[str, str]:
        """Say why no picture has a text file: it may not be there itself."""
        if pictures and not any(picture.is_file() for picture in pictures):
            message = f"no picture that {self.path} names is there, as {pictures[0]}"
            return message, "names in a list count from its own folder, or from the YAML file's path"
        where = label_file(pictures[0]) if pictures else "labels"
        hint = f"that of a picture in images lies in labels: {where}"
        return f"no picture of {self.path} has a text file with its boxes", hint

    def _read(self) -> tuple[Path, YoloData]:
        refuse_folder(self.path, (".yaml", ".yml"))
        try:
            file = Path(self.path).expanduser()
            return file, read_yaml(file)
        except (OSError, ValueError, RuntimeError) as error:
            reason = reason_of(error)
            hint = (
                where_paths_count()
                if isinstance(error, OSError)
                else "it needs train, val and names, as YOLO's tools write them"
            )
            raise SourceProblem(("path",), f"{self.path} can't be read: {reason}", hint) from error

    def _pictures(self, part: str, yolo: YoloData, file: Path) -> list[Path]:
        pictures: list[Path] = []
        for place in yolo.places[part]:
            try:
                pictures += pictures_of(place, file.parent)
            except (OSError, ValueError) as error:
                reason = reason_of(error, "it is no text in UTF-8")
                hint = f'{self.path} names it for {part}; its paths count from its "path", or from where it lies itself'
                raise SourceProblem(("path",), f"{place} can't be read: {reason}", hint) from error
        return list(dict.fromkeys(pictures))

    def _strays(self, pictures: Sequence[Path], root: Path, findings: Findings) -> None:
        """Find text files whose picture is not there; one that no list names may be."""
        folders: dict[Path, set[Path]] = {}
        for picture in pictures:
            folders.setdefault(label_file(picture).parent, set()).add(picture.parent)
        for folder, images in sorted(folders.items()):
            stems = {each.stem for place in images for each in picture_files(place)}
            texts = sorted(folder.glob("*.txt")) if folder not in images else []
            for file in texts:
                if file.stem not in stems and file.name != "classes.txt" and not is_litter(file.name):
                    findings.add("missing_picture", shown_below(file, root), "is a text file without a picture")

    def _annotated(self, picture: Path, yolo: YoloData, root: Path, findings: Findings) -> Annotated | None:
        file = label_file(picture)
        try:
            boxes = read_labels(file, yolo.names, yolo.points)
        except FileNotFoundError:
            if getattr(self.on_problem, "picture_without_label", None) and findings.add(
                "picture_without_label", shown_below(picture, root), "has no text file with its boxes"
            ):
                return None
            boxes = ()
        except (OSError, ValueError) as error:
            reason = reason_of(error)
            findings.add("unreadable_annotation", shown_below(file, root), f"can't be read: {reason}")
            return None
        return Annotated(str(picture), shown_below(picture, root), NO_CLASS, shown_below(file, root), boxes=boxes)


def _without_boxes(pictures: Sequence[Path], root: Path) -> tuple[str, ...]:
    names = sorted(shown_below(picture, root) for picture in pictures)
    count = (
        "1 picture has no text file, and so no boxes"
        if len(names) == 1
        else (f"{len(names):,} pictures have no text file, and so no boxes")
    )
    return (f"data: {count}: {first_of(names, REMARKED, '; ')}",)
