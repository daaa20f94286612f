"""From a path that a user gives to a document. A file is data: it is read, bounded, and nothing else."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cnnkeras.errors import Diagnostic, UserError, reason_of
from cnnkeras.spec.document import Document, line_starts, position
from cnnkeras.spec.json_reader import read_json

# ResNet-152 layer by layer is 0.1 MB; a larger file is no architecture.
MAX_BYTES = 4 * 2**20


def read_document(path: str | os.PathLike[str]) -> Document:
    """Read an architecture file. Raises UserError where it can't be read or is no JSON object."""
    name = os.fspath(path)
    document = read_json(_decode(_read(name), name), name)
    if not isinstance(document.content, dict):
        raise UserError(document.diagnostic("json", (), "the file must hold an object", "begin with { and end with }"))
    return document


def _read(name: str) -> bytes:
    try:
        # Asked before opening: opening a pipe or a device could wait for ever.
        status = os.stat(name)
        if stat.S_ISDIR(status.st_mode):
            raise _unreadable(name, "is a folder", "name a file in it; `check` takes several, as in folder/*.json")
        if not stat.S_ISREG(status.st_mode):
            raise _unreadable(name, "is no regular file", "save the architecture to a file first")
        if status.st_size > MAX_BYTES:
            raise _unreadable(
                name,
                f"has {status.st_size:,} bytes, and an architecture file has at most {MAX_BYTES:,}",
                "use blocks and repeat; weights belong in the run's model.keras",
            )
        return Path(name).read_bytes()
    except (OSError, ValueError) as error:
        raise _unreadable(name, *_explain(error, name)) from None


def _explain(error: OSError | ValueError, name: str) -> tuple[str, str | None]:
    if isinstance(error, FileNotFoundError):
        return "is not there", _neighbours(name)
    if isinstance(error, PermissionError):
        return "may not be read by you", "look at its permissions"
    return f"can't be read: {reason_of(error)}", None


def _neighbours(name: str) -> str:
    folder = Path(name).parent
    try:
        files = sorted(str(folder / entry.name) for entry in folder.iterdir() if entry.suffix == ".json")
    except OSError:
        return f"there is no folder {folder} either" if str(folder) != "." else "look at the path"
    return f"there are: {', '.join(files[:8])}" if files else f"there is no .json file in {folder}"


def _unreadable(name: str, message: str, hint: str | None) -> UserError:
    return UserError(Diagnostic("file", "error", name, 0, 0, "", f"the file {message}", hint))


def _decode(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        readable = content[: error.start].decode("utf-8-sig", "replace")
        line, column, around = position(readable, line_starts(readable), len(readable))
        message = f"the file is not UTF-8: byte {error.start} is 0x{content[error.start]:02x}"
        found = Diagnostic("encoding", "error", name, line, column, "", message, "save it as UTF-8", (), around)
        raise UserError(found) from None
