"""`run`: from a file to a checked, trained, inspected and exported network. One call a stage."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras

from cnnkeras.commands.exhaustion import Exhaustion
from cnnkeras.commands.resuming import GoingOn
from cnnkeras.commands.settling import golden_pictures, measure, open_data
from cnnkeras.datasets.balance import describe_balance
from cnnkeras.datasets.loading import read_ahead
from cnnkeras.datasets.source import Data, Part
from cnnkeras.datasets.tiling import epoch_size
from cnnkeras.inspection.drawing import callbacks, draw
from cnnkeras.inspection.page.findings import problems
from cnnkeras.inspection.page.writing import write_report
from cnnkeras.inspection.report import report
from cnnkeras.serving.export import export
from cnnkeras.spec.architecture import Architecture
from cnnkeras.stopping import stop_behind
from cnnkeras.tasks.task import Evaluation, TrainableTask
from cnnkeras.training.cluster import Cluster, join
from cnnkeras.training.devices import check_cluster
from cnnkeras.training.environment import add_resumption, describe_environment
from cnnkeras.training.fitting import divided
from cnnkeras.training.group import Group, all_there
from cnnkeras.training.initial_weights import build_to_train
from cnnkeras.training.outcome import describe_outcome
from cnnkeras.training.run_directory import RunDirectory, write_json
from cnnkeras.training.sameness import check_same
from cnnkeras.training.setup import Setup, begin, describe_epoch, prepare
from cnnkeras.training.state import State
from cnnkeras.training.trainer import Trained, train


def run(architecture: Architecture, runs: Path, cluster: Cluster | None = None) -> int:
    """Train a checked architecture; print the run's directory as the last line of standard output.

    Of several workers, the chief alone writes a run.
    """

    def create(architecture: Architecture, environment: dict[str, Any]) -> RunDirectory:
        return RunDirectory.create(runs, architecture.name, architecture.resolved, environment)

    return _run(architecture, create, cluster)


def resume(run: GoingOn, cluster: Cluster | None = None) -> int:
    """Go on with a run that was stopped, or train a finished one further, from its last checkpoint.

    Its architecture.json takes the changes in.
    """
    is_chief = cluster is None or cluster.is_chief
    if not is_chief:
        return _run(run.architecture, lambda *_: RunDirectory.open(run.path), cluster)
    directory = RunDirectory.resume(run.path, run.is_finished)
    try:
        run = run.read_again()
        _say(f"going on {run.state.describe()}")
        return _run(run.architecture, lambda *_: directory, cluster, run.state)
    finally:
        directory.give_back()


def _run(
    architecture: Architecture,
    directory_for: Callable[[Architecture, dict[str, Any]], RunDirectory],
    cluster: Cluster | None,
    state: State | None = None,
) -> int:
    """Train from `state` on, where a run was that far already."""
    begin(architecture, cluster is None)
    joined = _meet(architecture, cluster)
    architecture, task, data = open_data(architecture)
    _say(_describe(data), *data.notes, *data.remarks)
    _say(*read_ahead(data, architecture))
    _say(*describe_balance(data.parts["train"], architecture, data.class_names))
    setup, model, taken = _build(architecture, data, joined, state)
    if not setup.is_chief:
        return _follow(model, architecture, task, data, setup)

    environment = describe_environment(architecture, setup) | ({"initial_weights": taken} if taken else {})
    directory = directory_for(architecture, environment)
    with _resumable(directory):
        return _train(model, architecture, task, data, setup, directory, state)


@contextmanager
def _resumable(directory: RunDirectory) -> Iterator[None]:
    """Let whoever stops it anywhere hear how to go on."""
    try:
        yield
    except BaseException as error:
        stop = stop_behind(error)
        if stop is not None and not directory.was_finished:
            stop.add_note(f"to go on: {directory.resume_command}")
        if stop is None or stop is error:
            raise
        raise stop from None


def _train(
    model: keras.Model,
    architecture: Architecture,
    task: TrainableTask,
    data: Data,
    setup: Setup,
    directory: RunDirectory,
    state: State | None,
) -> int:
    """Train as the one that writes the run, and measure, export and draw what came of it."""
    _say(f"training in {directory.path}")
    looking = callbacks(directory, architecture, task, data)

    def keep_changes() -> None:
        write_json(directory.architecture, architecture.resolved)
        if state is not None:
            add_resumption(directory.environment, state)

    with Exhaustion(directory.path, architecture.training.batch_size):
        trained = train(model, architecture, task, data, directory, setup, looking, keep_changes)
    _say(*filter(None, [trained.message, _kept(trained)]))
    if setup.is_group:
        # The others are done: what follows is the chief's alone, with weights that belong to no strategy.
        model = keras.models.load_model(directory.model)

    _say("measuring, exporting and drawing …")
    with directory.writing():
        with divided(model, replicas=1, parts=setup.batch_parts.value):
            evaluations = measure(model, architecture, task, data)
        _write_measures(directory, evaluations, data.parts["test"])
        metrics = {name: evaluation.metrics for name, evaluation in evaluations.items()}
        pictures = golden_pictures(data.parts["test"])
        export(model, architecture, task, data.class_names, directory.export, pictures, metrics)
        draw(directory, model, architecture, task, evaluations["test"], data, trained)
        write_json(directory.outcome, describe_outcome(trained, architecture, data))
        write_report(directory, architecture, is_whole=True)
        directory.finish()
    report(directory, architecture, evaluations["test"], problems=problems(directory, architecture))
    print(directory.path)
    return 0


def _meet(architecture: Architecture, cluster: Cluster | None) -> Any:
    """Join the other workers where there are any; give their strategy."""
    if cluster is None:
        return None
    check_cluster(architecture, len(cluster.workers))
    others = ", ".join(worker for worker in cluster.workers if worker != cluster.workers[cluster.index])
    _say(f"worker {cluster.index} of {len(cluster.workers)}, by {cluster.origin}; waiting for {others} …")
    return join(cluster)


def _build(
    architecture: Architecture, data: Data, joined: Any, state: State | None
) -> tuple[Setup, keras.Model, str | None]:
    """Give what is chosen, the network, which several workers build at the same time, and whose weights it has."""
    size = epoch_size(data.parts["train"], architecture)
    with all_there():
        if joined is not None:
            check_same(Group(joined), architecture, data)
        setup = prepare(architecture, size, joined)
        begins = state is None or not (state.epoch or state.step)
        model, taken = build_to_train(architecture, setup, begins)
    told = [f"initial_weights: {taken}"] if taken else []
    _say(*setup.lines(), *told, *describe_epoch(architecture.training, size, setup.steps_per_epoch))
    return setup, model, taken


def _follow(model: keras.Model, architecture: Architecture, task: TrainableTask, data: Data, setup: Setup) -> int:
    """Train as a worker that is not the chief, and leave nothing behind."""
    with RunDirectory.passing() as directory:
        trained = train(model, architecture, task, data, directory, setup)
    _say(*filter(None, [trained.message, "trained; the chief keeps the run"]))
    return 0


def _kept(trained: Trained) -> str | None:
    """Say which epoch's weights were kept; nothing where nothing was trained."""
    if trained.best_epoch is None:
        return None
    value = trained.history[trained.best_epoch - 1][trained.monitor]
    return f"kept epoch {trained.best_epoch} of {len(trained.history)}, the best by {trained.monitor} ({value:.4f})"


def _describe(data: Data) -> str:
    sizes = ", ".join(f"{part.size:,} to {_USES[name]}" for name, part in data.parts.items())
    return f"data: {sizes}, {len(data.class_names)} classes"


_USES = {"train": "train", "validation": "validate", "test": "test"}


def _write_measures(directory: RunDirectory, evaluations: Mapping[str, Evaluation], part: Part) -> None:
    """Write metrics.json, and the test part's tables beside it: `test_by_class.csv` and what else the task has."""
    write_json(directory.metrics, {name: evaluation.metrics for name, evaluation in evaluations.items()})
    test = evaluations["test"]
    for name, table in {"by_class": test.table, **test.tables}.items():
        named = table.assign(picture=table["picture"].map(part.name_of)) if "picture" in table else table
        named.to_csv(directory.path / f"test_{name}.csv", index=False)


def _say(*lines: str) -> None:
    for line in lines:
        print(line, file=sys.stderr)
