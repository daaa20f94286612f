"""What `check` says, without TensorFlow, of a training that is spread over several devices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cnnkeras.spec.load import load_architecture

pytestmark = pytest.mark.fast
ONE_DEVICE = 'leave it out, or use "strategy": "one_device"'


def found(folder: Path, **training: Any) -> list[tuple[str, int, str, str | None]]:
    """Give the place, the column, the message and the cure of every finding."""
    (folder / "file.json").write_text(
        json.dumps({"input": {"shape": [8, 8, 1]}, "layers": [{"type": "Flatten"}], "training": training})
    )
    diagnostics = load_architecture(folder / "file.json").diagnostics
    return [(each.path, each.column, each.message, each.hint) for each in diagnostics if each.code == "training"]


def test_what_does_not_go_with_two_devices_is_told_by_check(tmp_path: Path) -> None:
    """A user would wait for TensorFlow to start, and on a cluster for a place in the queue, to hear of it."""
    training: dict[str, Any] = {"devices": ["GPU:0", "/gpu:1"], "strategy": "one_device"}
    training |= {"batch_size": 33, "jit_compile": True, "batch_parts": 2}
    assert [(each[0], *each[2:]) for each in found(tmp_path, **training)] == [
        (
            "training.devices",
            "training: strategy is one_device, and devices names 2",
            'name one device, or use "mirrored"',
        ),
        (
            "training.batch_size",
            "training: a batch of 33 can't be spread evenly over 2 devices",
            "use a multiple of 2: 32",
        ),
        ("training.jit_compile", "training: jit_compile does not work with MirroredStrategy in Keras", ONE_DEVICE),
        (
            "training.batch_parts",
            "training: batch_parts does not work with MirroredStrategy: each device takes its share of a batch whole",
            ONE_DEVICE,
        ),
    ]


def test_it_is_told_where_it_stands(tmp_path: Path) -> None:
    """A user would look for it in the whole file."""
    (each,) = found(tmp_path, strategy="mirrored", steps_per_execution=4)
    assert each == (
        "training.steps_per_execution",
        (tmp_path / "file.json").read_text().index("4}") + 1,
        "training: steps_per_execution does not work with MirroredStrategy in Keras",
        ONE_DEVICE,
    )


def test_several_workers_name_no_devices(tmp_path: Path) -> None:
    """Every worker of a cluster would end with the same message, once all of them have started."""
    optimizer = {"type": "Adam", "use_ema": True, "ema_overwrite_frequency": 10}
    training = {"strategy": "multi_worker", "devices": ["GPU:0"], "optimizer": optimizer}
    assert [(each[0], *each[2:]) for each in found(tmp_path, **training)] == [
        (
            "training.devices",
            "training: every worker takes all of its GPUs, and devices names some",
            "leave it out, and set CUDA_VISIBLE_DEVICES where a worker shall see fewer",
        ),
        (
            "training.optimizer.ema_overwrite_frequency",
            "training: ema_overwrite_frequency does not work with MultiWorkerMirroredStrategy in Keras",
            ONE_DEVICE,
        ),
    ]


def test_a_device_that_is_named_twice_is_told(tmp_path: Path) -> None:
    """A batch would be halved for nothing, or TensorFlow fail with a page of its own."""
    (each,) = found(tmp_path, devices=["cpu:0", "/device:CPU:0"])
    assert (each[0], *each[2:]) == (
        "training.devices[1]",
        'training: the device "/device:CPU:0" is named twice',
        "name it once",
    )


@pytest.mark.parametrize(
    "training",
    [
        {"devices": ["GPU:0"], "jit_compile": True, "steps_per_execution": 8, "strategy": "one_device"},
        {"strategy": "auto", "jit_compile": True, "batch_size": 33},
        {"strategy": "mirrored", "batch_size": 33, "steps_per_execution": 1, "jit_compile": False},
    ],
)
def test_what_may_go_together_is_let_through(tmp_path: Path, training: dict[str, Any]) -> None:
    """A file that trains would be refused, because of devices that nobody named."""
    assert found(tmp_path, **training) == []
