"""Which devices train, and the strategy that spreads a batch over them."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from cnnkeras.errors import Diagnostic, UserError
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.spread import MIRRORED, MULTI_WORKER, devices_of_workers, findings, short_name
from cnnkeras.spec.training import TrainingSection
from cnnkeras.training.choice import Choice

Devices = tuple[str, ...]


def choose_devices(architecture: Architecture) -> Choice[Devices]:
    """Give the devices' names, such as ("GPU:0", "GPU:1").

    Those that the file names; else every GPU; else the processor. Raises UserError where a named one is not there.
    """
    training = architecture.training
    # Among several workers, names tell whose device it is; each worker has its own in mind.
    there = [*dict.fromkeys(short_name(device.name) for device in tf.config.list_logical_devices())]
    if training.devices is not None:
        return Choice(_named(architecture, training.devices, there), "named in training.devices")
    gpus = [name for name in there if name.startswith("GPU")]
    processors = [name for name in there if name.startswith("CPU")]
    if training.strategy == "one_device":
        return Choice(((gpus or processors)[0],), "training.strategy is one_device")
    if gpus:
        return Choice(tuple(gpus), f"{len(gpus)} GPUs are there" if len(gpus) > 1 else "a GPU is there")
    if training.strategy == "mirrored":
        return Choice(tuple(processors), "training.strategy is mirrored, and there is no GPU")
    return Choice((processors[0],), "there is no GPU")


def choose_strategy(architecture: Architecture, devices: Devices, joined: Any = None) -> Choice[Any]:
    """Give the tf.distribute strategy for the devices; `joined` is that of several workers, where there are any.

    Raises UserError where the file asks for what can't be.
    """
    training = architecture.training
    if joined is not None:
        workers = len(joined.cluster_resolver.cluster_spec().as_dict()["worker"])
        _check_spread(architecture, joined.num_replicas_in_sync, MULTI_WORKER)
        return Choice(joined, f"each batch is spread over {workers} workers, {joined.num_replicas_in_sync} devices")
    if training.strategy == "multi_worker":
        raise UserError(_alone(architecture))
    if _is_mirrored(training, devices):
        _check_spread(architecture, len(devices), MIRRORED)
        reason = (
            f"each batch is spread over {', '.join(devices)}" if len(devices) > 1 else "training.strategy is mirrored"
        )
        return Choice(tf.distribute.MirroredStrategy(list(devices)), reason)
    if devices[0] in {"CPU:0", "GPU:0"} and devices[0] == _default_device():
        return Choice(tf.distribute.get_strategy(), f"{devices[0]} is TensorFlow's own choice")
    return Choice(tf.distribute.OneDeviceStrategy(devices[0]), f"everything on {devices[0]}")


def check_cluster(architecture: Architecture, workers: int) -> None:
    """Raise UserError for what does not go with so many workers; where they have GPUs, there are more replicas yet."""
    training, document = architecture.training, architecture.document
    found = devices_of_workers(document) if training.devices is not None else []
    if training.strategy not in {"auto", "multi_worker"}:
        message = f"training: strategy is {training.strategy}, and several workers were started"
        found.insert(0, document.diagnostic("training", ("training", "strategy"), message, 'use "multi_worker"'))
    else:
        found += findings(document, training, workers, MULTI_WORKER)
    if found:
        raise UserError(*found)


def _alone(architecture: Architecture) -> Diagnostic:
    message = "training: strategy is multi_worker, and nothing tells who the workers are"
    hint = "start each worker with --workers host:port,host:port --index N, by Slurm's srun, or with TF_CONFIG set"
    return architecture.document.diagnostic("training", ("training", "strategy"), message, hint)


def _is_mirrored(training: TrainingSection, devices: Devices) -> bool:
    return len(devices) > 1 or training.strategy == "mirrored"


def _check_spread(architecture: Architecture, replicas: int, strategy: str) -> None:
    found = findings(architecture.document, architecture.training, replicas, strategy)
    if found:
        raise UserError(*found)


def _named(architecture: Architecture, names: Devices, there: list[str]) -> Devices:
    wanted = tuple(short_name(name) for name in names)
    for index, name in enumerate(wanted):
        if name not in there:
            message = f'training: there is no device "{names[index]}"'
            path = ("training", "devices", index)
            hint = f"there are {', '.join(there)}"
            raise UserError(architecture.document.diagnostic("training", path, message, hint))
    return wanted


def _default_device() -> str:
    return "GPU:0" if tf.config.list_logical_devices("GPU") else "CPU:0"
