"""`schema`: what editors complete and check from."""

from __future__ import annotations

import json

from cnnkeras.commands.registry import REGISTRY
from cnnkeras.spec.schema import json_schema


def schema_text() -> str:
    """Give the JSON Schema as it ships in `cnnkeras/spec/architecture.schema.json`."""
    return json.dumps(json_schema(REGISTRY), indent=1, ensure_ascii=False) + "\n"


def print_schema() -> int:
    """Print the JSON Schema."""
    print(schema_text(), end="")
    return 0
