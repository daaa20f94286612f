"""Every shipped architecture that trains on shipped data: exported, proved, and asked where there is no Keras."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.commands.settling import golden_pictures, open_data
from cnnkeras.datasets.pipeline import batches
from cnnkeras.model.builder import build_model
from cnnkeras.serving.export import export
from tests.contracts.test_shipped_architectures import FOLDER, load

FILES = [
    pytest.param(path, id=path.stem)
    for path in sorted(FOLDER.glob("*.json"))
    if json.loads(path.read_text("utf-8")).get("data", {}).get("source") in ("digits", "scenes")
]
# Its own loader, and not ours: that the export needs no Keras is what is tested.
FRESH_PROCESS = """
import importlib.abc, importlib.machinery, sys
class Nothing(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        own = name.split(".")[0] in ("keras", "cnnkeras", "tf_keras", "keras_cv")
        return importlib.machinery.ModuleSpec(name, self) if own else None
    def exec_module(self, module):
        raise ImportError(module.__name__)
sys.meta_path.insert(0, Nothing())
import numpy, tensorflow as tf
signatures = tf.saved_model.load(sys.argv[1]).signatures
picture = numpy.load(sys.argv[2])
numbers = signatures["serving_default"](images=tf.constant(picture[None], tf.float32))
encoded = signatures["serve_encoded"](image_bytes=tf.stack([tf.io.encode_png(picture)]))
for prefix, answer in (("numbers", numbers), ("encoded", encoded)):
    for name, value in answer.items():
        value = value.numpy()
        value = numpy.char.decode(value.astype("S")) if value.dtype == object else value
        numpy.save(f"{sys.argv[3]}/{prefix}.{name}.npy", value)
assert not [name for name in sys.modules if name.split(".")[0] in ("keras", "cnnkeras")]
"""


def trained_a_little(architecture: Any, task: Any, data: Any) -> Any:
    """Give the network after one step, so that its normalizations have seen pictures."""
    import keras

    keras.backend.clear_session()
    model = build_model(architecture)
    losses = [task.loss(architecture, name) for name in architecture.outputs]
    model.compile("sgd", losses if len(losses) > 1 else losses[0])
    images, labels = next(iter(batches(data.parts["validation"], architecture, 4, False)))
    model.train_on_batch(images, [labels] * len(losses) if len(losses) > 1 else labels)
    return model


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES)
def test_it_is_served_without_keras(path: Path, tmp_path: Path) -> None:
    """A shipped network could be trained, and not be served."""
    architecture, task, data = open_data(load(path))
    model = trained_a_little(architecture, task, data)
    pictures = golden_pictures(data.parts["test"])[:3]
    # Writing proves it already, signature by signature, in a process with TensorFlow alone.
    exported = export(model, architecture, task, data.class_names, tmp_path / "export", pictures)
    np.save(tmp_path / "picture.npy", pictures[0])
    command = [sys.executable, "-c", FRESH_PROCESS, str(exported), str(tmp_path / "picture.npy"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    outputs = {file.name.split(".")[1] for file in tmp_path.glob("numbers.*.npy")}
    assert outputs & {"label", "labels", "class_names"}
    for output in outputs:
        numbers, encoded = (np.load(tmp_path / f"{kind}.{output}.npy") for kind in ("numbers", "encoded"))
        np.testing.assert_array_equal(numbers, encoded)
    signatures = tf.saved_model.load(str(exported)).signatures
    assert "features" in signatures or architecture.input.resize == "tile"
