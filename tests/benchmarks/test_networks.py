"""The networks by hand against the files that they are compared with."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from benchmarks.contestants.job import Job
from benchmarks.contestants.keras_networks import NETWORKS
from benchmarks.contestants.reading import read
from benchmarks.workloads import WORKLOADS
from cnnkeras.model.builder import build_model

NAMES = list(WORKLOADS)


def sizes_of_file(name: str) -> list[int]:
    job = Job(WORKLOADS[name], Path("unread"), 1, 0, "float32", dataset=False, compiled=False, started=0)
    return sizes(build_model(read(job)))


def sizes(model: Any) -> list[int]:
    return sorted(prod(weight.shape) for weight in model.weights)


@pytest.fixture(autouse=True)
def forget() -> Any:
    yield
    keras.backend.clear_session()


@pytest.mark.parametrize("name", [name for name in NAMES if name in NETWORKS])
def test_keras_has_the_weights_of_the_file(name: str) -> None:
    """The table would compare two different networks, or end in an error after minutes."""
    assert sizes(NETWORKS[name]()) == sizes_of_file(name)


def test_all_but_the_detector_are_written_by_hand() -> None:
    """A workload would end in a KeyError where its turn comes."""
    assert set(NAMES) - set(NETWORKS) == {"yolov8n", "yolov8n_scenes"}


@pytest.mark.parametrize("name", NAMES)
def test_pytorch_has_the_weights_of_the_file(name: str) -> None:
    """The table would compare two different networks, or end in an error after minutes."""
    pytest.importorskip("torch")
    from benchmarks.contestants.torch_networks import NETWORKS as BY_HAND
    from benchmarks.contestants.torch_networks.parts import count_parameters

    model, expected = BY_HAND[name](), sizes_of_file(name)
    constants = [buffer for buffer in model.buffers() if buffer.ndim]
    assert sorted(tensor.numel() for tensor in [*model.parameters(), *constants]) == expected
    assert count_parameters(model) == sum(expected)


def test_the_unets_compute_the_same() -> None:
    """A skip connection or a number of the normalization may differ, and the weights' sizes would not tell."""
    torch = pytest.importorskip("torch")
    from benchmarks.contestants.torch_networks import NETWORKS as BY_HAND

    ours, theirs = NETWORKS["unet"](), BY_HAND["unet"]()
    copy_weights(ours, theirs)
    x = np.random.default_rng(0).random((2, 128, 128, 1), np.float32)
    x_theirs = torch.from_numpy(x).permute(0, 3, 1, 2)
    for training in (True, False):
        theirs.train(training)
        with torch.no_grad():
            answered = theirs(x_theirs).softmax(1).permute(0, 2, 3, 1).numpy()
        # The second time with what normalization has noted in the first.
        np.testing.assert_allclose(np.asarray(ours(x, training=training)), answered, atol=2e-3)


def copy_weights(ours: Any, theirs: Any) -> None:
    """Copy a U-Net's weights from Keras, layer by layer in the order in which they compute."""
    torch = pytest.importorskip("torch")
    decoders = zip(theirs.enlarge, theirs.decoder, strict=True)
    blocks = [*theirs.encoder, *(block for pair in decoders for block in pair), theirs.head]
    modules = [module for block in blocks for module in block.modules() if hasattr(module, "weight")]
    for layer, module in zip((layer for layer in ours.layers if layer.weights), modules, strict=True):
        tensors = [
            module.weight,
            module.bias,
            getattr(module, "running_mean", None),
            getattr(module, "running_var", None),
        ]
        for tensor, values in zip((each for each in tensors if each is not None), layer.get_weights(), strict=True):
            # A kernel's height and width come first in Keras, and last in PyTorch; its channels are turned around.
            tensor.data = torch.from_numpy(values.transpose(3, 2, 0, 1) if values.ndim == 4 else values)
