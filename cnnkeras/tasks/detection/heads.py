"""What of a detector's outputs doesn't fit the task, found before anything runs. Needs no TensorFlow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate

from cnnkeras.analysis.walk import diagnose, walked
from cnnkeras.errors import Diagnostic
from cnnkeras.layers.base import Layer, LayerProblem
from cnnkeras.layers.detection import SIDES, BoxHead, DetectionHead, GridHead
from cnnkeras.spec.architecture import Architecture


def check_heads(architecture: Architecture) -> Iterator[Diagnostic]:
    """Find outputs that are no head, that have room for other classes, and pictures of no fixed size."""
    for name in architecture.outputs:
        analysed = walked(architecture).nodes.get(name)
        if analysed is None or analysed.output_shape is None or len(analysed.output_shape) != 2:
            continue  # reported where outputs are checked
        problem = _problem(analysed.node.layer, analysed.output_shape[-1], architecture)
        if problem is not None:
            yield diagnose(architecture, analysed.node, problem)
        elif isinstance(analysed.node.layer, DetectionHead):
            yield from _check_order(architecture, analysed.node.inputs, box_numbers(analysed.node.layer))
    if None in architecture.input.shape:
        message = "input: a detector needs a fixed height and width: where its boxes lie follows from them"
        hint = 'give "shape" numbers, and "resize": "letterbox" for pictures of every size'
        yield architecture.document.diagnostic("head", ("input", "shape"), message, hint)


def _check_order(architecture: Architecture, levels: Iterable[str], boxes: int) -> Iterator[Diagnostic]:
    """Find levels that are joined of a map for the boxes and one for the classes, the classes' first.

    The head takes the first `boxes` channels for the boxes, so that one of the maps has to end there.
    """
    found = set()
    for name in levels:
        analysed = walked(architecture).nodes.get(name)
        if analysed is None or analysed.type != "Concatenate" or analysed.node.path in found:
            continue
        channels = [shape[-1] if shape else None for shape in analysed.input_shapes]
        if None in channels or boxes in accumulate(channels) or boxes not in accumulate(reversed(channels)):
            continue
        found.add(analysed.node.path)
        given = " and ".join(map(str, channels))
        message = f"its maps have {given} channels, and DetectionHead takes the first {boxes} for the boxes"
        problem = LayerProblem(message, "put the boxes' map first, then that of the classes", "inputs", code="head")
        yield diagnose(architecture, analysed.node, problem)


def _problem(layer: Layer | None, numbers: int | None, architecture: Architecture) -> LayerProblem | None:
    if not isinstance(layer, BoxHead):
        return LayerProblem(
            "detection needs a head that makes boxes", "end with DetectionHead or GridHead", code="head"
        )
    own = box_numbers(layer)
    if numbers is None or architecture.num_classes is None or numbers == own + architecture.num_classes:
        return None
    return LayerProblem(
        f"its maps have {numbers - own} channels for classes, and the data has {architecture.num_classes}",
        hint=f'join a map of {own} channels for the boxes with one of "filters": "num_classes"',
        code="head",
    )


def box_numbers(layer: BoxHead) -> int:
    """Give how many numbers of a row are for boxes; those behind them are the classes'."""
    if isinstance(layer, DetectionHead):
        return SIDES * layer.reg_max
    return 5 * layer.boxes if isinstance(layer, GridHead) else 0
