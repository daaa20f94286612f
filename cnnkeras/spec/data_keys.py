"""Keys of the data section that belong to another source: `data.source=folder` leaves the old source's in the file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from cnnkeras.errors import Diagnostic
from cnnkeras.spec.data import DataSection
from cnnkeras.spec.document import path_name

Sources = Mapping[str, type[DataSection]]


def name_owners(found: Iterable[Diagnostic], source: str, sources: Sources) -> list[Diagnostic]:
    """Give the findings of the data section, keys that `source` lacks with the sources that have them."""
    return [_with_owners(each, source, sources) if _is_unlike_all(each) else each for each in found]


def _is_unlike_all(diagnostic: Diagnostic) -> bool:
    """Tell whether it is a key that is no misspelling of one that the source has."""
    return diagnostic.code == "unknown-key" and (diagnostic.hint or "").startswith("use one of")


def _with_owners(diagnostic: Diagnostic, source: str, sources: Sources) -> Diagnostic:
    owners = [
        f'"{name}"'
        for name, section in sources.items()
        if diagnostic.path in (path_name(("data", key)) for key in section.model_fields)
    ]
    if not owners:
        return diagnostic
    required = [name for name, field in sources[source].model_fields.items() if field.is_required()]
    whole = json.dumps({"source": source, **{name: "…" for name in required if name != "source"}}, ensure_ascii=False)
    joined = " and ".join(filter(None, (", ".join(owners[:-1]), owners[-1])))
    cure = f'leave it out: it is for {joined}, and the source is "{source}"'
    return replace(diagnostic, hint=f"{cure} (command line: the whole section, data='{whole}')")
