"""By what the gradients of 3×3 kernels are computed, and why."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnkeras.analysis.analysis import analyse
from cnnkeras.training import kernel_gradients
from cnnkeras.training.choice import Choice
from cnnkeras.training.kernel_gradients import choose_winograd
from cnnkeras.training.processor import is_avx2_alone
from tests.training.conftest import PLAIN, Make

WIDE: list[dict[str, Any]] = [
    {"type": "Conv2D", "filters": 32, "kernel_size": 3, "padding": "same", "activation": "relu"},
    {"type": "Conv2D", "filters": 32, "kernel_size": 3, "padding": "same", "activation": "relu"},
    *PLAIN[1:],
]
CPU, GPU = ("CPU:0",), ("GPU:0",)


@pytest.fixture(autouse=True)
def on_avx2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_gradients, "kernels_in_use", lambda: Choice("oneDNN", "faster"))
    monkeypatch.setattr(kernel_gradients, "is_avx2_alone", lambda: True)


def chosen(
    make: Make,
    layers: list[dict[str, Any]] = WIDE,
    devices: tuple[str, ...] = CPU,
    precision: str = "float32",
    jit_compile: bool = False,
    pictures: int = 1_600_000,
    **training: Any,
) -> tuple[bool, str]:
    architecture = make(layers, **training).architecture
    return choose_winograd(architecture.training, analyse(architecture), devices, precision, jit_compile, pictures)


def test_they_are_transformed_where_that_is_faster(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A VGG-like net would train at three quarters of its speed, or a short training wait for XLA."""
    slow = "oneDNN's gradients of 3×3 kernels are slow on a processor that has AVX2 alone"
    assert chosen(make) == (True, slow)
    # 8·8·(3·3·32)·32 multiply-accumulates a picture, of one layer: the first has one channel.
    enough = 16 * (int(8e10 * 1.2 / (8 * 8 * 9 * 32 * 32) / 10) // 16 + 1)
    too_little = (False, "too little work in 3×3 kernels for it to pay")
    assert chosen(make, pictures=enough, epochs=10)[0] is True
    assert chosen(make, [*WIDE[:2], WIDE[1], *WIDE[2:]], pictures=enough, epochs=5)[0] is True, "two of one shape"
    assert chosen(make, pictures=enough - 16, epochs=10) == too_little
    assert chosen(make, pictures=enough + 1, epochs=10) == too_little, "a last batch of another size"
    assert chosen(make, [WIDE[0], {**WIDE[1], "trainable": False}, *WIDE[2:]]) == too_little
    assert chosen(make, PLAIN) == too_little
    assert chosen(make, [WIDE[0], {**WIDE[1], "strides": 2}, *WIDE[2:]]) == too_little
    monkeypatch.setattr(kernel_gradients, "is_avx2_alone", lambda: False)
    assert chosen(make) == (False, "not measured to be faster on this processor")


def test_what_the_file_names_is_taken_where_it_can_be_had(make: Make) -> None:
    """The file would be overruled, or what it asks for fail in the middle of a step."""
    assert chosen(make, devices=GPU, winograd=False) == (False, "named in training.winograd")
    assert chosen(make, PLAIN, winograd=True, pictures=1) == (True, "named in training.winograd")
    assert chosen(make, devices=GPU, winograd=True) == (False, "for processors only")
    assert chosen(make, precision="mixed_bfloat16", winograd=True) == (False, "for float32 only")
    assert chosen(make, jit_compile=True, winograd=True) == (False, "XLA compiles the whole step")


@pytest.mark.parametrize(("flags", "alone"), [("fma avx2", True), ("avx2 avx512f", False), ("sse4_2", False)])
def test_the_processor_tells_how_wide_it_computes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str, alone: bool
) -> None:
    """A processor with fast kernels would train more slowly."""
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    (tmp_path / "cpuinfo").write_text(f"processor: 0\nflags\t: {flags}\n")
    assert is_avx2_alone(tmp_path / "cpuinfo") is alone


@pytest.mark.parametrize("parts", [1, 2])
def test_a_training_ends_where_it_does_without(make: Make, parts: int) -> None:
    """The choice would be another experiment."""
    ends = []
    for winograd in (False, True):
        experiment = make(WIDE, winograd=winograd, batch_parts=parts, threads=1 if parts > 1 else "auto", epochs=2)
        model, _ = experiment.train(experiment.create_run())
        assert all(("convolution_op" in vars(layer)) is winograd for layer in model.layers[1:3])
        ends.append(model.get_weights())
    for one, other in zip(*ends, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
