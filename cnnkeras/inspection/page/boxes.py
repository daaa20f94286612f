"""What stands in the boxes of the diagram."""

from __future__ import annotations

import json
from typing import Any

from cnnkeras.analysis.report import exact, human
from cnnkeras.analysis.results import NodeAnalysis
from cnnkeras.inspection.page.diagram.drawing import Drawing, Placed
from cnnkeras.layers.base import show


def family(layer: NodeAnalysis) -> str:
    """Give the layer's family, which gives the box its colour: the file that its type is in."""
    return "" if layer.node.layer is None else type(layer.node.layer).__module__.rpartition(".")[2]


def described(layer: NodeAnalysis) -> str:
    """Give type and what matters of the fields: `Conv2D 64 · 3×3 · stride 2 · relu`."""
    fields = layer.node.layer.model_dump(mode="json") if layer.node.layer else {}
    said = [str(fields[name]) for name in ("filters", "units") if fields.get(name) is not None]
    said += [_sides(fields[name]) for name in ("kernel_size", "pool_size", "size") if fields.get(name) is not None]
    strides = fields.get("strides")
    if strides not in (None, 1, [1, 1]) and strides != fields.get("pool_size"):
        said.append(f"stride {_sides(strides)}" if isinstance(strides, list) else f"stride {strides}")
    if fields.get("rate") is not None:
        said.append(str(fields["rate"]))
    activation = fields.get("activation")
    if isinstance(activation, str) and activation != "linear":
        said.append(activation)
    return " · ".join([f"{layer.type} {said[0]}" if said else layer.type, *said[1:]])


def facts(layer: NodeAnalysis) -> str:
    """Give shape, parameters and receptive field in a line."""
    seen = layer.receptive_field
    return " · ".join(
        [
            "?" if layer.output_shape is None else show(layer.output_shape),
            *([f"{exact(layer.parameters)} parameters"] if layer.parameters != 0 else []),
            f"sees {'?' if seen is None else show(seen.size)}",
        ]
    )


def details(layer: NodeAnalysis) -> list[tuple[str, str]]:
    """Give the layer's fields and figures, by name."""
    seen, fields = layer.receptive_field, layer.node.layer.model_dump(mode="json") if layer.node.layer else {}
    figures = [
        ("name", layer.name),
        ("takes", ", ".join(layer.node.inputs)),
        ("parameters", exact(layer.parameters)),
        ("trained", exact(layer.trainable_parameters)),
        ("MACs", human(layer.macs)),
        ("memory", human(layer.activation_memory, "B")),
    ]
    if seen is not None:
        start = ", ".join(map(str, seen.start))
        figures.append(("field", f"{show(seen.size)}, stride {_sides(list(seen.stride))}, from {start}"))
    own = [(name, _text(value)) for name, value in fields.items() if name != "type" and value is not None]
    return [*figures, *own]


def block_title(box: Placed) -> str:
    """Give the name of a block's use; of several put together, how many they are."""
    assert box.inside is not None
    return box.inside.block.removeprefix("= ") if box.inside.block.startswith("= ") else box.title


def block_words(box: Placed) -> str:
    """Give the block's own name where it is not the title already."""
    assert box.inside is not None
    block = box.inside.block
    return "" if block.startswith("= ") or box.title.startswith(block) else block


def block_facts(inside: Drawing) -> str:
    """Give what comes out of a block, and what it holds."""
    last, count = inside.last, len(inside.layers)
    seen = last.receptive_field
    return " · ".join(
        [
            "?" if last.output_shape is None else show(last.output_shape),
            f"{exact(inside.parameters)} parameters",
            f"{count} layer{'s' * (count != 1)}",
            f"sees {'?' if seen is None else show(seen.size)}",
        ]
    )


def lines(drawing: Drawing) -> list[dict[str, Any]]:
    """Give the lines as the page's script reads them."""
    return [{"source": line.source, "target": line.target, "lane": line.lane} for line in drawing.lines]


def _sides(value: Any) -> str:
    sides = value if isinstance(value, list) else [value, value]
    return "×".join(map(str, sides))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
