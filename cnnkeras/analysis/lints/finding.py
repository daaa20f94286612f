"""What a lint finds."""

from __future__ import annotations

from dataclasses import dataclass

from cnnkeras.analysis.results import NodeAnalysis
from cnnkeras.spec.architecture import Node
from cnnkeras.spec.document import Path


@dataclass(frozen=True)
class Finding:
    """One place that a lint warns of: what is there and why it matters, and the cure.

    `node` is None for what is no layer, a block that nobody uses.
    """

    path: Path
    message: str
    hint: str
    node: Node | None = None


def at(node: NodeAnalysis, message: str, hint: str, field: str | None = None) -> Finding:
    """Give a finding at a layer, or at one of its fields."""
    path = node.path if field is None else (*node.path, field)
    return Finding(path, f"{node.label}: {message}", hint, node.node)
