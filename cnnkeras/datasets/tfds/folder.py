"""Finds data that TFDS has prepared, and reads what a check needs of it, without TensorFlow."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import cnnkeras

# The file that TFDS writes last, so that its being there tells a finished folder.
INFO = "dataset_info.json"
_VERSION = re.compile(r"\d+\.\d+\.\d+")


def data_folders(data_dir: str | None) -> list[Path]:
    """Give where to look, the first first; a download goes into the first."""
    named = data_dir or os.environ.get("TFDS_DATA_DIR")
    if named:
        # Unlike Path.expanduser, this leaves the home of a user that there is not as it is.
        return [Path(os.path.expanduser(named))]
    checkout = Path(cnnkeras.__file__).resolve().parents[1]
    return list(dict.fromkeys([Path.cwd() / "data", checkout / "data"]))


def prepared_folder(name: str, data_dir: str | None) -> Path | None:
    """Give the folder of a prepared data set, of its newest version where the name tells none, or None."""
    name, _, version = name.partition(":")
    for root in data_folders(data_dir):
        try:
            found = _versions(root / name) or _only_configuration(root / name)
        except (OSError, ValueError):  # no such folder, one that may not be read, or no path at all
            continue
        matching = [folder for folder in found if version in ("", folder.name)]
        if matching:
            return matching[-1]
    return None


def label_names(folder: Path, *label: str) -> tuple[str, ...] | None:
    """Give the names of a label's classes, numbers where it has none, or None where the folder does not tell.

    A label inside a sequence is told by both names; that of a mask is the mask's.
    """
    try:
        feature = json.loads((folder / "features.json").read_text())
        for name in label:
            inside = feature.get("sequence", {}).get("feature", feature)
            feature = inside["featuresDict"]["features"][name]
        count = int((feature.get("classLabel") or feature["image"]["label"])["numClasses"])
        names = folder / f"{Path('-'.join(label)).name}.labels.txt"
        if names.is_file():
            return tuple(names.read_text().splitlines())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # not a folder as TFDS writes it today
        return None
    return tuple(str(number) for number in range(count)) if 0 < count <= 1_000_000 else None


def _versions(folder: Path) -> list[Path]:
    """Give the prepared versions in a folder, the newest last."""
    versions = [child for child in folder.iterdir() if _VERSION.fullmatch(child.name) and (child / INFO).is_file()]
    return sorted(versions, key=lambda child: [int(number) for number in child.name.split(".")])


def _only_configuration(folder: Path) -> list[Path]:
    """Give the versions of a data set's one prepared configuration; which of several is meant, TFDS has to say."""
    configurations = [versions for child in folder.iterdir() if child.is_dir() and (versions := _versions(child))]
    return configurations[0] if len(configurations) == 1 else []
