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


def replay(export: Path, requests: Path, answers: Path) -> None:
    """Answer every request with the signature it names."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(export))
    digests = [hashlib.blake2b(weight.numpy().tobytes()).hexdigest() for weight in loaded.weights]
    (answers / "weights.json").write_text(json.dumps(digests))
    for request in sorted(requests.iterdir()):
        signature = loaded.signatures[request.name.partition(".")[2]]
        ((name, spec),) = signature.structured_input_signature[1].items()
        given = tf.io.parse_tensor(tf.io.read_file(str(request)), spec.dtype)
        for output, value in signature(**{name: given}).items():
            tf.io.write_file(str(answers / f"{request.name}.{output}"), tf.io.serialize_tensor(value))


if __name__ == "__main__":
    sys.meta_path.insert(0, Refusal())
    replay(*map(Path, sys.argv[1:]))
