"""What of the training section does not go together where a batch is spread over several devices or workers."""

from __future__ import annotations

from cnnkeras.errors import Diagnostic
from cnnkeras.spec.document import Document, Path
from cnnkeras.spec.training import TrainingSection

MIRRORED, MULTI_WORKER = "MirroredStrategy", "MultiWorkerMirroredStrategy"
_ALONE = 'leave it out, or use "strategy": "one_device"'


def check_spread(document: Document, training: TrainingSection) -> list[Diagnostic]:
    """Tell what can be known before it is known which devices there are: by the strategy and the devices named."""
    named = [short_name(device) for device in training.devices or ()]
    twice = [index for index, device in enumerate(named) if device in named[:index]]
    replicas = len(set(named))
    found = [_named_twice(document, training, index) for index in twice]
    if training.strategy == "multi_worker":
        found += findings(document, training, None, MULTI_WORKER)
        return [*found, *devices_of_workers(document)] if named else found
    if replicas > 1 or training.strategy == "mirrored":
        found += findings(document, training, replicas or None, MIRRORED)
    return found


def findings(document: Document, training: TrainingSection, replicas: int | None, strategy: str) -> list[Diagnostic]:
    """Tell what does not go with a strategy of tf.distribute over so many replicas; None: how many is not known."""
    size, each = training.batch_size, "replicas" if strategy == MULTI_WORKER else "devices"
    problems: dict[Path, tuple[bool, str, str]] = {
        ("devices",): (
            training.strategy == "one_device",
            f"strategy is one_device, and devices names {replicas}",
            'name one device, or use "mirrored"',
        ),
        ("batch_size",): (
            replicas is not None and size % replicas > 0,
            f"a batch of {size} can't be spread evenly over {replicas} {each}",
            f"use a multiple of {replicas}: {max(1, size // (replicas or 1)) * (replicas or 1)}",
        ),
        ("jit_compile",): (
            training.jit_compile is True,
            f"jit_compile does not work with {strategy} in Keras",
            _ALONE,
        ),
        ("steps_per_execution",): (
            training.steps_per_execution not in {"auto", 1},
            f"steps_per_execution does not work with {strategy} in Keras",
            _ALONE,
        ),
        ("batch_parts",): (
            training.batch_parts not in {"auto", 1},
            f"batch_parts does not work with {strategy}: each device takes its share of a batch whole",
            _ALONE,
        ),
        ("optimizer", "ema_overwrite_frequency"): (
            training.optimizer.ema_overwrite_frequency is not None,
            f"ema_overwrite_frequency does not work with {strategy} in Keras",
            _ALONE,
        ),
    }
    return [
        document.diagnostic("training", ("training", *place), f"training: {message}", hint)
        for place, (wrong, message, hint) in problems.items()
        if wrong
    ]


def devices_of_workers(document: Document) -> list[Diagnostic]:
    """Tell that a worker's devices can't be named: the file is the same for all of them."""
    message = "training: every worker takes all of its GPUs, and devices names some"
    hint = "leave it out, and set CUDA_VISIBLE_DEVICES where a worker shall see fewer"
    return [document.diagnostic("training", ("training", "devices"), message, hint)]


def short_name(device: str) -> str:
    """Give `GPU:0` for `/device:GPU:0`, `/job:worker/replica:0/task:1/device:GPU:0`, `/gpu:0` and `gpu:0`."""
    return device.upper().rpartition("DEVICE:")[2].removeprefix("/")


def _named_twice(document: Document, training: TrainingSection, index: int) -> Diagnostic:
    name = (training.devices or ())[index]
    path = ("training", "devices", index)
    return document.diagnostic("training", path, f'training: the device "{name}" is named twice', "name it once")
