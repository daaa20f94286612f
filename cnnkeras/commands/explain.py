"""`explain`: the arithmetic of the layers, written out."""

from __future__ import annotations

from collections.abc import Sequence

from cnnkeras.analysis.explain import explain
from cnnkeras.commands.reading import read_architecture
from cnnkeras.errors import Diagnostic, UserError
from cnnkeras.spec.overrides import COMMAND_LINE


def print_explanation(file: str, words: Sequence[str], picture: str | None) -> int:
    """Print the board for a file, or for one of its layers.

    `words` are what follows the file: changes have "=" in them, one other word is the layer.
    """
    changes = [word for word in words if "=" in word]
    layers = [word for word in words if "=" not in word]
    if len(layers) > 1:
        message = f"explain takes one layer, and {len(layers)} are named: {', '.join(layers)}"
        raise UserError(Diagnostic("layer", "error", COMMAND_LINE, 0, 0, "", message, "leave it out for all of them"))
    architecture, analysis = read_architecture(file, changes)
    print(explain(architecture, analysis, layers[0] if layers else None, picture))
    return 0
