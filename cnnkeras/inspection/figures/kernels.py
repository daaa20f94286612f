"""What the first convolutions look for: their kernels as pictures."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
from matplotlib.figure import Figure

from cnnkeras.inspection.built import built_layers
from cnnkeras.inspection.figures.style import styled
from cnnkeras.inspection.figures.tiles import COLUMNS, Row, Tile, draw_rows, lay_out, pack
from cnnkeras.spec.architecture import Architecture, Node

CONVOLUTIONS = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D")
MOST, SHOWN_CHANNELS = 64, 4


@styled
def kernels(model: keras.Model, architecture: Architecture) -> Figure | None:
    """Draw the kernels of the first convolutions, those that read the same; None where there are none."""
    rows = [
        row
        for node, layer in _first_convolutions(model, architecture)
        for row in _rows(node.name, kernel_of(node, layer))
    ]
    if not rows:
        return None
    colour = any(tile.values.ndim == 3 for row in rows for tile in row.tiles)
    subtitle = (
        "Each as it weighs red, green and blue; grey is no weight."
        if colour
        else "Red weighs for, blue against, white not at all."
    )
    return draw_rows(pack(rows), "What the first convolution looks for", subtitle, written=True)


def _first_convolutions(model: keras.Model, architecture: Architecture) -> list[tuple[Node, keras.layers.Layer]]:
    """Give the first convolution, and those beside it that take the same."""
    found = [(node, layer) for node, layer in built_layers(model, architecture) if node.type in CONVOLUTIONS]
    return [(node, layer) for node, layer in found if node.inputs == found[0][0].inputs]


def kernel_of(node: Node, layer: keras.layers.Layer) -> np.ndarray:
    """Give a convolution's kernel as `(height, width, input channels, filters)`."""
    kernel = layer.depthwise_kernel if node.type == "SeparableConv2D" else layer.kernel
    values = np.asarray(keras.ops.convert_to_numpy(kernel), np.float32)
    if node.type == "Conv2D":
        return values
    # Each filter of a depthwise kernel reads one channel.
    return values.reshape(*values.shape[:2], 1, -1)


def _rows(name: str, kernel: np.ndarray) -> list[Row]:
    kernel = kernel[..., :MOST]
    extent = float(np.abs(kernel).max())
    channels, filters = kernel.shape[2:]
    if channels == 3:
        tiles = [Tile(kernel[..., index] / (2 * extent or 1) + 0.5, str(index), extent) for index in range(filters)]
    else:
        tiles = [
            Tile(kernel[:, :, channel, index], f"{index}" if channels == 1 else f"{index}, channel {channel}", extent)
            for index in range(filters)
            for channel in range(min(channels, SHOWN_CHANNELS))
        ]
    if channels in (1, 3) and filters > COLUMNS:
        # They stand in order, so their numbers would only take room.
        tiles = [replace(tile, caption="") for tile in tiles]
    return lay_out(name, tiles[:MOST])
