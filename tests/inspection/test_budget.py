from __future__ import annotations

from cnnkeras.inspection.budget import Budget


class Clock:
    """Tells the time it is set to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_spends_its_share_of_the_time_and_no_more() -> None:
    """Looking would slow the training, or stop for good after one slow moment."""
    clock = Clock()
    budget = Budget(0.02, {"drawing": 1.0}, clock)
    clock.now += 49
    assert not budget.affords("drawing")
    clock.now += 2
    assert budget.affords("drawing")
    with budget.spend("drawing"):
        clock.now += 3
    # Three seconds are spent, and three more are expected: six are two per cent of three hundred.
    assert not budget.affords("drawing")
    clock.now = 100 + 299
    assert not budget.affords("drawing")
    clock.now = 100 + 301
    assert budget.affords("drawing")


def test_what_has_to_be_done_counts_too() -> None:
    """Scalars, which are always written, would come on top of the share."""
    clock = Clock()
    budget = Budget(0.02, {}, clock)
    with budget.spend("scalars"):
        clock.now += 1
    assert not budget.affords("histograms")
    clock.now = 100 + 51
    assert budget.affords("histograms")
