"""The names that files may use for sources and tasks: where the format meets what stands to its right."""

from cnnkeras.datasets.sources import SOURCES
from cnnkeras.spec.task import Registry
from cnnkeras.tasks import TASKS

REGISTRY = Registry(sources=SOURCES, tasks=TASKS)
