"""What the network's outputs are made by: the layers whose activation an answer has gone through last."""

from __future__ import annotations

from cnnkeras.spec.architecture import Architecture, Node

# Activations whose results are read as probabilities.
PROBABILITIES = ("softmax", "sigmoid", "hard_sigmoid", "sparsemax")
# Layers that leave probabilities what they are: they move, average or (in training) drop them.
_CARRIERS = (
    "Flatten", "Reshape", "Permute", "Cropping2D", "CenterCrop", "UpSampling2D", "Resizing", "AveragePooling2D",
    "GlobalAveragePooling2D", "Average", "Dropout", "SpatialDropout2D", "Identity",
)  # fmt: skip


def answering(architecture: Architecture, name: str) -> tuple[Node | None, ...]:
    """Give the layers that make an output, each once; None for the network's input or a name that is not there."""
    nodes = {node.name: node for node in architecture.nodes}
    waiting = [name]
    seen: set[str] = set()
    found: dict[str, Node | None] = {}
    while waiting:
        each = waiting.pop()
        node = nodes.get(each)
        if node is not None and node.type in _CARRIERS:
            waiting.extend(name for name in node.inputs if name not in seen)
            seen.update(node.inputs)
        else:
            found[each] = node
    return tuple(found.values())


def activation_of(node: Node | None) -> str:
    """Give a layer's activation; "linear" where it has none."""
    if node is None:
        return "linear"
    return "softmax" if node.type == "Softmax" else str(getattr(node.layer, "activation", None) or "linear")
