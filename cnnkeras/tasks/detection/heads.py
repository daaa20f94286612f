"""What of a detector's outputs doesn't fit the task, found before anything runs. Needs no TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator

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
    if None in architecture.input.shape:
        message = "input: a detector needs a fixed height and width: where its boxes lie follows from them"
        hint = 'give "shape" numbers, and "resize": "letterbox" for pictures of every size'
        yield architecture.document.diagnostic("head", ("input", "shape"), message, hint)


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
