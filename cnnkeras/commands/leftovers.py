"""Takes away what TensorFlow leaves in the folder for temporary files."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

AUTOGRAPH = "__autograph_generated_file"


def remove_compiled() -> None:
    """Remove what Python has compiled of AutoGraph's files; TensorFlow 2.21 removes the files alone, at the end."""
    compiled = {
        Path(cached)
        for name, module in list(sys.modules.items())
        if name.startswith(AUTOGRAPH) and (cached := getattr(module, "__cached__", None))
    }
    for file in compiled:
        with suppress(OSError):
            file.unlink()
    # Others may write there too; what can't be removed is no reason to leave the rest.
    for folder in {file.parent for file in compiled}:
        with suppress(OSError):
            folder.rmdir()
