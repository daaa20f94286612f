"""Which processes train together: told by the command line, by TF_CONFIG, or by Slurm."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cnnkeras.errors import Diagnostic, UserError
from cnnkeras.training.waiting import Waiting

TF_CONFIG = "TF_CONFIG"
# What Slurm tells each process of a step (srun's manual, "output environment variables").
SLURM_TASKS, SLURM_NUMBER = "SLURM_STEP_NUM_TASKS", "SLURM_PROCID"
# The workers of one machine listen at this port and those behind it.
SLURM_PORT = 15_370


@dataclass(frozen=True)
class Cluster:
    """The addresses `host:port` of all workers, and which of them this process is. The first is the chief."""

    workers: tuple[str, ...]
    index: int
    origin: str

    @property
    def is_chief(self) -> bool:
        """Tell whether this process writes the run."""
        return self.index == 0

    def tf_config(self) -> str:
        """Give the content of TF_CONFIG, by which TensorFlow knows of the cluster."""
        task = {"type": "worker", "index": self.index}
        return json.dumps({"cluster": {"worker": list(self.workers)}, "task": task})


def find_cluster(
    workers: str | None, index: int | None, environment: Mapping[str, str] | None = None
) -> Cluster | None:
    """Give the cluster, or None for a process that trains alone.

    `workers` and `index` are the command line's. Raises UserError where what is told can't be.
    """
    known = os.environ if environment is None else environment
    if workers is not None or index is not None:
        return _from_words(workers, index)
    if known.get(TF_CONFIG):
        return _from_tf_config(known[TF_CONFIG])
    tasks = known.get(SLURM_TASKS) or "1"
    if not tasks.isdecimal():
        raise _wrong("Slurm", f'{SLURM_TASKS} is "{tasks}", and no number', "start the step with srun")
    return _from_slurm() if int(tasks) > 1 and SLURM_NUMBER in known else None


def _from_words(workers: str | None, index: int | None) -> Cluster:
    if workers is None or index is None:
        lacking = "--workers" if workers is None else "--index"
        raise _wrong("--workers", f"--workers and --index go together, and {lacking} is missing", _EXAMPLE)
    return _checked(tuple(workers.split(",")), index, "--workers")


def _from_tf_config(text: str) -> Cluster | None:
    try:
        content = json.loads(text)
        groups, task = dict(content.get("cluster", {})), dict(content.get("task", {}))
        kind, index = str(task.get("type", "worker")), int(task.get("index", 0))
        # The chief may have a group of its own, and comes first.
        named = {name: tuple(map(str, groups.get(name, ()))) for name in ("chief", "worker")}
    except (ValueError, TypeError, AttributeError) as error:
        raise _wrong(TF_CONFIG, f"it can't be read: {error}", _TF_EXAMPLE) from error
    others = sorted(groups.keys() - named.keys())
    if others or kind not in named:
        message = f'it names "{(others or [kind])[0]}", and there are only a chief and workers'
        raise _wrong(TF_CONFIG, message, "give every process the type worker")
    workers = named["chief"] + named["worker"]
    if not workers:
        return None
    return _checked(workers, index + (len(named["chief"]) if kind == "worker" else 0), TF_CONFIG)


def _from_slurm() -> Cluster:
    import tensorflow as tf

    try:
        resolver = tf.distribute.cluster_resolver.SlurmClusterResolver(port_base=SLURM_PORT)
        workers = tuple(resolver.cluster_spec().as_dict()["worker"])
        return _checked(workers, int(resolver.task_id), "Slurm")
    except (RuntimeError, ValueError, KeyError, OSError) as error:
        hint = "start the step with srun, or name the workers with --workers and --index"
        raise _wrong("Slurm", f"the step's machines can't be found: {error}", hint) from error


def _checked(workers: tuple[str, ...], index: int, origin: str) -> Cluster:
    for place, worker in enumerate(workers):
        host, colon, port = worker.rpartition(":")
        if not (host and colon and port.isdecimal() and 0 < int(port) < 2**16):
            raise _wrong(origin, f'"{worker}" is no address of a worker', _EXAMPLE)
        if worker in workers[:place]:
            raise _wrong(origin, f'"{worker}" is there twice', "give each worker a port of its own")
    if not 0 <= index < len(workers):
        message = f"there is no worker {index} among {len(workers)}"
        raise _wrong(origin, message, f"they are counted from 0 to {len(workers) - 1}")
    return Cluster(workers, index, origin)


_EXAMPLE = "as in --workers first:12345,second:12345 --index 0 on the first machine, --index 1 on the second"
_TF_EXAMPLE = 'as in {"cluster": {"worker": ["first:12345", "second:12345"]}, "task": {"type": "worker", "index": 0}}'


def _wrong(place: str, message: str, hint: str) -> UserError:
    return UserError(Diagnostic("workers", "error", place, 0, 0, "", message, hint))


def join(cluster: Cluster) -> Any:
    """Meet the other workers; give the strategy. It has to be done before TensorFlow computes anything.

    Raises UserError where TensorFlow can't listen at this worker's address.
    """
    import tensorflow as tf

    os.environ[TF_CONFIG] = cluster.tf_config()
    own = cluster.workers[cluster.index]
    others = [worker for worker in cluster.workers if worker != own]
    try:
        with Waiting(others):
            return tf.distribute.MultiWorkerMirroredStrategy()
    except (tf.errors.OpError, RuntimeError) as error:
        message = f"the workers can't be joined as {own}: {error}"
        raise _wrong(
            cluster.origin, message, "see to it that the ports are free, and that the names are the machines'"
        ) from error
