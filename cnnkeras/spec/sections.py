"""The sections of a file, each by itself: what they hold, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from cnnkeras.errors import Diagnostic, suggest
from cnnkeras.layers import LAYERS
from cnnkeras.spec.data import DataSection
from cnnkeras.spec.data_reading import read_data
from cnnkeras.spec.document import Document, Path
from cnnkeras.spec.entries import ENTRY_KEYS, WRONG, Block
from cnnkeras.spec.header import Header
from cnnkeras.spec.input import InputSection
from cnnkeras.spec.messages import Model, show_value, validate
from cnnkeras.spec.prediction import PredictionSection
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


@dataclass
class Sections:
    """Reads the sections of a document. What is wrong goes into `found`."""

    document: Document
    registry: Registry
    found: list[Diagnostic] = field(default_factory=list)

    def unknown(self) -> None:
        """Find the keys that no file has."""
        for key in self.document.content.keys() - set(SECTIONS):
            message = f"the file: there is no key {show_value(key)}"
            self._report((key,), "unknown-key", message, suggest(key, SECTIONS), at_key=True)

    def header(self) -> Header:
        """Give what the file says of itself."""
        content = self.document.content
        fields = {key: content[key] for key in Header.model_fields if key in content}
        made = self._section(Header, (), "the file", fields)
        # What is right holds, whatever else is wrong: a lint that the file silences is silent.
        return made or Header.model_validate({key: fields[key] for key in fields if self._is_right(key, fields[key])})

    def _is_right(self, key: str, value: Any) -> bool:
        return not validate(Header, {key: value}, self.document, (), "")[1]

    def plain(self) -> dict[str, Any]:
        """Give the sections that stand for themselves; None for one that is not there, or wrong."""
        content = self.document.content
        self._require("input", '"input": {"shape": [28, 28, 1]}')
        kinds: dict[str, type[BaseModel]] = {
            "input": InputSection,
            "training": TrainingSection,
            "prediction": PredictionSection,
        }
        return {
            key: self._section(kind, (key,), key, content[key]) if key in content else None
            for key, kind in kinds.items()
        }

    def task(self) -> Task | None:
        """Give the task."""
        if not self._require("task", '"task": "classification"'):
            return None
        name = self.document.content["task"]
        if isinstance(name, str) and name in self.registry.tasks:
            return self.registry.tasks[name]
        hint = suggest(str(name), self.registry.tasks)
        self._report(("task",), "value", f"there is no task {show_value(name)}", hint)
        return None

    def data(self, task: Task | None) -> DataSection | None:
        """Give the data's section, made by its source."""
        content = self.document.content
        if "data" not in content:
            return None
        section, found = read_data(content["data"], self.document, self.registry, task)
        self.found += found
        return section

    def blocks(self) -> dict[str, Block]:
        """Give the blocks by name."""
        value = self.document.content.get("blocks", {})
        if not isinstance(value, dict):
            self._report(("blocks",), "value", f"blocks must be an object, and it is {show_value(value)}", None)
            return {}
        return {name: self._block(name, body) for name, body in value.items()}

    def _block(self, name: str, body: Any) -> Block:
        path = ("blocks", name)
        parameters = body.get("parameters") if isinstance(body, dict) else None
        for parameter in parameters if isinstance(parameters, dict) else ():
            if not parameter.isidentifier() or parameter in ENTRY_KEYS or parameter == "type":
                message = f'blocks.{name}: "{parameter}" can\'t be a parameter'
                hint = "use a word of letters, digits and _ that no layer has beside its fields"
                self._report((*path, "parameters", parameter), "name", message, hint, at_key=True)
        if name in LAYERS:
            message = f'blocks: "{name}" is a layer\'s name'
            self._report(path, "name", message, "call the block something else", at_key=True)
        # One that is wrong is left in, without layers that follow from it, so that its uses are no mistakes.
        return self._section(Block, path, f"blocks.{name}", body) or _stand_in(body)

    def layers(self) -> tuple[Any, ...]:
        """Give the layers' entries as they stand there."""
        if not self._require("layers", '"layers": [{"type": "Flatten"}, {"type": "Dense", "units": 10}]'):
            return ()
        layers = self.document.content["layers"]
        if isinstance(layers, tuple) and layers:
            return layers
        self._report(("layers",), "value", "layers must be an array of at least one layer", None)
        return ()

    def _section(self, kind: type[Model], path: Path, label: str, value: Any) -> Model | None:
        if not isinstance(value, dict):
            is_shape = kind is InputSection and isinstance(value, tuple)
            hint = f'write {{"shape": {show_value(value)}}}' if is_shape else None
            self._report(path, "value", f"{label} must be an object, and it is {show_value(value)}", hint)
            return None
        made, problems = validate(kind, value, self.document, path, label)
        self.found.extend(problems)
        return made

    def _require(self, key: str, example: str) -> bool:
        if key not in self.document.content:
            self._report((), "missing", f'the file: "{key}" is missing', f"add {example}")
        return key in self.document.content

    def _report(self, path: Path, code: str, message: str, hint: str | None, at_key: bool = False) -> None:
        self.found.append(self.document.diagnostic(code, path, message, hint, at_key=at_key))


def _stand_in(body: Any) -> Block:
    """Give a block that takes as many inputs as one that is wrong."""
    inputs = body.get("inputs") if isinstance(body, dict) else None
    count = len(inputs) if isinstance(inputs, tuple) else 1
    return Block(inputs=tuple(f"input_{number}" for number in range(max(count, 1))), layers=({"type": WRONG},))
