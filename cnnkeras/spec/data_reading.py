"""Reads the data section: which source it is for, its fields, and what of it does not go with the rest of the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cnnkeras.errors import Diagnostic, suggest
from cnnkeras.spec.data import DataSection
from cnnkeras.spec.data_keys import name_owners
from cnnkeras.spec.document import Document
from cnnkeras.spec.messages import show_value, validate
from cnnkeras.spec.task import Registry, Task

# Names of data sets that TFDS has, and people write for a source.
DATA_SETS = ("mnist", "fashion_mnist", "kmnist", "emnist", "cifar10", "cifar100", "svhn_cropped", "imagenet2012")
PATH = ("data",)


def read_data(
    value: Any, document: Document, registry: Registry, task: Task | None
) -> tuple[DataSection | None, list[Diagnostic]]:
    """Give the section, with the labels that the task wants, and everything that is wrong with it."""
    source = value.get("source") if isinstance(value, dict) else None
    if not (isinstance(source, str) and source in registry.sources):
        return None, [_no_source(value, document, registry)]
    section, problems = validate(registry.sources[source], value, document, PATH, "data")
    found = [*name_owners(problems, value, document, registry.sources), *_labels(source, document, registry, task)]
    if section is None:
        return None, found
    if task is not None and task.name in section.tasks:
        section = section.for_task(task.name)
    return section, [*found, *_classes(section, document)]


def _no_source(value: Any, document: Document, registry: Registry) -> Diagnostic:
    """Say that the section names no source that there is."""
    if not isinstance(value, dict):
        hint = f"write {_source(value)}" if isinstance(value, str) else None
        return document.diagnostic("value", PATH, f"data must be an object, and it is {show_value(value)}", hint)
    if value.get("source") is None:
        return document.diagnostic("missing", PATH, 'data: "source" is missing', suggest("", registry.sources))
    message = f"data: there is no source {show_value(value['source'])}"
    name = str(value["source"])
    hint = f"write {_source(name)}" if name in DATA_SETS else suggest(name, registry.sources)
    return document.diagnostic("value", (*PATH, "source"), message, hint)


def _source(name: str) -> str:
    """Give the section that a single word means."""
    return json.dumps({"source": "tfds", "name": name} if name in DATA_SETS else {"source": name})


def _classes(section: DataSection, document: Document) -> Iterator[Diagnostic]:
    """Hold the number of classes to the names, where both are known."""
    names = section.class_names() if section.num_classes is not None else None
    if names is not None and len(names) != section.num_classes:
        message = f'data: "num_classes" is {section.num_classes}, and the data has {len(names)} classes'
        hint = f'leave "num_classes" out, or make it {len(names)}'
        yield document.diagnostic("data", (*PATH, "num_classes"), message, hint)


def _labels(source: str, document: Document, registry: Registry, task: Task | None) -> Iterator[Diagnostic]:
    """Hold the source's labels to the task."""
    if task is None or task.name in registry.sources[source].tasks:
        return
    fitting = [name for name, kind in registry.sources.items() if task.name in kind.tasks]
    message = f'data: "{source}" has no labels for {task.name}'
    hint = f"use {', '.join(fitting)}" if fitting else f"no source has labels for {task.name} yet"
    yield document.diagnostic("data", (*PATH, "source"), message, hint)
