"""What benchmarks read of a run's folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.runs import initial_weights_of, weights_of
from benchmarks.scaling import CHANGES, train


@pytest.mark.slow
def test_a_run_tells_the_weights_that_it_began_with(tmp_path: Path) -> None:
    """Groups that hardly agree would seem to: from other drawn weights the way is far longer than a training's."""
    standing = [*CHANGES, "training.epochs=1", 'training.optimizer={"type": "SGD", "learning_rate": 1e-30}']
    (run,) = train([["benchmarks/networks/lenet5.json", *standing]], tmp_path)
    kept, initial = weights_of(run), initial_weights_of(run)
    assert kept.keys() == initial.keys()
    for name, array in kept.items():
        np.testing.assert_allclose(array, initial[name], rtol=0, atol=1e-25)
