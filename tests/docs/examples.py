"""Takes the examples out of the documentation, so that what a reader copies is what is tested."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(document: str, language: str) -> list[str]:
    """Give the fenced blocks of a language, in the order of the document."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return [body for found, body in _BLOCK.findall(text) if found == language]


def commands(document: str) -> list[list[str]]:
    """Give the arguments of every call of cnnkeras in the document's shell blocks."""
    text = "\n".join(blocks(document, "sh")).replace("\\\n", " ")
    steps = [step.strip() for line in text.splitlines() for step in re.split(r"&&", line)]
    calls = [re.fullmatch(r"(?:cnnkeras|python run\.py) (.*)", step) for step in steps]
    return [shlex.split(call[1], comments=True) for call in calls if call]
