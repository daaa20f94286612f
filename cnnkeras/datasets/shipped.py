"""Where the data that comes with cnnkeras lies."""

from __future__ import annotations

from pathlib import Path

import cnnkeras

PACKAGE = Path(cnnkeras.__file__).resolve().parent


def shipped(name: str) -> Path:
    """Give the folder of a data set that ships: `data/<name>` in a checkout, inside the package once installed.

    The wheel takes `data/digits` along as `cnnkeras/data/digits` (pyproject.toml, force-include).
    """
    places = [PACKAGE / "data" / name, PACKAGE.parent / "data" / name]
    return next((place for place in places if place.is_dir()), places[-1])
