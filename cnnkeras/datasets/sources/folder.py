"""Pictures in a folder per class: `{"source": "folder", "path": "pictures"}`.

The class folders lie in `path`, or in its folders train, validation (val, valid) and test. What lies deeper belongs
to the class as well. Parts that are missing are held out of train, a share of each class (`pictures/splitting.py`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from cnnkeras.datasets.pictures.findings import Findings
from cnnkeras.datasets.pictures.folders import (
    Layout,
    class_folders,
    files_below,
    listing,
    loose_files,
    open_folder,
    part_folders,
)
from cnnkeras.datasets.pictures.holding import HeldOut
from cnnkeras.datasets.pictures.naming import class_name
from cnnkeras.datasets.pictures.parts import split_data
from cnnkeras.datasets.pictures.policy import Picture
from cnnkeras.datasets.source import Data, FileSource, SourceProblem
from cnnkeras.errors import first_of


class Folder(FileSource):
    """JPEG, PNG, BMP and GIF files in folders that name their classes.

    `split` gives the shares, or the pictures, of the parts that have no folder.
    """

    source: Literal["folder"]
    split: HeldOut = HeldOut()

    def class_names(self) -> tuple[str, ...] | None:
        """Give the folders' names; only folders are listed, so that it takes no time however many files there are."""
        try:
            root = Path(self.path).expanduser()
            layout = part_folders(root)
            names = class_names(layout)
            _refuse_one_too_high(root, layout, names)
            return names
        except (OSError, ValueError, RuntimeError):  # no such folder, one that is not as it should be, or no path
            return None

    def load(self) -> Data:
        """List the files, look at them, and split them."""
        root = open_folder(self.path)
        with listing(root):
            return self._load(root)

    def _load(self, root: Path) -> Data:
        layout, remarks = _without_bare_test(part_folders(root))
        names = class_names(layout)
        if not names:
            message = f"there is no folder in {root}"
            raise SourceProblem(("path",), message, "put the pictures of each class into a folder of the class's name")
        _refuse_one_too_high(root, layout, names)
        found = {part: _pictures(root, folder, names) for part, folder in layout.items()}
        flat = [picture for pictures in found.values() for picture in pictures]
        findings = Findings(self.on_problem)
        loose = _loose(root, layout)
        for name in loose:
            findings.add("picture_without_label", name, "lies in no class's folder")
        total = len(flat) + len(loose)
        return replace(split_data(found, self.split, self.seed, root, names, findings, total), remarks=remarks)


def _without_bare_test(layout: Layout) -> tuple[Layout, tuple[str, ...]]:
    """Leave out a test folder whose pictures have no class, as competitions give them; say so."""
    folder = layout.get("test")
    if folder is None:
        return layout, ()
    inside, classes = class_folders(folder), {each.name for each in class_folders(layout["train"])}
    # One folder of another name than all classes holds what has none, too.
    if len(inside) > 1 or any(each.name in classes for each in inside):
        return layout, ()
    count = len(loose_files(inside[0] if inside else folder))
    left_out = f"its {count:,} pictures are left out, and test" if count else "test is"
    remark = f"data: {folder} has no folders of classes: {left_out} held out of train"
    return {part: place for part, place in layout.items() if part != "test"}, (remark,)


def class_names(layout: Layout) -> tuple[str, ...]:
    """Give the names of the class folders of all parts."""
    return tuple(sorted({class_name(folder.name) for parent in layout.values() for folder in class_folders(parent)}))


def _refuse_one_too_high(root: Path, layout: Layout, names: tuple[str, ...]) -> None:
    """Raise SourceProblem where the only folder holds several: those will be the parts or the classes."""
    alone = len(names) == 1 and layout == {"train": root}
    inside = [folder.name for folder in class_folders(root / names[0])] if alone else []
    if len(inside) > 1:
        message = f'{root} has one folder, "{names[0]}", and in it are {first_of(inside, 3)}'
        raise SourceProblem(("path",), message, f"name the folder in which the classes lie: {root / names[0]}")


def _pictures(root: Path, part: Path, names: tuple[str, ...]) -> list[Picture]:
    labels = {name: label for label, name in enumerate(names)}
    return [
        Picture(str(file), file.relative_to(root).as_posix(), labels[class_name(folder.name)])
        for folder in class_folders(part)
        for file in files_below(folder)
    ]


def _loose(root: Path, layout: Layout) -> list[str]:
    """Give the pictures that lie beside the class folders: they have no class."""
    return sorted(
        file.relative_to(root).as_posix() for parent in {root, *layout.values()} for file in loose_files(parent)
    )
