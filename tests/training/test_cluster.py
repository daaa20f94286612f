"""Who the workers are, and the full text of what is wrong with them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkeras.errors import UserError
from cnnkeras.training.cluster import Cluster, find_cluster

pytestmark = pytest.mark.fast


def told(environment: dict[str, str] | None = None, workers: str | None = None, index: int | None = None) -> Any:
    return find_cluster(workers, index, environment or {})


def config(cluster: Any, kind: Any = "worker", index: Any = 0) -> dict[str, str]:
    return {"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})}


def test_nobody_is_told() -> None:
    """A process on its own would wait for others."""
    assert told() is None
    assert told({"TF_CONFIG": "{}"}) is None
    assert told({"SLURM_STEP_NUM_TASKS": "1", "SLURM_PROCID": "0"}) is None


def test_the_command_line() -> None:
    """Workers named on the command line would not find each other."""
    cluster = told(workers="first:12345,second:12345", index=1)
    assert cluster == Cluster(("first:12345", "second:12345"), 1, "--workers")
    assert not cluster.is_chief
    assert json.loads(cluster.tf_config()) == {
        "cluster": {"worker": ["first:12345", "second:12345"]},
        "task": {"type": "worker", "index": 1},
    }


def test_tf_config() -> None:
    """What a Kubernetes operator sets would not be understood."""
    assert told(config({"worker": ["a:1", "b:1"]})) == Cluster(("a:1", "b:1"), 0, "TF_CONFIG")
    both = {"chief": ["a:1"], "worker": ["b:1", "c:1"]}
    assert told(config(both, "chief")) == Cluster(("a:1", "b:1", "c:1"), 0, "TF_CONFIG")
    assert told(config(both, "worker", 1)) == Cluster(("a:1", "b:1", "c:1"), 2, "TF_CONFIG")


EXAMPLE = "as in --workers first:12345,second:12345 --index 0 on the first machine, --index 1 on the second"
WRONG = [
    (
        {"workers": "a:1"},
        "--workers: error[workers]: --workers and --index go together, and --index is missing",
        EXAMPLE,
    ),
    ({"index": 0}, "--workers: error[workers]: --workers and --index go together, and --workers is missing", EXAMPLE),
    ({"workers": "a", "index": 0}, '--workers: error[workers]: "a" is no address of a worker', EXAMPLE),
    ({"workers": "a:99999", "index": 0}, '--workers: error[workers]: "a:99999" is no address of a worker', EXAMPLE),
    (
        {"workers": "a:1,a:1", "index": 0},
        '--workers: error[workers]: "a:1" is there twice',
        "give each worker a port of its own",
    ),
    (
        {"workers": "a:1,b:1", "index": 2},
        "--workers: error[workers]: there is no worker 2 among 2",
        "they are counted from 0 to 1",
    ),
    (
        {"environment": config({"ps": ["a:1"], "worker": ["b:1"]})},
        'TF_CONFIG: error[workers]: it names "ps", and there are only a chief and workers',
        "give every process the type worker",
    ),
    (
        {"environment": {"SLURM_STEP_NUM_TASKS": "x"}},
        'Slurm: error[workers]: SLURM_STEP_NUM_TASKS is "x", and no number',
        "start the step with srun",
    ),
    (
        {"environment": {"TF_CONFIG": "{"}},
        "TF_CONFIG: error[workers]: it can't be read: Expecting property name enclosed in double quotes: "
        "line 1 column 2 (char 1)",
        'as in {"cluster": {"worker": ["first:12345", "second:12345"]}, "task": {"type": "worker", "index": 0}}',
    ),
]


@pytest.mark.parametrize(("words", "message", "hint"), WRONG)
def test_what_is_wrong(words: dict[str, Any], message: str, hint: str) -> None:
    """A slip in an address would hang every machine for minutes."""
    with pytest.raises(UserError) as caught:
        told(**words)
    assert str(caught.value) == f"{message}\n     = help: {hint}"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda each: st.lists(each) | st.dictionaries(st.text(), each),
)


@given(st.text() | JSON.map(json.dumps) | st.builds(json.dumps, st.fixed_dictionaries({"cluster": JSON, "task": JSON})))
def test_any_tf_config(text: str) -> None:
    """Something odd in the environment would end in a traceback."""
    try:
        told({"TF_CONFIG": text})
    except UserError as error:
        assert str(error).startswith("TF_CONFIG: error[workers]: ")
