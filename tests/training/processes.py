"""Trainings that need a process of their own: `python -m tests.training.processes NAME FOLDER`.

One is stopped by a signal; one asks for determinism, which a process can't take back; one has two devices, which
have to be made before TensorFlow starts.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.errors import CnnkerasError
from cnnkeras.spec.optimizers import OPTIMIZERS
from cnnkeras.tasks.classification import Classification
from cnnkeras.training.checkpoint import Checkpoints
from cnnkeras.training.cluster import find_cluster, join
from cnnkeras.training.equality import compare
from cnnkeras.training.optimizers import make_optimizer
from cnnkeras.training.run_directory import RunDirectory
from tests.training.conftest import Experiment, make_experiment

# The step before which a process dies: in the middle of an epoch.
DEATH = int(os.environ.get("DEATH", "15"))


class Announce(keras.callbacks.Callback):
    """Tells the other process that the training runs."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        print(f"epoch {epoch + 1}", flush=True)


class Die(keras.callbacks.Callback):
    """Ends the process in the middle of an epoch, without any ceremony."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if self.model.optimizer.iterations >= DEATH:
            os._exit(9)


def endless(folder: Path) -> None:
    """Train until a signal comes."""
    experiment = make_experiment(folder, epochs=100_000)
    run = experiment.create_run()
    print(run.path, flush=True)
    try:
        experiment.train(run, Announce())
    except CnnkerasError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_status)


def deterministic(folder: Path) -> None:
    """Train with determinism; die on the way if the folder says so, and print what comes out."""
    # A checkpoint after every call from Python.
    steps = int((folder / "steps_per_execution").read_text())
    experiment = make_experiment(
        folder, epochs=4, deterministic=True, checkpoint_minutes=1e-9, steps_per_execution=steps
    )
    runs = sorted((folder / "runs").glob("*/*")) if (folder / "resume").exists() else []
    run = experiment.reopen_run(runs[-1]) if runs else experiment.create_run()
    model, trained = experiment.train(run, *([Die()] if (folder / "die").exists() else []))
    weights = [np.asarray(value).tobytes().hex() for value in model.get_weights()]
    print(json.dumps({"weights": weights, "history": trained.history}))


def worker(folder: Path) -> None:
    """Train as one of several workers, or alone without TF_CONFIG; print the figures, and whose pictures were seen."""
    cluster = find_cluster(None, None)
    joined = cluster and join(cluster)
    # 90 pictures in batches of 24 are shared unevenly at the end by two workers and by three.
    experiment = make_experiment(folder, epochs=3, batch_size=24, plain=True)
    try:
        if cluster is None or cluster.is_chief:
            runs = sorted((folder / "runs").glob("*/*"))
            run = experiment.reopen_run(runs[-1]) if runs else experiment.create_run()
            _train_and_print(experiment, run, folder, joined)
        else:
            with RunDirectory.passing() as run:
                _train_and_print(experiment, run, folder, joined)
    except CnnkerasError as error:
        print(error, file=sys.stderr, flush=True)
        # Without TensorFlow's farewell from a group that is none any more.
        os._exit(error.exit_status)


def _train_and_print(experiment: Experiment, run: RunDirectory, folder: Path, joined: Any) -> None:
    dies = (folder / "die").exists() and joined and joined.cluster_resolver.task_id == 1
    model, trained = experiment.train(run, *([Die()] if dies else []), joined=joined)
    files = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
    sums = [float(np.abs(weight).sum()) for weight in model.get_weights()]
    print(json.dumps({"history": trained.history, "weights": sums, "kept": run.is_kept, "files": files}))


def unequal(folder: Path) -> None:
    """Compare one device with two.

    Of a network as it is, with a loss that is none of single pictures, and with gradients that are added up.
    """
    processor = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
    experiment = make_experiment(folder)

    class OfTheBatch(keras.losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return keras.ops.square(keras.ops.mean(y_pred[:, 0] * keras.ops.cast(y_true, y_pred.dtype)))[None]

    class Unequal(Classification):
        def loss(self, architecture: Any, output: str | None = None) -> keras.losses.Loss:
            return OfTheBatch()

    adding = make_experiment(folder, optimizer={"type": "SGD", "learning_rate": 0.1, "gradient_accumulation_steps": 8})
    part = experiment.data.parts["train"]
    outcomes = [
        [asdict(difference) for difference in compare(architecture, task, part, ["CPU:0", "CPU:1"])]
        for architecture, task in (
            (experiment.architecture, experiment.task),
            (experiment.architecture, Unequal()),
            (adding.architecture, experiment.task),
        )
    ]
    print(json.dumps(outcomes))


def replicas(folder: Path) -> None:
    """Train on one device and on two, and print the figures of both."""
    processor = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
    outcomes = []
    for devices in (["CPU:0"], ["CPU:0", "CPU:1"], ["cpu:1"]):
        # Without dropout, whose random numbers differ from replica to replica.
        experiment = make_experiment(folder, epochs=2, batch_size=18, devices=devices, plain=True)
        run = experiment.create_run()
        model, trained = experiment.train(run)
        saved = keras.models.load_model(run.model)
        same = all(
            np.array_equal(one, other) for one, other in zip(model.get_weights(), saved.get_weights(), strict=True)
        )
        outcomes.append({"history": trained.history, "saved": same, "sum": float(np.abs(model.get_weights()[0]).sum())})
    print(json.dumps(outcomes))


def accumulating(folder: Path) -> None:
    """Train in large batches on one device, and in small ones on two, with clipping and decay; print what came of both."""
    devices = _two_devices()
    decay = {"weight_decay": 0.1, "exclude_from_weight_decay": ["bias"], "use_ema": True, "ema_momentum": 0.9}
    optimizer = {"type": "SGD", "learning_rate": 0.1, "momentum": 0.9, "clipnorm": 0.1, **decay}
    outcomes = []
    for size, every, some in ((30, None, devices[:1]), (10, 3, devices)):
        fields = {**optimizer, "gradient_accumulation_steps": every}
        experiment = make_experiment(folder, epochs=2, batch_size=size, devices=some, plain=True, optimizer=fields)
        model, _ = experiment.train(experiment.create_run())
        steps = int(keras.ops.convert_to_numpy(model.optimizer.iterations))
        outcomes.append([*(float(np.abs(weight).sum()) for weight in model.get_weights()), steps])
    print(json.dumps(outcomes))


def infinity(folder: Path) -> None:
    """Take a step whose gradient is infinite on the second of two devices; print the weight and the loss's scale."""
    strategy = tf.distribute.MirroredStrategy(_two_devices())
    with strategy.scope():
        weight = keras.Variable(np.ones(1, np.float32))
        optimizer = make_optimizer(OPTIMIZERS["SGD"].model_validate({"type": "SGD"}), 1, 1, scales_loss=True)
        optimizer.build([weight])

    @tf.function  # type: ignore[untyped-decorator]  # TensorFlow carries no types
    def step() -> None:
        def one() -> None:
            wrong = tf.distribute.get_replica_context().replica_id_in_sync_group > 0
            optimizer.apply([tf.where(wrong, [np.inf], [1.0])], [weight])

        strategy.run(one)

    before = float(keras.ops.convert_to_numpy(optimizer.dynamic_scale))
    step()
    scale = float(keras.ops.convert_to_numpy(optimizer.dynamic_scale)) / before
    print(json.dumps([float(keras.ops.convert_to_numpy(weight)[0]), scale]))


class Fill(keras.callbacks.Callback):
    """Lets no file grow any more from the second epoch on, as a full disk does."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == 1:
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))


def full_disk(folder: Path) -> None:
    """Train until the disk is full, then with room again; print what was said, what was left, and what came of it."""
    experiment = make_experiment(folder, epochs=3, plain=True)
    run = experiment.create_run()
    message = ""
    try:
        experiment.train(run, Fill())
    except CnnkerasError as error:
        message = str(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    left = sorted(file.name for file in run.checkpoints.iterdir())
    epochs = Checkpoints(run.checkpoints).read().epoch
    _, trained = experiment.train(run)
    said = {"message": message, "run": str(run.path), "left": left, "epochs": epochs, "then": len(trained.history)}
    print(json.dumps(said))


def _two_devices() -> list[str]:
    processor = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
    return ["CPU:0", "CPU:1"]


if __name__ == "__main__":
    PROGRAMS = {
        "endless": endless,
        "deterministic": deterministic,
        "replicas": replicas,
        "worker": worker,
        "unequal": unequal,
        "accumulating": accumulating,
        "infinity": infinity,
        "full_disk": full_disk,
    }
    PROGRAMS[sys.argv[1]](Path(sys.argv[2]))
