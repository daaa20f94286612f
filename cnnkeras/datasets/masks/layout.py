"""How pictures and their masks lie in folders: which mask belongs to which picture."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from cnnkeras.datasets.masks.scan import Masked
from cnnkeras.datasets.pictures.findings import Findings
from cnnkeras.datasets.pictures.folders import WORDS, class_folders, picture_files, shown_below
from cnnkeras.datasets.pictures.splitting import NO_CLASS
from cnnkeras.datasets.source import SourceProblem

# So many pictures tell how their masks are called.
SAMPLE = 10
# The folders of the pictures and of the masks of each part.
Folders = dict[str, tuple[Path, Path]]


def mask_folders(root: Path, images: str, masks: str) -> Folders:
    """Give the folders: in each part's folder, or with the parts in them, or those of all pictures for train.

    Raises SourceProblem where they are not there.
    """
    outer = _parts(root)
    if any((folder / images).is_dir() for folder in outer.values()):
        found = {part: (folder / images, folder / masks) for part, folder in outer.items()}
    elif (root / images).is_dir() and (inner := _parts(root / images)):
        found = {part: (folder, root / masks / folder.name) for part, folder in inner.items()}
    else:
        found = {"train": (root / images, root / masks)}
    for part, folders in found.items():
        for field, folder in zip(("images", "masks"), folders, strict=True):
            if not folder.is_dir():
                _refuse(root, field, folder, part)
    if "train" not in found:
        message = f"the folder has {' and '.join(found)}, and none train"
        raise SourceProblem(("path",), message, "let it hold the parts (train, validation, test), or leave them out")
    return found


def _refuse(root: Path, field: str, folder: Path, part: str) -> None:
    there = [place.relative_to(root).as_posix() for place in class_folders(root)]
    hint = f'give "{field}"; in {root} there are {", ".join(there[:10])}' if there else f"{root} holds no folders"
    whose = "" if part == "train" else f" of {part}"
    raise SourceProblem((field,), f"there is no folder {folder} for the {field}{whose}", hint)


def _parts(root: Path) -> dict[str, Path]:
    """Give the folders that are named as parts, where there are no others."""
    folders = class_folders(root)
    return {WORDS[folder.name.casefold()]: folder for folder in folders if folder.name.casefold() in WORDS}


def pairs(root: Path, folders: tuple[Path, Path], patterns: tuple[str, str], findings: Findings) -> list[Masked]:
    """Match the pictures of a part with their masks by what stands for the `*` of their patterns.

    A picture without a mask, and a mask without a picture, goes into the findings. Raises SourceProblem where no
    picture has one, and another pattern gives them theirs.
    """
    images, masks = (_named(folder, pattern) for folder, pattern in zip(folders, patterns, strict=True))
    # Side by side in one folder, a mask may look like another picture.
    taken = {file for files in masks.values() for file in files} if folders[0] == folders[1] else set()
    images = {key: left for key, files in images.items() if (left := [file for file in files if file not in taken])}
    if not images.keys() & masks.keys():
        _refuse_pattern(images, folders[1])
    found = []
    for key in sorted(images):
        image, *others = images[key]
        name = shown_below(image, root)
        for other in others:
            shown = shown_below(other, root)
            findings.add("picture_without_label", shown, f"has no mask of its own: {name} has the same name")
        if key not in masks:
            wanted = shown_below(folders[1] / patterns[1].replace("*", key.rpartition("/")[2]), root)
            findings.add("picture_without_label", name, f"has no mask; it would be {wanted}.png")
            continue
        mask = masks[key][0]
        found.append(Masked(str(image), name, NO_CLASS, mask=str(mask), mask_name=shown_below(mask, root)))
    for key in sorted(masks.keys() - images.keys()):
        for file in masks[key]:
            findings.add("missing_picture", shown_below(file, root), "is a mask without a picture")
    return found


def _refuse_pattern(images: Iterable[str], folder: Path) -> None:
    """Raise SourceProblem that names the pattern by which most pictures have a mask in the folder, if there is one."""
    cores = sorted({key.rpartition("/")[2] for key in images})
    stems = {file.stem for file in picture_files(folder)}
    patterns = Counter(stem.replace(core, "*", 1) for core in cores[:SAMPLE] for stem in stems if core in stem)
    for pattern, _ in patterns.most_common(1):
        count = sum(pattern.replace("*", core) in stems for core in cores)
        if 2 * count > len(cores):
            message = f'no mask is called as its picture, and {count:,} of {len(cores):,} would be as "{pattern}"'
            hint = f'give "mask_name": "{pattern}" (command line: {shlex.quote(f"data.mask_name={pattern}")})'
            raise SourceProblem(("mask_name",), message, hint)


def _named(folder: Path, pattern: str) -> dict[str, list[Path]]:
    """Give the pictures below a folder by their place and what stands for the `*`."""
    found: dict[str, list[Path]] = {}
    start, _, end = pattern.partition("*")
    for file in picture_files(folder):
        if len(file.stem) > len(start) + len(end) and file.stem.startswith(start) and file.stem.endswith(end):
            core = file.stem[len(start) : len(file.stem) - len(end)]
            place = file.parent.relative_to(folder).as_posix()
            found.setdefault(core if place == "." else f"{place}/{core}", []).append(file)
    return found
