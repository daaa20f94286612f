"""Several processes on loopback that train together, as several machines would."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.scaling import free_addresses

from ..tasks.detection import small_head
from .test_processes import ROOT, last_line

pytestmark = pytest.mark.slow

FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")


def start(command: list[str], config: dict[str, Any] | None = None, **variables: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    environment |= variables | ({"TF_CONFIG": json.dumps(config)} if config else {})
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def start_workers(folders: list[Path], **variables: str) -> list[subprocess.Popen[str]]:
    cluster = {"worker": free_addresses(len(folders))}
    return [
        start(
            [sys.executable, "-m", "tests.training.processes", "worker", str(folder)],
            {"cluster": cluster, "task": {"type": "worker", "index": index}},
            **variables,
        )
        for index, folder in enumerate(folders)
    ]


def finish(processes: list[subprocess.Popen[str]]) -> list[tuple[int, str, str]]:
    try:
        ends = [process.communicate(timeout=240) for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [(process.returncode, *end) for process, end in zip(processes, ends, strict=True)]


def folders(path: Path, count: int) -> list[Path]:
    """Give each worker a folder of its own: they share no disk."""
    made = [path / f"worker{index}" for index in range(count)]
    for folder in made:
        folder.mkdir()
    return made


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give what one process comes to."""
    command = [sys.executable, "-m", "tests.training.processes", "worker", str(tmp_path_factory.mktemp("alone"))]
    ((status, output, errors),) = finish([start(command)])
    assert status == 0, errors
    return last_line(output)


def assert_same(outcome: Any, alone: Any) -> None:
    assert outcome["weights"] == pytest.approx(alone["weights"], rel=1e-4)
    for before, after in zip(alone["history"], outcome["history"], strict=True):
        for name in FIGURES:
            assert after[name] == pytest.approx(before[name], rel=1e-4), name


@pytest.mark.parametrize("count", [2, 3])
def test_several_workers_train_the_same_network_as_one(tmp_path: Path, alone: Any, count: int) -> None:
    """Workers would train another network, see the same pictures, or write over each other."""
    ends = finish(start_workers(folders(tmp_path, count)))
    for status, _, errors in ends:
        assert status == 0, errors
    chief, *others = [last_line(output) for _, output, _ in ends]
    assert chief["kept"]
    assert_same(chief, alone)
    for other in others:
        assert other["history"][-1]["loss"] == chief["history"][-1]["loss"]
        assert not other["kept"]
        assert other["files"] == ["file.json"]


def test_a_worker_that_dies_ends_the_others_and_the_group_goes_on(tmp_path: Path, alone: Any) -> None:
    """The others would wait for it for ever, or the hours before its death would be lost."""
    places = folders(tmp_path, 2)
    (places[1] / "die").touch()
    # In the second epoch of four steps each.
    (status, _, errors), (death, _, _) = finish(start_workers(places, DEATH="6"))
    assert (status, death) == (1, 9)
    (run,) = places[0].glob("runs/*/*")
    said, hint = errors.strip().splitlines()[-2:]
    assert re.match(
        r"worker 1 \(127\.0\.0\.1:\d+\) went away after epoch 1 of 3; the best network so far, of epoch 1 ", said
    )
    assert (run / "model.keras").exists()
    copied = f"with {run}/architecture.json copied there"
    started = "as it was started (by --workers and --index, TF_CONFIG or srun)"
    assert hint == f"     = help: to go on, on every worker {started}, {copied}: python run.py --resume {run}"
    (places[1] / "die").unlink()
    ends = finish(start_workers(places))
    for status, _, errors in ends:
        assert status == 0, errors
    assert_same(last_line(ends[0][1]), alone)


SCENES = ["data.count.train=18", "data.count.validation=6", "data.count.test=6", "training.epochs=1"]


# With the head, the loss and the averaged weights of YOLOv8, without its depth.
SMALL_DETECTOR = {
    "task": "detection",
    "input": {"shape": [64, 64, 1]},
    "layers": small_head.LAYERS,
    "data": {"source": "scenes"},
    "training": {"optimizer": {"type": "AdamW", "global_clipnorm": 10.0, "use_ema": True}},
}


@pytest.mark.parametrize("name", ["unet_scenes", "locate", "small_detector"])
def test_workers_train_every_task(tmp_path: Path, name: str) -> None:
    """One task or another would fail, hang or lack its figures on several machines."""
    addresses = ",".join(free_addresses(2))
    file = ROOT / "architectures" / f"{name}.json"
    if name == "small_detector":
        file = tmp_path / "small_detector.json"
        file.write_text(json.dumps(SMALL_DETECTOR))
    words = [str(file), *SCENES, "training.batch_size=8", "--runs", str(tmp_path / "runs")]
    ends = finish(
        [start([sys.executable, "run.py", *words, "--workers", addresses, "--index", str(index)]) for index in range(2)]
    )
    for status, _, errors in ends:
        assert status == 0, errors
    (run,) = (tmp_path / "runs").glob("*/*")
    assert ends[0][1] == f"{run}\n"
    assert ends[1][1] == ""
    assert ends[1][2].splitlines()[-1] == "trained; the chief keeps the run"
    assert (run / "export" / "1" / "saved_model.pb").is_file()
    assert not (run / "UNFINISHED").exists()


def test_workers_with_other_experiments_do_not_train(tmp_path: Path) -> None:
    """Each would train with a rate of its own, and all of them come to wrong weights without a word."""
    words = ["run.py", "architectures/lenet5.json", "training.epochs=1", "--runs", str(tmp_path)]
    addresses = ",".join(free_addresses(2))
    group = [
        start([sys.executable, *words, *changes, "--workers", addresses, "--index", str(index)])
        for index, changes in enumerate(([], ["training.batch_size=16", "training.seed=5"]))
    ]
    names = ("something that the chief has not", "training.seed")
    for (status, output, errors), name in zip(finish(group), names, strict=True):
        assert (status, output) == (2, "")
        assert errors.splitlines()[-2:] == [
            f"workers: error[workers]: worker 1 trains something else than the chief: training.batch_size, {name}",
            "     = help: start every worker with the same file (of a run, the chief's architecture.json), changes and data",
        ]
    assert not list(tmp_path.iterdir())


def test_a_worker_whose_data_is_broken_ends_the_others(tmp_path: Path) -> None:
    """Those whose data is whole would wait for it for ever, or end in a traceback of TensorFlow's."""
    np.savez(tmp_path / "whole.npz", images=np.zeros((40, 28, 28), np.uint8), labels=np.arange(40) % 2)
    (tmp_path / "broken.npz").write_bytes(b"no archive")
    words = ["run.py", "architectures/lenet5.json", "training.epochs=1", "--runs", str(tmp_path / "runs")]
    addresses = ",".join(free_addresses(2))
    group = []
    for index, name in enumerate(("whole", "broken")):
        data = json.dumps({"source": "arrays", "path": str(tmp_path / f"{name}.npz")})
        command = [sys.executable, *words, f"data={data}", "--workers", addresses, "--index", str(index)]
        group.append(start(command))
    (status, _, errors), (other, _, own) = finish(group)
    assert other == 2, own
    assert status == 1, errors
    said, hint = errors.splitlines()[-2:]
    assert re.match(r"worker 1 \(127\.0\.0\.1:\d+\) ended before the training began", said), said
    assert hint == "     = help: see what it said, then start all workers again"


def test_a_group_stops_together_in_short_epochs(tmp_path: Path) -> None:
    """A worker that is asked to end would go on until it is killed, and what was trained since would be lost."""
    words = ["run.py", "architectures/lenet5.json", "training.epochs=5000", "training.batch_size=512"]
    addresses = ",".join(free_addresses(2))
    group = [
        start([sys.executable, *words, "--runs", str(tmp_path), "--workers", addresses, "--index", str(index)])
        for index in range(2)
    ]
    for _ in range(1200):
        if list(tmp_path.glob("*/*/checkpoints/epoch-*.npz")) or any(each.poll() is not None for each in group):
            break
        time.sleep(0.1)
    group[1].terminate()
    (status, _, errors), (other, _, own) = finish(group)
    assert (status, other) == (1, 1), errors
    assert "stopped by another worker after " in errors
    assert "stopped by SIGTERM after " in own
