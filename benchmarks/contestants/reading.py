"""The architecture that a job is to train: its file, with the prepared pictures and the job's training."""

from __future__ import annotations

import json

from benchmarks.contestants.arrays import Arrays
from benchmarks.contestants.job import Job
from cnnkeras.analysis.analysis import analyse
from cnnkeras.commands.registry import REGISTRY
from cnnkeras.errors import UserError
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.load import load_architecture
from cnnkeras.spec.task import Registry

PRECISIONS = {"auto": "auto", "float32": "float32", "bfloat16": "mixed_bfloat16"}


def read(job: Job) -> Architecture:
    """Read the file with the job's changes, as the command line takes them. Raises UserError."""
    training = {**job.workload.training(job.epochs), "seed": job.seed, "precision": PRECISIONS[job.precision]}
    data = {"source": "arrays", "file": str(job.data)}
    changes = [f"data={json.dumps(data)}", f"training={json.dumps(training)}"]
    registry = Registry({**REGISTRY.sources, "arrays": Arrays}, REGISTRY.tasks)
    loaded = load_architecture(job.workload.file, changes, registry)
    errors = [found for found in loaded.diagnostics if found.severity == "error"]
    if loaded.architecture is None or errors:
        raise UserError(*loaded.diagnostics)
    analysis = analyse(loaded.architecture, loaded.diagnostics)
    if not analysis.ok:
        raise UserError(*analysis.diagnostics)
    return loaded.architecture
