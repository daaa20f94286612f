"""A program of its own: load an export with TensorFlow alone, answer requests, write the answers down.

    python replay.py EXPORT REQUESTS ANSWERS

It is what stands between "it was exported" and "a server can run it", so it imports neither Keras nor cnnkeras
and sees to it that nothing it loads does. A request is a serialized tensor in a file `<number>.<signature>`;
its answers become `<number>.<signature>.<output>`, and `weights.json` gets a digest of every weight.
"""

from __future__ import annotations

import hashlib
import json
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

FORBIDDEN = ("keras", "tf_keras", "keras_cv", "cnnkeras")


class Refusal(MetaPathFinder, Loader):
    """Makes every import of a forbidden package fail, as on a server that has none of them.

    They are found and then fail, for TensorFlow looks for Keras's place while it is imported.
    """

    def find_spec(self, fullname: str, *_place: object) -> ModuleSpec | None:
        """Claim the forbidden packages, and leave the others alone."""
        return ModuleSpec(fullname, self) if fullname.partition(".")[0] in FORBIDDEN else None

    def exec_module(self, module: ModuleType) -> None:
        """Refuse."""
        raise ImportError(f"{module.__name__} is not there when an export is served")


# Operations that TensorFlow's Python package knows and a server does not: they call Python, or XLA's compiler.
UNSERVED = ("PyFunc", "PyFuncStateless", "EagerPyFunc", "XlaCallModule", "XlaLaunch", "_XlaCompile", "_XlaRun")


def refuse_unserved(graph: Any) -> None:
    """Raise where a server could not run the graph, though TensorFlow's Python package can.

    A function may want XLA, and TF Serving's image comes without its compiler (its issue 2214). An operation that
    TensorFlow itself does not have fails already when the export is loaded.
    """
    definition = graph.as_graph_def()
    compiled = [made.signature.name for made in definition.library.function if made.attr["_XlaMustCompile"].b]
    if compiled:
        raise ValueError(f"{compiled[0]} has to be compiled by XLA, which a server has not")
    nodes = [*definition.node, *(node for made in definition.library.function for node in made.node_def)]
    foreign = sorted({node.op for node in nodes} & set(UNSERVED))
    if foreign:
        raise ValueError(f"it has the operation {foreign[0]}, which a server has not")


def replay(export: Path, requests: Path, answers: Path) -> None:
    """Answer every request with the signature it names."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(export))
    for signature in loaded.signatures.values():
        refuse_unserved(signature.graph)
    digests = [hashlib.blake2b(weight.numpy().tobytes()).hexdigest() for weight in loaded.weights]
    (answers / "weights.json").write_text(json.dumps(digests))
    for request in sorted(requests.iterdir()):
        signature = loaded.signatures[request.name.partition(".")[2]]
        ((name, spec),) = signature.structured_input_signature[1].items()
        given = tf.io.parse_tensor(tf.io.read_file(str(request)), spec.dtype)
        for output, value in signature(**{name: given}).items():
            tf.io.write_file(str(answers / f"{request.name}.{output}"), tf.io.serialize_tensor(value))


def sentence(failure: Exception) -> str:
    """Give what went wrong in one line: TensorFlow puts places before and after it."""
    lines = [line.strip() for line in str(getattr(failure, "message", None) or failure).splitlines()]
    said = [line for line in lines if line and not line.startswith(("Graph execution error", "Detected at", "<", "[["))]
    return f"{type(failure).__name__}: {said[0] if said else 'it says nothing'}"


if __name__ == "__main__":
    sys.meta_path.insert(0, Refusal())
    try:
        replay(*map(Path, sys.argv[1:]))
    # Whatever it is, the one who started this wants one line of it.
    except Exception as failure:
        sys.exit(sentence(failure))
