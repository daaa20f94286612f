"""Which files of a VOC folder belong together: by their paths below their folders, else by their names alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cnnkeras.datasets.pictures.folders import Layout, class_folders, files_below, part_folders, picture_files
from cnnkeras.datasets.pictures.looking import EXTENSIONS
from cnnkeras.datasets.source import SourceProblem


@dataclass(frozen=True)
class VocFiles:
    """The pictures and the annotations by name: the path below the folder, without its extension.

    `twins` are pictures whose name another one has, which stands beside each.
    """

    pictures: Mapping[str, Path]
    annotations: Mapping[str, Path]
    twins: Mapping[Path, Path]

    @classmethod
    def below(cls, images: Path, annotations: Path) -> VocFiles:
        """Find them. Raises OSError."""
        pictures: dict[str, Path] = {}
        firsts = {file: pictures.setdefault(_name(file, images), file) for file in picture_files(images)}
        found = _annotations_of(pictures, annotations)
        twins = {file: first for file, first in firsts.items() if first != file}
        stems = _by_stem(pictures)
        alike = {name: stems[PurePosixPath(name).name] for name in pictures if name not in found}
        # The name alone is another's, whose annotation it is.
        twins |= {pictures[name]: pictures[other] for name, other in alike.items() if other != name and other in found}
        return cls({name: file for name, file in pictures.items() if file not in twins}, found, twins)

    @property
    def names(self) -> list[str]:
        """Give the names of both."""
        return sorted({*self.pictures, *self.annotations})

    def inside(self, folder: str) -> list[str]:
        """Give the names of what lies in a folder."""
        return [name for name in self.names if name.startswith(f"{folder}/")]

    def meant(self, listed: Iterable[str]) -> list[str]:
        """Give the names that the lines of a list mean: it may have quotes around them, extensions, or no folders."""
        known, stems = {*self.pictures, *self.annotations}, _by_stem({**self.pictures, **self.annotations})
        return list(dict.fromkeys(_meant(line, known, stems) for line in listed))


def _annotations_of(pictures: Mapping[str, Path], folder: Path) -> dict[str, Path]:
    """Give the annotations by the picture's name: of the same path or, where one of the two has no folders, name."""
    named: dict[str, Path] = {}
    for file in xml_files(folder):
        named.setdefault(_name(file, folder), file)
    found = {name: file for name, file in named.items() if name in pictures}
    free = _by_stem(name for name in pictures if name not in found)
    for name, file in named.items():
        if name not in found:
            other = free.get(file.stem, name)
            found.setdefault(name if "/" in name and "/" in other else other, file)
    return found


def _meant(line: str, known: set[str], stems: Mapping[str, str]) -> str:
    plain = line.removeprefix('"').removesuffix('"') if line not in known else line
    path = PurePosixPath(plain)
    if plain not in known and path.suffix.casefold().removeprefix(".") in EXTENSIONS:
        plain = str(path.with_suffix(""))
    return plain if plain in known else stems.get(plain, plain)


def _name(file: Path, folder: Path) -> str:
    return file.relative_to(folder).with_suffix("").as_posix()


def _by_stem(names: Iterable[str]) -> dict[str, str]:
    """Give the first name of each last part of one."""
    stems: dict[str, str] = {}
    for name in names:
        stems.setdefault(PurePosixPath(name).name, name)
    return stems


def xml_files(folder: Path) -> list[Path]:
    """Give the XML files in a folder and in those below it."""
    return [file for file in files_below(folder) if file.suffix.casefold() == ".xml"]


def parts_with_annotations(root: Path) -> Layout | None:
    """Give the folders of the parts where pictures and annotations lie side by side in each; None where they don't."""
    try:
        layout = part_folders(root)
    except SourceProblem:
        return None
    both = layout != {"train": root} and all(any(map(_is_xml, folder.iterdir())) for folder in layout.values())
    return layout if both and len(class_folders(root)) == len(layout) else None


def _is_xml(file: Path) -> bool:
    return file.suffix.casefold() == ".xml"
