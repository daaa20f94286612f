"""`explain`: the arithmetic of the layers, written out."""

from __future__ import annotations

from collections.abc import Sequence

from cnnkeras.analysis.explain import explain
from cnnkeras.commands.reading import file_and_changes, read_architecture
from cnnkeras.errors import Diagnostic, UserError
from cnnkeras.spec.overrides import COMMAND_LINE


def print_explanation(words: Sequence[str], picture: str | None) -> int:
    """Print the board for a file, or for one of its layers.

    `words` are the file, a layer if one is asked for, and changes, which have "=" in them.
    """
    file, changes, layers = file_and_changes(words)
    if len(layers) > 1:
        message = f"explain takes one layer, and {len(layers)} are named: {', '.join(layers)}"
        raise UserError(Diagnostic("layer", "error", COMMAND_LINE, 0, 0, "", message, "leave it out for all of them"))
    architecture, analysis = read_architecture(file, changes)
    print(explain(architecture, analysis, layers[0] if layers else None, picture))
    return 0
