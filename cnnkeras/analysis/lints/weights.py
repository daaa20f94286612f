"""Lints of weights: numbers that are trained for nothing, or too many in one place."""

from __future__ import annotations

from collections.abc import Iterator

from cnnkeras.analysis.lints.finding import Finding, at
from cnnkeras.analysis.network import Network
from cnnkeras.analysis.results import NodeAnalysis
from cnnkeras.layers.base import Layer

# What a linear layer may be looked at through: at inference each is linear and leaves its form alone, so that a
# Conv2D or Dense before it and one after it make one. Merges, upsampling and per-example statistics are not here.
TRANSPARENT = frozenset({
    "ActivityRegularization", "AveragePooling2D", "BatchNormalization", "Cropping2D", "Dropout", "Flatten",
    "GaussianDropout", "GaussianNoise", "GlobalAveragePooling2D", "Identity", "Rescaling", "SpatialDropout2D",
    "ZeroPadding2D",
})  # fmt: skip


def bias_before_normalization(network: Network) -> Iterator[Finding]:
    """Find biases that the normalization right behind them takes off again, with the mean."""
    for node in network.nodes.values():
        layer, after = node.node.layer, network.after(node)
        if layer is None or after is None or after.type != "BatchNormalization" or not _linear(layer):
            continue
        # The mean is taken off channel by channel only along the channels.
        if getattr(layer, "use_bias", False) and _normalizes_channels(after):
            message = f"its bias does nothing: {after.label} takes it off again with the mean"
            yield at(node, message, 'set "use_bias" to false', "use_bias")


def _normalizes_channels(node: NodeAnalysis) -> bool:
    shape = node.output_shape
    return getattr(node.node.layer, "axis", -1) in (-1, None if shape is None else len(shape))


def _linear(layer: Layer) -> bool:
    return getattr(layer, "activation", None) in (None, "linear")


def heavy_dense(network: Network) -> Iterator[Finding]:
    """Find a Dense after Flatten with more than half of all parameters: it learns by heart where things are."""
    nodes = [node for node in network.nodes.values() if node.name in network.architecture.needed]
    total = sum(node.parameters or 0 for node in nodes)
    # Without learned convolutions there is nothing that could be averaged over the map instead.
    learned = any("Conv" in node.type and node.trainable_parameters for node in nodes)
    for node in nodes if learned else ():
        flat = _flattened(network, node)
        if flat is None or not node.parameters or 2 * node.parameters <= total:
            continue
        message = f"holds {node.parameters:,} of the network's {total:,} parameters ({node.parameters / total:.0%})"
        yield at(node, message, f"shrink the map before {flat.label}, or put GlobalAveragePooling2D in its place")


def _flattened(network: Network, node: NodeAnalysis) -> NodeAnalysis | None:
    """Give the Flatten that a Dense takes, at most a Dropout between them."""
    before = network.before(node) if node.type == "Dense" else None
    while before is not None and before.type == "Dropout":
        before = network.before(before)
    return before if before is not None and before.type == "Flatten" else None


def linear_pair(network: Network) -> Iterator[Finding]:
    """Find two linear layers with nothing nonlinear between them: they compute what one of them could.

    Not found, because meant: a bottleneck (fewer channels than before and after it, as in MobileNetV2), a kernel
    split into its height and its width, groups, fixed kernels, and everything behind a merge.
    """
    for node in network.nodes.values():
        if not _plain(node) or not _linear_node(node):
            continue
        after = _seen_through(network, node)
        if after is not None and _plain(after) and not _bottleneck(node, after) and not _split(node, after):
            message = f"nothing nonlinear stands between it and {after.label}: the two are one linear layer"
            yield at(node, message, 'give it an activation, as in "activation": "relu", or leave one of them out')


def _plain(node: NodeAnalysis) -> bool:
    """Tell whether a layer is a full linear map that is learned."""
    layer = node.node.layer
    whole = node.type == "Dense" or (node.type == "Conv2D" and getattr(layer, "groups", 1) == 1)
    return layer is not None and whole and layer.trainable and node.output_shape is not None


def _linear_node(node: NodeAnalysis) -> bool:
    return node.node.layer is not None and _linear(node.node.layer)


def _seen_through(network: Network, node: NodeAnalysis) -> NodeAnalysis | None:
    """Give the next layer that does more than pass on, where nothing else takes what lies between."""
    after = network.after(node)
    while after is not None and (after.type in TRANSPARENT or (after.type == "Activation" and _linear_node(after))):
        after = network.after(after)
    return after


def _bottleneck(node: NodeAnalysis, after: NodeAnalysis) -> bool:
    channels = [shape[-1] for shape in (node.input_shapes[0], node.output_shape, after.output_shape) if shape]
    if len(channels) < 3 or None in channels:
        return True
    before, between, behind = channels
    return between < before and between < behind  # type: ignore[operator]  # none of them is None


def _split(node: NodeAnalysis, after: NodeAnalysis) -> bool:
    """Tell whether two kernels are a height and a width of one."""
    kernels = [getattr(each.node.layer, "kernel_size", (1, 1)) for each in (node, after)]
    return any(
        kernels[0][side] == kernels[1][1 - side] == 1 < kernels[0][1 - side] * kernels[1][side] for side in (0, 1)
    ) and (kernels[0] != (1, 1) != kernels[1])
