"""What a run was made with, as single values that runs can be compared by."""

from __future__ import annotations

from cnnkeras.analysis.analysis import Analysis
from cnnkeras.inspection.flattening import Value, flattened
from cnnkeras.spec.architecture import Architecture


def hyperparameters(architecture: Architecture, analysis: Analysis) -> dict[str, Value]:
    """Give the sections of the file with their defaults filled in, and what the layers come to."""
    sections = {"input": architecture.input, "data": architecture.data, "training": architecture.training}
    found: dict[str, Value] = {"name": architecture.name, "task": architecture.task.name if architecture.task else "?"}
    for name, section in sections.items():
        if section is not None:
            found |= flattened(section.model_dump(mode="json"), name)
    totals = {"parameters": analysis.totals.parameters, "macs": analysis.totals.macs}
    return found | {"layers": len(analysis.nodes)} | flattened(totals)
