"""Lints of the training section, where what is asked for can't do what its name says."""

from __future__ import annotations

from collections.abc import Iterator

from cnnkeras.analysis.lints.finding import Finding
from cnnkeras.analysis.network import Network
from cnnkeras.spec.losses import RegionLoss, Sum


def overlap_of_all(network: Network) -> Iterator[Finding]:
    """Find overlaps counted over all classes together: with softmax, 1 − the mean probability of the true class."""
    loss = network.architecture.training.loss
    shapes = [network.nodes[name].output_shape for name in network.architecture.outputs if name in network.nodes]
    several = [shape for shape in shapes if shape and shape[-1] != 1]
    if loss is None or not several:
        return
    together = "[0, 1, 2]" if len(several[0]) == 3 else "[0]"
    for index, part in enumerate(loss.parts):
        if isinstance(part, RegionLoss) and part.axis is None:
            place = ("training", "loss", "losses", index) if isinstance(loss, Sum) else ("training", "loss")
            message = f"training: {part.type} counts all classes together, so that a rare one counts for nearly nothing"
            yield Finding(place, message, f'give it "axis": {together}: the mean of the classes\' own figures')
