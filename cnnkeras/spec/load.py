"""From a file to an architecture: read, override, validate each section, write out the layers, wire the outputs."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from cnnkeras.errors import Diagnostic
from cnnkeras.spec.architecture import INPUT, Architecture
from cnnkeras.spec.augmentation_checks import check_augmentation
from cnnkeras.spec.data import DataSection
from cnnkeras.spec.document import Document, Path
from cnnkeras.spec.entries import Block
from cnnkeras.spec.expansion import Expansion, suggest_output
from cnnkeras.spec.habits import foreign_file
from cnnkeras.spec.header import Header
from cnnkeras.spec.layer_values import LayerValues
from cnnkeras.spec.overrides import override
from cnnkeras.spec.place import Findings
from cnnkeras.spec.prediction import PredictionSection
from cnnkeras.spec.reading import read_document
from cnnkeras.spec.sections import Sections
from cnnkeras.spec.spread import check_spread
from cnnkeras.spec.task import Registry, Task
from cnnkeras.spec.training import TrainingSection


@dataclass(frozen=True)
class Loaded:
    """An architecture, as far as the file gives one, and what is wrong with the file.

    `architecture` is None where there is no sense in looking further: no input, or no layers.
    """

    architecture: Architecture | None
    diagnostics: tuple[Diagnostic, ...]


def load_architecture(
    path: str | os.PathLike[str], changes: Sequence[str] = (), registry: Registry | None = None
) -> Loaded:
    """Read a file with the command line's changes in it.

    Raises UserError where the file can't be read, is no JSON, or a change has no place in it; everything else
    that is wrong stands in `diagnostics`.
    """
    document = override(read_document(path), changes)
    return _Loader(document, registry or Registry(), FilePath(path).stem).load()


@dataclass
class _Loader:
    document: Document
    registry: Registry
    stem: str
    found: list[Diagnostic] = field(default_factory=list)

    def load(self) -> Loaded:
        if said := foreign_file(self.document.content):
            return Loaded(None, (self.document.diagnostic("file", (), *said),))
        read = Sections(self.document, self.registry, self.found)
        read.unknown()
        header = read.header()
        sections = read.plain()
        task = read.task()
        data = read.data(task)
        self._check_augmentation(task, data, sections)
        self.found += check_spread(self.document, sections["training"]) if sections["training"] else []
        blocks = read.blocks()
        layers = read.layers()
        # What is wrong with the layers is told even where nothing can be made of them.
        architecture = self._expand(header, sections, task, data, blocks, layers)
        found = sorted(self.found, key=self.document.order)
        return Loaded(architecture if layers and sections["input"] is not None else None, tuple(found))

    def _expand(
        self,
        header: Header,
        sections: Mapping[str, Any],
        task: Task | None,
        data: DataSection | None,
        blocks: Mapping[str, Block],
        layers: tuple[Any, ...],
    ) -> Architecture:
        findings = Findings(self.document)
        num_classes = data.count_classes() if data else None
        values = LayerValues(findings, blocks, num_classes)
        expansion = Expansion(findings, blocks, values)
        last, names = expansion.run(layers)
        outputs = tuple(map(expansion.take, self._outputs(header.outputs, names) or (last,)))
        if layers and not expansion.nodes and not findings.found:
            self._report(("layers",), "value", "layers: none is left, as every repeat is 0", "repeat one at least once")
        self.found.extend(findings.found)
        return Architecture(
            name=header.name or _safe_name(self.stem),
            description=header.description,
            task=task,
            input=sections["input"],
            nodes=tuple(expansion.nodes),
            outputs=outputs,
            data=data,
            num_classes=num_classes,
            training=sections["training"] or TrainingSection(),
            prediction=sections["prediction"] or PredictionSection(),
            silence=header.silence,
            unused_blocks=() if expansion.is_cut else tuple(name for name in blocks if name not in expansion.used),
            document=self.document,
            resolved={key: value for key, value in self.document.content.items() if key != "$schema"},
        )

    def _check_augmentation(self, task: Task | None, data: DataSection | None, sections: Mapping[str, Any]) -> None:
        if data is None:
            return
        label = task.label if task else None
        loss = sections["training"].loss if sections["training"] else None
        self.found += check_augmentation(self.document, data.augmentation, label, sections["input"], loss)

    def _outputs(self, outputs: tuple[str, ...] | None, names: Mapping[str, str]) -> tuple[str, ...]:
        for index, name in enumerate(outputs or ()):
            place = ("outputs", index)
            if name not in names:
                layers = [known for known, node in names.items() if node != INPUT]
                self._report(place, "inputs", f'outputs: there is no layer "{name}"', suggest_output(name, layers))
            elif names[name] == INPUT:
                message = f'outputs: "{name}" is what comes in, and no layer stands between'
                self._report(place, "inputs", message, "name a layer")
        return tuple(dict.fromkeys(names[name] for name in outputs or () if name in names))

    def _report(self, path: Path, code: str, message: str, hint: str | None, at_key: bool = False) -> None:
        self.found.append(self.document.diagnostic(code, path, message, hint, at_key=at_key))


def _safe_name(stem: str) -> str:
    """Make a run folder's name of a file's."""
    safe = re.sub(r"[^A-Za-z0-9_.-]", "_", stem)
    return (safe if safe[:1].isalpha() else f"run_{safe}")[:80]
