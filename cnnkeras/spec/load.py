"""From a file to an architecture: read, override, validate each section, write out the layers, wire the outputs."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from pydantic import BaseModel

from cnnkeras.errors import Diagnostic, suggest
from cnnkeras.layers import LAYERS
from cnnkeras.spec.architecture import INPUT, Architecture
from cnnkeras.spec.augmentation_checks import check_augmentation
from cnnkeras.spec.data import DataSection
from cnnkeras.spec.data_reading import read_data
from cnnkeras.spec.document import Document, Path
from cnnkeras.spec.entries import ENTRY_KEYS, WRONG, Block
from cnnkeras.spec.expansion import Expansion, suggest_output
from cnnkeras.spec.header import Header
from cnnkeras.spec.input import InputSection
from cnnkeras.spec.layer_values import LayerValues
from cnnkeras.spec.messages import Model, show_value, validate
from cnnkeras.spec.overrides import override
from cnnkeras.spec.place import Findings
from cnnkeras.spec.prediction import PredictionSection
from cnnkeras.spec.reading import read_document
from cnnkeras.spec.spread import check_spread
from cnnkeras.spec.task import Registry, Task
from cnnkeras.spec.training import TrainingSection

SECTIONS = (
    "$schema",
    "name",
    "description",
    "task",
    "input",
    "blocks",
    "layers",
    "outputs",
    "data",
    "training",
    "prediction",
    "silence",
)


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
        content: Mapping[str, Any] = self.document.content
        self._unknown_sections(content)
        header = self._header(content)
        sections = self._sections(content)
        task = self._task(content)
        data = self._data(content, task)
        self._check_augmentation(task, data, sections)
        self.found += check_spread(self.document, sections["training"]) if sections["training"] else []
        blocks = self._blocks(content.get("blocks", {}))
        layers = self._layers(content)
        # What is wrong with the layers is told even where nothing can be made of them.
        architecture = self._expand(content, header, sections, task, data, blocks, layers)
        found = sorted(self.found, key=self.document.order)
        return Loaded(architecture if layers and sections["input"] is not None else None, tuple(found))

    def _expand(
        self,
        content: Mapping[str, Any],
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
            resolved={key: value for key, value in content.items() if key != "$schema"},
        )

    def _unknown_sections(self, content: Mapping[str, Any]) -> None:
        for key in content.keys() - set(SECTIONS):
            message = f"the file: there is no key {show_value(key)}"
            self._report((key,), "unknown-key", message, suggest(key, SECTIONS), at_key=True)

    def _header(self, content: Mapping[str, Any]) -> Header:
        fields = {key: content[key] for key in Header.model_fields if key in content}
        made = self._section(Header, (), "the file", fields)
        # What is right holds, whatever else is wrong: a lint that the file silences is silent.
        return made or Header.model_validate({key: fields[key] for key in fields if self._is_right(key, fields[key])})

    def _is_right(self, key: str, value: Any) -> bool:
        return not validate(Header, {key: value}, self.document, (), "")[1]

    def _sections(self, content: Mapping[str, Any]) -> dict[str, Any]:
        self._require(content, "input", '"input": {"shape": [28, 28, 1]}')
        kinds: dict[str, type[BaseModel]] = {
            "input": InputSection,
            "training": TrainingSection,
            "prediction": PredictionSection,
        }
        return {
            key: self._section(kind, (key,), key, content[key]) if key in content else None
            for key, kind in kinds.items()
        }

    def _section(self, kind: type[Model], path: Path, label: str, value: Any) -> Model | None:
        if not isinstance(value, dict):
            self._report(path, "value", f"{label} must be an object, and it is {show_value(value)}", None)
            return None
        made, problems = validate(kind, value, self.document, path, label)
        self.found.extend(problems)
        return made

    def _require(self, content: Mapping[str, Any], key: str, example: str) -> bool:
        if key not in content:
            self._report((), "missing", f'the file: "{key}" is missing', f"add {example}")
        return key in content

    def _task(self, content: Mapping[str, Any]) -> Task | None:
        if not self._require(content, "task", '"task": "classification"'):
            return None
        name = content["task"]
        if isinstance(name, str) and name in self.registry.tasks:
            return self.registry.tasks[name]
        hint = suggest(str(name), self.registry.tasks)
        self._report(("task",), "value", f"there is no task {show_value(name)}", hint)
        return None

    def _data(self, content: Mapping[str, Any], task: Task | None) -> DataSection | None:
        if "data" not in content:
            return None
        section, found = read_data(content["data"], self.document, self.registry, task)
        self.found += found
        return section

    def _check_augmentation(self, task: Task | None, data: DataSection | None, sections: Mapping[str, Any]) -> None:
        if data is None:
            return
        label = task.label if task else None
        loss = sections["training"].loss if sections["training"] else None
        self.found += check_augmentation(self.document, data.augmentation, label, sections["input"], loss)

    def _blocks(self, value: Any) -> dict[str, Block]:
        if not isinstance(value, dict):
            self._report(("blocks",), "value", f"blocks must be an object, and it is {show_value(value)}", None)
            return {}
        blocks = {}
        for name, body in value.items():
            path = ("blocks", name)
            parameters = body.get("parameters") if isinstance(body, dict) else None
            for parameter in parameters if isinstance(parameters, dict) else ():
                if not parameter.isidentifier() or parameter in ENTRY_KEYS or parameter == "type":
                    message = f'blocks.{name}: "{parameter}" can\'t be a parameter'
                    hint = "use a word of letters, digits and _ that no layer has beside its fields"
                    self._report((*path, "parameters", parameter), "name", message, hint, at_key=True)
            if name in LAYERS:
                self._report(
                    path, "name", f'blocks: "{name}" is a layer\'s name', "call the block something else", at_key=True
                )
            block = self._section(Block, path, f"blocks.{name}", body)
            # One that is wrong is left in, without layers that follow from it, so that its uses are no mistakes.
            blocks[name] = block or Block(layers=({"type": WRONG},))
        return blocks

    def _layers(self, content: Mapping[str, Any]) -> tuple[Any, ...]:
        if not self._require(content, "layers", '"layers": [{"type": "Flatten"}, {"type": "Dense", "units": 10}]'):
            return ()
        layers = content["layers"]
        if isinstance(layers, tuple) and layers:
            return layers
        self._report(("layers",), "value", "layers must be an array of at least one layer", None)
        return ()

    def _outputs(self, outputs: tuple[str, ...] | None, names: Mapping[str, str]) -> tuple[str, ...]:
        for index, name in enumerate(outputs or ()):
            place = ("outputs", index)
            if name not in names:
                self._report(place, "inputs", f'outputs: there is no layer "{name}"', suggest_output(name, names))
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
