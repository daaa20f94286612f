"""The scripts for schedulers."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from cnnkeras.commands.arguments import parse
from cnnkeras.training.cluster import find_cluster

pytestmark = pytest.mark.fast

EXAMPLES = Path(__file__).parents[2] / "docs" / "cluster"


def test_kubernetes() -> None:
    """The job's command would not be understood, or name other machines than the job has."""
    _, job = yaml.safe_load_all((EXAMPLES / "kubernetes.yaml").read_text())
    (container,) = job["spec"]["template"]["spec"]["containers"]
    python, program, *words = container["command"]
    assert (python, program) == ("python", "run.py")
    request = parse([word.replace("$(JOB_COMPLETION_INDEX)", "1") for word in words])
    cluster = find_cluster(request.workers, request.index)
    assert cluster is not None
    assert len(cluster.workers) == job["spec"]["completions"] == job["spec"]["parallelism"]
    assert Path(request.words[0]).exists()


@pytest.mark.parametrize("unfinished", [False, True])
def test_slurm(tmp_path: Path, unfinished: bool) -> None:
    """The job would begin anew after every preemption, or with words that are not understood."""
    run = tmp_path / "runs" / "resnet50" / "2026-01-31T12-00-00Z"
    if unfinished:
        run.mkdir(parents=True)
        (run / "UNFINISHED").touch()
    srun = tmp_path / "srun"
    srun.write_text('#!/bin/sh\necho "$@"\n')
    srun.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    told = subprocess.run(
        ["bash", EXAMPLES / "slurm.sh"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    python, program, *words = told.stdout.split()
    assert (python, program) == ("python", "run.py")
    request = parse(words)
    expected = run.relative_to(tmp_path) if unfinished else None
    assert request.resume == expected
    assert request.words == ([] if unfinished else ["architectures/resnet50.json"])
