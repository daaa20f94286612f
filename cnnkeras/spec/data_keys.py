"""Keys of the data section that belong to another source: `data.source=folder` leaves the old source's in the file."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from cnnkeras.errors import Diagnostic, nearest
from cnnkeras.spec.data import DataSection
from cnnkeras.spec.document import Document, path_name

Sources = Mapping[str, type[DataSection]]


def name_owners(
    found: Iterable[Diagnostic], section: Mapping[str, Any], document: Document, sources: Sources
) -> list[Diagnostic]:
    """Give the findings of a data section, keys that its source lacks with the sources that have them."""
    own = sources[section["source"]].model_fields
    foreign = {path_name(("data", key)): key for key in section if key not in own and _owners(key, sources)}
    return [
        replace(each, hint=_cure(foreign[each.path], section, document, sources))
        if each.code == "unknown-key" and each.path in foreign
        else each
        for each in found
    ]


def _owners(key: str, sources: Sources) -> list[str]:
    return [f'"{name}"' for name, section in sources.items() if key in section.model_fields]


def _cure(key: str, section: Mapping[str, Any], document: Document, sources: Sources) -> str:
    owners, source = _owners(key, sources), section["source"]
    joined = " and ".join(filter(None, (", ".join(owners[:-1]), owners[-1])))
    cure = f'leave it out: it is for {joined}, and the source is "{source}"'
    fitting = [name for name, kind in sources.items() if key in kind.model_fields and _fits(kind, document)]
    if ("data", key) in document.changes and ("data", "source") not in document.changes and fitting:
        # What is for this task alone is meant most often.
        likely = min(fitting, key=lambda name: len(sources[name].tasks))
        return f"name the source with it, as in data.source={likely}; or {cure}"
    if near := nearest(key, sources[source].model_fields):
        cure += f'; or did you mean "{near}"?'
    if ("data", "source") in document.changes:
        cure += f" (command line: the whole section, data={_whole(section, sources[source])})"
    return cure


def _fits(kind: type[DataSection], document: Document) -> bool:
    return document.content.get("task") in kind.tasks


def _whole(section: Mapping[str, Any], kind: type[DataSection]) -> str:
    """Write the section without what its source lacks, for a shell; with … where something is still to be added."""
    kept = {key: value for key, value in section.items() if key in kind.model_fields}
    text = json.dumps(kept, ensure_ascii=False)
    try:
        kind.model_validate(kept)
    except ValidationError:
        text = f"{text[:-1]}, …}}"
    return shlex.quote(text)
