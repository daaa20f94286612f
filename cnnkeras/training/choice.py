"""A decision that the file left to "auto", with its reason: what the log and environment.json say."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")


class Choice(NamedTuple, Generic[Value]):
    """What was chosen and why: `mixed_bfloat16, because …`."""

    value: Value
    reason: str

    def __str__(self) -> str:
        """Give it as a line of the log has it."""
        return f"{self.value} ({self.reason})"
