"""Lints of the input section."""

from __future__ import annotations

from collections.abc import Iterator

from cnnkeras.analysis.lints.finding import Finding, at
from cnnkeras.analysis.network import Network
from cnnkeras.analysis.results import NodeAnalysis
from cnnkeras.spec.architecture import INPUT

# What pictures have as channels, and what hardly any side is.
CHANNELS = (1, 3)


# Layers that leave the picture's range as it is.
_BETWEEN = ("Random", "Resizing", "CenterCrop", "ZeroPadding2D")
# A scale as small brings bytes to about 1.
SMALL = 0.01


def scaled_twice(network: Network) -> Iterator[Finding]:
    """Find a Rescaling of bytes for a picture that comes as 0 to 1."""
    section = network.architecture.input
    for node in network.nodes.values():
        scale = getattr(node.node.layer, "scale", None)
        if node.type != "Rescaling" or not isinstance(scale, float) or not 0 < scale <= SMALL:
            continue
        if max(map(abs, section.range)) <= 1 and _takes_the_picture(network, node):
            range_ = f"{section.range[0]:g} to {section.range[1]:g}"
            message = (
                f'the picture comes as {range_} already ("range" of the input): scaled again, all of it is nearly 0'
            )
            yield at(node, message, 'leave it out, or write "range": [0, 255] in the input', "scale")


def _takes_the_picture(network: Network, node: NodeAnalysis) -> bool:
    name = node.node.inputs[0]
    while name in network.nodes and network.nodes[name].type.startswith(_BETWEEN):
        name = network.nodes[name].node.inputs[0]
    return name == INPUT


def channels_first(network: Network) -> Iterator[Finding]:
    """Find a shape in PyTorch's order: one or three pixels high, and of many channels."""
    height, width, channels = network.architecture.input.shape
    # The second side of a picture is at least about half of its first.
    if height in CHANNELS and width is not None and width > max(CHANNELS) and channels > width / 2:
        message = f"input: {height} pixel{'' if height == 1 else 's'} high, {width} wide, with {channels} channels"
        hint = f"the shape is [height, width, channels]: did you mean [{width}, {channels}, {height}]?"
        yield Finding(("input", "shape"), message, hint)
