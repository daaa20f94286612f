"""Which networks can go over a picture in tiles."""

from __future__ import annotations

from collections.abc import Iterator

from cnnkeras.analysis.walk import walked
from cnnkeras.errors import Diagnostic
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.task import Task


def check_tiles(task: Task, architecture: Architecture) -> Iterator[Diagnostic]:
    """Find tiles where a picture has one answer, or where the network's outputs would lie differently in them."""
    if architecture.input.resize != "tile":
        return
    report = architecture.document.diagnostic
    if task.label != "mask":
        message = f'input: "tile" is for an answer at every pixel, and the task is {task.name}'
        yield report("tile", ("input", "resize"), message, 'use "stretch", "letterbox" or "crop"')
    nodes = [walked(architecture).nodes.get(name) for name in architecture.outputs]
    sizes = {node.output_shape[:2] for node in nodes if node is not None and node.output_shape is not None}
    if task.label == "mask" and len(sizes) > 1:
        listed = " and ".join("×".join(map(str, size)) for size in sorted(sizes, key=str))
        message = f"outputs: of a tile they answer {listed}, and tiles are put together in one way"
        yield report("tile", ("outputs",), message, "bring the outputs to one size")
