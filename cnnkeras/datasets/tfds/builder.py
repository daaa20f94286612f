"""Opens a data set of TFDS: the prepared folder, or a download where there is none."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import tensorflow_datasets as tfds

from cnnkeras.datasets.pictures.folders import where_paths_count
from cnnkeras.datasets.source import SourceProblem
from cnnkeras.datasets.tfds.folder import INFO, data_folders, prepared_folder
from cnnkeras.errors import RunError, first_line, suggest

# TFDS itself tries ten times with growing pauses, which is minutes on a machine without a network.
CONNECT_SECONDS = 5.0


def open_builder(name: str, data_dir: str | None) -> Any:
    """Give the builder of a prepared data set (tfds.core.DatasetBuilder).

    Raises SourceProblem for a name that there is not, RunError where the data can't be had.
    """
    folder = prepared_folder(name, data_dir)
    return _prepare(name, data_dir) if folder is None else open_prepared(folder)


def open_folder(path: str) -> Any:
    """Give the builder of a folder that TFDS has prepared, whatever wrote its records.

    Raises SourceProblem where the folder is none, RunError where it can't be read.
    """
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise SourceProblem(("path",), f"{path} is not there", where_paths_count())
    if not (folder / INFO).is_file():
        hint = f"name the folder of a version, in which {INFO} and the records lie, as tfds.folder_dataset writes them"
        raise SourceProblem(("path",), f"{path} is no folder that TFDS has prepared: it has no {INFO}", hint)
    return open_prepared(folder)


def open_prepared(folder: Path) -> Any:
    """Give the builder of a prepared folder. Raises RunError where it can't be read, or is not complete."""
    try:
        builder = tfds.builder_from_directory(folder)
        missing = [file for split in builder.info.splits.values() for file in split.filepaths if not file.exists()]
    except Exception as error:  # whatever a folder that is not as TFDS wrote it makes TFDS raise
        raise RunError(f"{folder} can't be read: {first_line(error)}", _AGAIN.format(folder=folder)) from error
    if missing:
        raise RunError(f"{folder} is not complete: {missing[0].name} is missing", _AGAIN.format(folder=folder))
    return builder


_AGAIN = "delete {folder}, and the next run prepares it again"


def _prepare(name: str, data_dir: str | None) -> Any:
    """Download a data set and let TFDS prepare it."""
    # Community data sets are code from elsewhere; a name in a file must not run any.
    known = tfds.list_builders(with_community_datasets=False)
    bare = name.partition(":")[0].partition("/")[0]
    if bare not in known:
        raise SourceProblem(("name",), f'TensorFlow Datasets has no "{bare}"', suggest(bare, known))
    target = data_dir if data_dir and "://" in data_dir else str(data_folders(data_dir)[0])
    try:
        builder = tfds.builder(name, data_dir=target)
    except Exception as error:  # TFDS asserts and raises ValueError for a version or configuration it has not
        raise SourceProblem(("name",), f'TensorFlow Datasets can\'t open "{name}": {_reason(error)}') from error
    if builder.info.splits:
        return builder  # prepared after all, where only TFDS sees it: a store such as gs://
    _download(builder, name, target)
    return builder


def _download(builder: Any, name: str, target: str) -> None:
    manual = Path(target) / "downloads" / "manual"
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS and not manual.is_dir():
        instructions = " ".join(builder.MANUAL_DOWNLOAD_INSTRUCTIONS.split())
        raise RunError(
            f'"{name}" is not in {target}, and its makers let no program download it', f"{manual}: {instructions}"
        )
    hosts = _hosts(builder)
    # Behind a proxy a direct connection tells nothing.
    direct = not getproxies().keys() & {"http", "https", "all"}
    if hosts and direct and not any(_answers(*host) for host in hosts):
        raise RunError(f'"{name}" is not in {target}, and {hosts[0][0]} does not answer', _ELSEWHERE.format(name=name))
    try:
        builder.download_and_prepare()
    except Exception as error:  # each data set's own code runs here, and raises what it likes
        raise RunError(
            f'"{name}" could not be downloaded into {target}: {_reason(error)}', _ELSEWHERE.format(name=name)
        ) from error


_ELSEWHERE = (
    'connect to the network, or set "data_dir" (or TFDS_DATA_DIR) to a folder in which TFDS has prepared {name}, '
    'or use {{"source": "digits"}}, which ships'
)


def _hosts(builder: Any) -> list[tuple[str, int]]:
    """Give up to three hosts that the data set comes from, as far as TFDS has them on record."""
    urls = [urlsplit(url) for url in builder.url_infos]
    ports = {"http": 80, "https": 443, "ftp": 21}
    hosts = {(url.hostname, url.port or ports.get(url.scheme, 443)): None for url in urls if url.hostname}
    return list(hosts)[:3]


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
    except OSError:
        return False
    return True


def _reason(error: Exception) -> str:
    """Give what TFDS says, without the arguments that it puts before it."""
    return first_line(error).split('}": ')[-1]
