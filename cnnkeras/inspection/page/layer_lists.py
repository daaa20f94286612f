"""The layers of several runs, held to each other as their files write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnkeras.inspection.flattening import Value, flattened


class LayerLists:
    """The lists of layers in resolved files: the network's own, and each block's.

    Lists of the same types are compared field by field; of others the part of the types is told that differs.
    """

    def __init__(self, files: Sequence[Mapping[str, Any]]) -> None:
        self._files = [_lists(file) for file in files]
        names = dict.fromkeys(name for lists in self._files for name in lists)
        self._types = {name: [_types(lists.get(name)) for lists in self._files] for name in names}
        self.unlike = [name for name, types in self._types.items() if any(each != types[0] for each in types)]

    def settings(self, place: int) -> dict[str, Value]:
        """Give what the file of one run says of its layers."""
        alike = {name: layers for name, layers in self._files[place].items() if name not in self.unlike}
        found: dict[str, Value] = {}
        for name, layers in alike.items():
            found |= flattened(layers, name)
        return found | {f"{name}[].type": told for name in self.unlike if (told := self._told(name, place))}

    def _told(self, name: str, place: int) -> str:
        """Give the types that one run has where they differ."""
        types = self._types[name]
        before = _alike(types)
        after = _alike([each[before:][::-1] for each in types])
        own = types[place]
        return ", ".join(own[before : len(own) - after])


def _lists(file: Mapping[str, Any]) -> dict[str, Sequence[Any]]:
    blocks = file.get("blocks") or {}
    return {"layers": file.get("layers") or []} | {
        f"blocks.{name}.layers": block.get("layers") or [] for name, block in blocks.items()
    }


def _alike(lists: Sequence[Sequence[str]]) -> int:
    """Give how many members all lists have in common from their beginning."""
    side_by_side = enumerate(zip(*lists, strict=False))
    return next((index for index, members in side_by_side if len({*members}) > 1), min(map(len, lists)))


def _types(layers: Sequence[Any] | None) -> list[str]:
    return [str(layer.get("type")) for layer in layers or ()]
