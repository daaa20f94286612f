"""What is found once the data is there."""

import json
from pathlib import Path

import pytest

from cnnkeras.commands.reading import examine
from cnnkeras.commands.settling import open_data
from cnnkeras.errors import UserError

FREE = """{
  "task": "classification",
  "input": {"shape": [null, null, 1]},
  "layers": [
    {"type": "Conv2D", "filters": 4, "kernel_size": 15, "activation": "relu"},
    {"type": "GlobalAveragePooling2D"},
    {"type": "Dense", "units": "num_classes", "activation": "softmax"}
  ],
  "data": {"source": "digits"}
}
"""


def test_a_free_size_is_held_against_the_pictures(tmp_path: Path) -> None:
    """A kernel larger than the pictures would be found by Keras, in a traceback."""
    file = tmp_path / "free.json"
    file.write_text(FREE)
    architecture, analysis = examine(file)
    assert analysis.ok
    with pytest.raises(UserError) as caught:
        open_data(architecture)
    (found,) = (found for found in caught.value.diagnostics if found.severity == "error")
    assert found.message == "layers[0] Conv2D: kernel 15×15 does not fit its 8×8 input"


def test_a_free_size_before_a_dense_layer_is_refused(tmp_path: Path) -> None:
    """The commonest mistake with free sizes would be called a fault of ours."""
    file = tmp_path / "free.json"
    file.write_text(FREE.replace("GlobalAveragePooling2D", "Flatten"))
    (found,) = (found for found in examine(file)[1].diagnostics if found.severity == "error")
    assert (found.message, found.hint) == (
        "layers[2] Dense: its number of weights follows from the size of the picture, which input.shape leaves free",
        "give input.shape a height and a width, or put GlobalAveragePooling2D in front of it",
    )


def test_a_free_size_as_channels_is_refused_where_a_layer_has_weights(tmp_path: Path) -> None:
    """The file would pass the check, and the run end in "check should have found this"."""
    file = tmp_path / "free.json"
    turn = {"type": "Permute", "dims": [1, 3, 2]}
    layers = [turn, {"type": "LayerNormalization"}, turn, {"type": "GlobalAveragePooling2D"}]
    head = {"type": "Dense", "units": "num_classes", "activation": "softmax"}
    content = {"task": "classification", "input": {"shape": [8, None, 1]}, "data": {"source": "digits"}}
    file.write_text(json.dumps(content | {"layers": [*layers, head]}))
    (found,) = (found for found in examine(file)[1].diagnostics if found.severity == "error")
    assert found.message == (
        "layers[1] LayerNormalization: its number of weights follows from the size of the picture, which input.shape "
        "leaves free"
    )
