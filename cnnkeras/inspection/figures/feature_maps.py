"""What the first layers make of one picture."""

from __future__ import annotations

import keras
import numpy as np
from matplotlib.figure import Figure

from cnnkeras.inspection.built import built_layers
from cnnkeras.inspection.figures.style import styled
from cnnkeras.inspection.figures.tiles import COLUMNS, Row, Tile, draw_rows, pack
from cnnkeras.spec.architecture import Architecture

# Layers whose maps tell something of their own; a Dropout's or a Concatenate's are those before it.
SHOWN: tuple[str, ...] = (
    "Conv2D",
    "Conv2DTranspose",
    "DepthwiseConv2D",
    "SeparableConv2D",
    "MaxPooling2D",
    "AveragePooling2D",
)
SHOWN += ("Add", "Subtract", "Multiply", "Average", "Maximum", "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU")
MOST_LAYERS, MOST_ROWS = 16, 7


@styled
def feature_maps(model: keras.Model, architecture: Architecture, prepared: np.ndarray) -> Figure | None:
    """Draw the maps of the first layers for one picture, float32 `(height, width, channels)` as the network gets it.

    A fixed filter's map is the picture filtered, so each of them is shown under its own name.
    """
    layers = telling_layers(model, architecture)[:MOST_LAYERS]
    if not layers:
        return None
    outputs = keras.Model(model.inputs[0], [layer.output for layer in layers])(prepared[np.newaxis], training=False)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    rows = [Row("input", _tiles(prepared) if prepared.shape[-1] != 3 else [_colour(prepared)])]
    for layer, output in zip(layers, outputs, strict=True):
        maps = np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(output, "float32")))[0]
        height, width, channels = maps.shape
        rows.append(Row(layer.name, _tiles(maps), f"{height}×{width}×{channels}{_cut(channels)}"))
    rows = pack(rows)[:MOST_ROWS]
    subtitle = (
        "White is much, black nothing. Where a map has negative values: red is above zero, blue below, white zero."
    )
    return draw_rows(rows, "What the first layers make of a picture", subtitle)


def telling_layers(model: keras.Model, architecture: Architecture) -> list[keras.layers.Layer]:
    """Give the layers whose maps tell something of their own."""
    layers = [layer for node, layer in built_layers(model, architecture) if node.type in SHOWN]
    return [layer for layer in layers if len(layer.output.shape) == 4]


def _cut(channels: int) -> str:
    return f", the first {COLUMNS} maps of {channels:,}" if channels > COLUMNS else ""


def _tiles(maps: np.ndarray) -> list[Tile]:
    """Give a layer's first maps, all drawn to one scale, so that a silent one looks silent."""
    shown = maps[..., :COLUMNS]
    extent = float(np.abs(shown).max())
    signed = bool(shown.min() < 0)
    captions = [str(index) for index in range(shown.shape[-1])] if shown.shape[-1] > 1 else [""]
    return [Tile(shown[..., index], caption, extent, signed) for index, caption in enumerate(captions)]


def _colour(prepared: np.ndarray) -> Tile:
    """Give a coloured input as one picture, whatever range and mean it was brought to."""
    low, high = float(prepared.min()), float(prepared.max())
    return Tile((prepared - low) / (high - low or 1.0), "", high)
