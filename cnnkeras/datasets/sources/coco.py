"""Pictures with COCO's annotations: `{"source": "coco", "path": "coco", "annotations": "instances.json"}`.

One JSON file for all pictures, or one for each part. Parts that have none are held out of train.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from cnnkeras.datasets.boxes.annotations import Annotated
from cnnkeras.datasets.boxes.coco import Coco, read_coco
from cnnkeras.datasets.boxes.parts import boxed_data
from cnnkeras.datasets.masks.values import Names
from cnnkeras.datasets.pictures.findings import Findings
from cnnkeras.datasets.pictures.folders import open_folder
from cnnkeras.datasets.pictures.holding import HeldOut
from cnnkeras.datasets.pictures.naming import ByPart, Name, by_part
from cnnkeras.datasets.pictures.splitting import NO_CLASS
from cnnkeras.datasets.source import Data, FileSource, SourceProblem
from cnnkeras.errors import reason_of

# `check` reads smaller files for the classes' names.
SOON_READ = 8 * 2**20


class CocoInstances(FileSource):
    """A folder with pictures and COCO's JSON.

    `annotations` names the JSON file, or that of each part, and `images` the folder of the pictures, or that of each
    part; both count from `path`. `classes` gives the order of the classes, else it is that of the categories'
    numbers. Boxes of crowds stay, and are marked: they are not learned, and count neither for nor against a detector.
    """

    tasks = ("detection",)

    source: Literal["coco"]
    annotations: Name | ByPart
    images: str | ByPart = "images"
    classes: Names | None = None
    split: HeldOut = HeldOut()

    def class_names(self) -> tuple[str, ...] | None:
        """Give the names in the file, else those of the categories, where the JSON is small."""
        if self.classes is not None:
            return self.classes
        try:
            files = [Path(self.path).expanduser() / name for name in by_part(self.annotations).values()]
            if sum(file.stat().st_size for file in files) > SOON_READ:
                return None
            return _categories([read_coco(file) for file in files]) or None
        except (OSError, ValueError, RuntimeError):  # `load` says what is wrong
            return None

    def load(self) -> Data:
        """Read the annotations and look at the pictures."""
        root = open_folder(self.path)
        findings = Findings(self.on_problem, ("path",))
        files, folders = by_part(self.annotations), by_part(self.images)
        if not isinstance(self.images, str) and files.keys() != folders.keys():
            message = (
                f'"images" has folders for {" and ".join(folders)}, and "annotations" files for {" and ".join(files)}'
            )
            raise SourceProblem(("images",), message, "name both for the same parts, or one folder for all")
        read = {part: self._read(root, part, name) for part, name in files.items()}
        found = {
            part: _pictures(root, files[part], folders.get(part, folders["train"]), coco, findings)
            for part, coco in read.items()
        }
        names = self.classes or _categories(list(read.values()))
        if not names:
            raise SourceProblem(("annotations",), "the annotations have no categories", 'name them in "categories"')
        return boxed_data(found, names, "xywh", self.split, self.seed, root, findings)

    def _read(self, root: Path, part: str, name: str) -> Coco:
        try:
            return read_coco(root / name)
        except (OSError, ValueError) as error:
            reason = reason_of(error)
            keys = ("annotations",) if isinstance(self.annotations, str) else ("annotations", part)
            hint = "name a JSON file of COCO's instances; its path counts from the data's folder"
            raise SourceProblem(keys, f"{root / name} can't be read: {reason}", hint) from error


def _pictures(root: Path, name: str, folder: str, coco: Coco, findings: Findings) -> list[Annotated]:
    for place, detail in coco.problems:
        findings.add("unreadable_annotation", f"{name} {place}", detail)
    for place in coco.twins:
        findings.add("same_category", f"{name} {place}")
    for place, detail in coco.strays:
        findings.add("missing_picture", f"{name} {place}", detail)
    return [
        Annotated(
            str(root / folder / each.file_name),
            f"{folder}/{each.file_name}" if folder else each.file_name,
            NO_CLASS,
            boxes=tuple(each.boxes),
            size=each.size,
        )
        for each in coco.pictures.values()
        if not each.is_broken
    ]


def _categories(read: list[Coco]) -> tuple[str, ...]:
    """Give the categories, but for those without a box that only hold others, as Roboflow writes its project's name."""
    used = {box.label for coco in read for picture in coco.pictures.values() for box in picture.boxes}
    groups = {name for coco in read for name in coco.groups} - used
    return tuple(dict.fromkeys(name for coco in read for name in coco.categories if name not in groups))
