"""How an epoch is cut into batches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkeras.datasets.order import batch_sizes
from cnnkeras.errors import RunError


def shares(count: int, replicas: int) -> list[int]:
    """Give what tf.distribute gives each replica: ⌈count / replicas⌉ while there are any."""
    each = -(-count // replicas)
    return [max(0, min(each, count - each * replica)) for replica in range(replicas)]


def test_last_batch_holds_what_is_left() -> None:
    """Examples would be dropped at the end of an epoch."""
    assert batch_sizes(100, 32) == [32, 32, 32, 4]
    assert batch_sizes(96, 32) == [32, 32, 32]
    assert batch_sizes(5, 32) == [5]


def test_no_replica_is_left_without_examples() -> None:
    """Training on several devices would fail in the last step of the first epoch."""
    assert batch_sizes(65, 16, replicas=2) == [16, 16, 16, 15, 2]
    assert batch_sizes(69, 64, replicas=4) == [62, 7]
    assert batch_sizes(68, 64, replicas=4) == [64, 4]
    assert batch_sizes(5, 2, replicas=2) == [2, 3]


@pytest.mark.parametrize(("size", "batch_size", "replicas"), [(1, 2, 2), (9, 4, 4)])
def test_examples_that_can_not_be_spread_are_refused(size: int, batch_size: int, replicas: int) -> None:
    """TensorFlow would fail in the last step of the first epoch, with a message about empty tensors."""
    with pytest.raises(RunError) as caught:
        batch_sizes(size, batch_size, replicas)
    assert str(caught.value) == (
        f"{size} examples in batches of {batch_size} leave one of {replicas} devices without any at the end\n"
        "     = help: use another training.batch_size, or fewer devices"
    )


@given(st.integers(1, 2000), st.integers(1, 40), st.integers(1, 8))
def test_every_example_has_one_place(size: int, share: int, replicas: int) -> None:
    """An epoch would skip or repeat examples, or a batch would outgrow the memory that was asked for."""
    batch_size = share * replicas
    try:
        sizes = batch_sizes(size, batch_size, replicas)
    except RunError:
        assert size % batch_size
        return
    assert sum(sizes) == size
    assert all(np.min(shares(count, replicas)) > 0 for count in sizes)
    assert all(count <= batch_size for count in sizes[:-1])
    assert sizes[-1] < batch_size + replicas**2


@given(st.integers(1, 200), st.integers(2, 8))
def test_usual_batches_serve_every_replica(remainder: int, replicas: int) -> None:
    """A batch size that suits the devices would fail for some sizes of the data."""
    batch_size = 16 * replicas
    for count in batch_sizes(3 * batch_size + remainder, batch_size, replicas):
        assert np.min(shares(count, replicas)) > 0
