"""The lint of the receptive field."""

from __future__ import annotations

from collections.abc import Iterator

from cnnkeras.analysis.lints.finding import Finding, at
from cnnkeras.analysis.network import Network
from cnnkeras.analysis.receptive_field import PIXEL, measure
from cnnkeras.analysis.results import NodeAnalysis
from cnnkeras.layers.base import Shape, show

POOLS = ("AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "MaxPooling2D")


def small_receptive_field(network: Network) -> Iterator[Finding]:
    """Find a final pooling of features of which none sees the whole picture, where the task looks at the whole.

    A Dense after Flatten joins what every position sees, and is not meant.
    """
    task, picture = network.architecture.task, network.architecture.input.shape
    if task is None or not task.sees_whole or None in picture:
        return
    for node in network.nodes.values():
        size = _pooled_size(network, node)
        if size is not None and any(size[side] < (picture[side] or 0) for side in (0, 1)):
            message = f"what it pools sees {show(size)} of the {show(picture[:2])} picture: no feature sees the whole"
            yield at(node, message, "add layers, strides or a dilation before it, or use a smaller picture")


def _pooled_size(network: Network, node: NodeAnalysis) -> tuple[int, int] | None:
    """Give the receptive field of what a final pooling pools, or None where a layer is no such pooling."""
    if (
        node.type not in POOLS
        or node.name not in network.architecture.needed
        or not node.input_shapes
        or not _one_place(node.output_shape)
    ):
        return None
    # The pooling of a squeeze-and-excitation gate goes back to a map, and leaves the looking to others.
    if not all(_one_place(later.output_shape) for later in network.downstream(node)):
        return None
    before, shape = network.before(node), node.input_shapes[0]
    field = PIXEL if before is None else before.field
    seen = None if field is None or shape is None else measure(field, shape)
    return None if seen is None else seen.size


def _one_place(shape: Shape | None) -> bool:
    return shape is not None and (len(shape) == 1 or shape[:2] == (1, 1))
