"""One use of a block: the values of its parameters, and what its layers are told with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnkeras.errors import suggest
from cnnkeras.spec.architecture import BlockUse
from cnnkeras.spec.entries import Block
from cnnkeras.spec.layer_values import UNKNOWN, count_members
from cnnkeras.spec.messages import show_value
from cnnkeras.spec.place import Findings, Place, Use

# A parameter may be a list, and a block may double it for the next.
MAX_MEMBERS = 10_000


def use_of(used: BlockUse, parameters: Mapping[str, Any], place: Place) -> Use:
    """Give where the layers of a block that is used at `place` stand."""
    given = ", ".join(f"{key}={show_value(value)}" for key, value in parameters.items())
    note = f"in the block used at {place.label}" + (f" with {given}" if given else "")
    outer = place.use
    path, label = ("blocks", used.block, "layers"), f"blocks.{used.block}.layers"
    return Use(path, label, parameters, (*outer.stack, used), (*outer.notes, note), outer.silence)


def arguments(block: Block, values: Mapping[str, Any], place: Place, findings: Findings) -> dict[str, Any]:
    """Give the parameters' values, as far as they are known; report what is missing, unknown or too large."""
    for key in values.keys() - block.parameters.keys():
        hint = suggest(key, block.parameters) or "the block has no parameters"
        if key == "trainable":
            hint = 'give the block a parameter, {"trainable": true}, and its layers "trainable": "$trainable"'
        findings.report(place, key, "unknown-key", f'the block has no parameter "{key}"', hint, at_key=True)
    given = {key: values.get(key, default) for key, default in block.parameters.items()}
    missing = [key for key, value in given.items() if value is None]
    for key in missing:
        findings.report(place, None, "missing", f'the parameter "{key}" is missing', f'add "{key}"')
    large = [key for key, value in given.items() if count_members(value, {}) > MAX_MEMBERS]
    for key in large:
        message = f'the parameter "{key}" holds more than {MAX_MEMBERS:,} values'
        findings.report(place, key, "size", message, "blocks that double a list grow without end")
    # What is missing, unknown or too large is left out, so that what needs it is not wrong a second time.
    left_out = {*missing, *large}
    return {key: value for key, value in given.items() if key not in left_out and value is not UNKNOWN}
