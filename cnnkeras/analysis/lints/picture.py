"""Lints of the input section."""

from __future__ import annotations

from collections.abc import Iterator

from cnnkeras.analysis.lints.finding import Finding
from cnnkeras.analysis.network import Network

# What pictures have as channels, and what hardly any side is.
CHANNELS = (1, 3)


def channels_first(network: Network) -> Iterator[Finding]:
    """Find a shape in PyTorch's order: one or three pixels high, and of many channels."""
    height, width, channels = network.architecture.input.shape
    # The second side of a picture is at least about half of its first.
    if height in CHANNELS and width is not None and width > max(CHANNELS) and channels > width / 2:
        message = f"input: {height} pixel{'' if height == 1 else 's'} high, {width} wide, with {channels} channels"
        hint = f"the shape is [height, width, channels]: did you mean [{width}, {channels}, {height}]?"
        yield Finding(("input", "shape"), message, hint)
