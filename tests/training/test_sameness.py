"""What workers compare before they train."""

from __future__ import annotations

from typing import Any

from cnnkeras.training.sameness import facts
from tests.training.conftest import make_experiment


def test_what_decides_the_data_is_compared_and_where_it_lies_is_not(tmp_path: Any) -> None:
    """Workers would train on labels that are read in another way, or be refused for folders of their own."""

    def differing(**data: Any) -> set[str]:
        some, other = (make_experiment(tmp_path, data=section) for section in ({}, data))
        one, two = (facts(each.architecture, each.data) for each in (some, other))
        return {name for name in one.keys() | two.keys() if one.get(name) != two.get(name)}

    assert differing() == set()
    assert differing(cache="disk") == set()
    # Shuffled otherwise, some pictures would be in two workers' shares, and others in nobody's.
    assert differing(cache="none") == {
        "the order of an epoch: one keeps its pictures, and another reads them anew (data.cache)"
    }
    assert differing(balance="weights") == {"data.balance"}
