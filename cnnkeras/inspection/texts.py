"""What TensorBoard shows as text: the architecture's file and what `check` says of it."""

from __future__ import annotations

import json

from cnnkeras.analysis.analysis import Analysis, analyse
from cnnkeras.layers.base import show
from cnnkeras.spec.architecture import Architecture

HEADINGS = ("layer", "type", "output", "parameters", "multiply-accumulates", "receptive field")


def texts(architecture: Architecture) -> dict[str, str]:
    """Give the texts by name, as Markdown."""
    return {
        "architecture": _code(json.dumps(architecture.resolved, indent=2, ensure_ascii=False)),
        "check": check_table(analyse(architecture)),
    }


def check_table(analysis: Analysis) -> str:
    """Give the figures of every layer as a Markdown table, and below it what the lints found."""
    lines = [HEADINGS, ("---",) * len(HEADINGS)]
    for node in analysis.nodes:
        field = node.receptive_field
        lines.append(
            (
                node.name,
                node.type,
                "?" if node.output_shape is None else show(node.output_shape),
                _number(node.parameters),
                _number(node.macs),
                "" if field is None else show(field.size),
            )
        )
    totals = analysis.totals
    lines.append(("**all**", "", "", _number(totals.parameters), _number(totals.macs), ""))
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    found = "\n\n".join(_code(str(diagnostic)) for diagnostic in analysis.diagnostics)
    return f"{table}\n\n{found}"


def _number(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


def _code(text: str) -> str:
    """Mark text as code by indenting it, which no content can end."""
    return "\n".join(f"    {line}" for line in text.splitlines())
