"""Curves as an SVG's numbers."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkeras.inspection.page.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Chart, Series, curves, short
from cnnkeras.inspection.page.record import Record

pytestmark = pytest.mark.fast


def chart(values: list[float], title: str = "accuracy", best: int | None = None) -> Chart:
    return Chart(title, [Series("training", pd.Series(values, range(1, len(values) + 1)), 0)], best)


def test_a_run_has_a_chart_for_each_measure_and_its_rate(lenet5: Record) -> None:
    """Something that was measured every epoch would not be seen."""
    found = curves(lenet5)
    assert [each.title for each in found] == ["loss", "accuracy", "learning rate"]
    assert [(series.name, series.dashed) for series in found[0].series] == [("training", False), ("validation", True)]
    assert found[0].words == "loss over 12 epochs: training from 2.3 to 0.1435; validation from 2.2 to 0.1611"


def test_what_only_the_validation_measures_is_drawn_too() -> None:
    """Detection's mean average precision, which training does not measure, would be missing."""
    history = pd.DataFrame({"loss": [1.0, 0.5], "val_loss": [1.0, 0.6], "val_map": [0.1, 0.2]}, index=[1, 2])
    stub = type("Run", (Record,), {"__init__": lambda self: None, "history": history, "best_epoch": None})()
    assert [(each.title, [series.name for series in each.series]) for each in curves(stub)] == [
        ("loss", ["training", "validation"]),
        ("map", ["validation"]),
    ]


def test_a_loss_that_falls_far_is_drawn_logarithmically() -> None:
    """Its end would be a flat line."""
    assert chart([2.0, 0.05], "loss").is_logarithmic
    assert not chart([2.0, 0.5], "loss").is_logarithmic
    assert not chart([0.9, 0.01]).is_logarithmic
    assert [text for _, text in chart([2.0, 0.01], "loss").value_ticks] == ["1", "0.1", "0.01"][::-1]


def test_the_best_epoch_is_marked_where_the_curve_is() -> None:
    """The ring would stand beside the curve."""
    drawn = chart([0.1, 0.9, 0.5], best=2)
    assert drawn.best_points == [drawn.points(drawn.series[0])[1]]


def test_an_epoch_without_a_figure_leaves_a_gap() -> None:
    """A missing or infinite figure would break the drawing."""
    drawn = chart([0.5, float("nan"), 0.7])
    assert len(drawn.points(drawn.series[0])) == 2
    assert drawn.content["series"][0]["values"] == ["0.5", "–", "0.7"]


@given(st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=30), st.sampled_from(["loss", "f1"]))
def test_every_value_lies_inside(values: list[float], title: str) -> None:
    """A curve would leave the chart, or a run of one epoch end in a traceback."""
    drawn = chart(values, title)
    for x, y in drawn.points(drawn.series[0]):
        assert LEFT <= x <= WIDTH - RIGHT
        assert TOP - 0.1 <= y <= HEIGHT - BOTTOM + 0.1
    assert drawn.epoch_ticks


@pytest.mark.parametrize(("value", "text"), [(0.00001234, "1.234e−5"), (1234567, "1.235e6"), (-0.5, "−0.5"), (0, "0")])
def test_numbers_are_short(value: float, text: str) -> None:
    """Numbers would cover each other."""
    assert short(value) == text
