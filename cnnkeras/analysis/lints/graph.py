"""Lints of the graph: what leads nowhere, and what stands in the wrong place."""

from __future__ import annotations

from collections.abc import Iterator

from cnnkeras.analysis.lints.finding import Finding, at
from cnnkeras.analysis.network import Network
from cnnkeras.analysis.results import NodeAnalysis
from cnnkeras.spec.architecture import INPUT

DROPOUTS = ("AlphaDropout", "Dropout", "GaussianDropout", "SpatialDropout2D")
# What weighs its input's numbers against each other, or normalizes them a second time.
WEIGHING = ("Conv2D", "Dense", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose")


def unused_layer(network: Network) -> Iterator[Finding]:
    """Find layers whose output nobody takes: they are no part of the network."""
    taken = {name for node in network.nodes.values() for name in node.node.inputs}
    if not taken.union(network.architecture.outputs) <= {INPUT, *network.nodes}:
        return  # a name that is not there has been reported, and hides who takes what
    for node in network.nodes.values():
        if not network.consumers[node.name] and node.name not in network.architecture.needed:
            message = "nothing takes its output, so it is no part of the network"
            yield at(
                node, message, f'name it in a later layer\'s "inputs" or in "outputs" ("{node.name}"), or remove it'
            )


def unused_block(network: Network) -> Iterator[Finding]:
    """Find blocks that no layer uses."""
    for name in network.architecture.unused_blocks:
        yield Finding(
            ("blocks", name), f"blocks.{name}: no layer uses it", f'use it, as in {{"type": "{name}"}}, or remove it'
        )


def output_dropout(network: Network) -> Iterator[Finding]:
    """Find a dropout at the output: it zeroes answers while the network trains."""
    for node in network.nodes.values():
        if node.type in DROPOUTS and node.name in network.architecture.outputs:
            yield at(
                node, "zeroes some of the network's answers in training", "put it before the last Dense or convolution"
            )


def softmax_inside(network: Network) -> Iterator[Finding]:
    """Find a softmax that further layers weigh: what it has made nearly zero can't be told apart any more."""
    for node in network.nodes.values():
        after = network.after(node) if _softmax(node) else None
        while after is not None and after.type in ("Flatten", "Reshape", *DROPOUTS):
            after = network.after(after)
        if after is not None and (after.type in WEIGHING or _softmax(after)):
            message = f"its softmax is not the last: {after.label} works on numbers that are nearly all zero"
            cure = 'use "relu" here, and softmax at the output only'
            if after.type not in WEIGHING:
                # Nothing weighs between the two, and what is bent before a softmax is no better than what one has made.
                cure = f"leave one of the two out: this one or that of {after.label}"
            yield at(node, message, cure, _softmax_field(node))


def _softmax(node: NodeAnalysis) -> bool:
    return node.type == "Softmax" or getattr(node.node.layer, "activation", None) in ("softmax", "log_softmax")


def _softmax_field(node: NodeAnalysis) -> str | None:
    return None if node.type == "Softmax" else "activation"
