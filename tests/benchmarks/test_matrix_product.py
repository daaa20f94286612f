"""The share of a matrix product's speed, on made-up times: nothing here is timed."""

from __future__ import annotations

from benchmarks import matrix_product


def test_the_share_of_the_product_is_taken_within_a_turn() -> None:
    """A busy moment would make a step faster than the product that bounds it."""
    product, step = (matrix_product.Work(lambda: None, operations) for operations in (100.0, 50.0))
    taken = [{"product": (1.0, 2.0), "step": (1.0, 1.0)}, {"product": (4.0, 2.0), "step": (4.0, 1.0)}]
    found = matrix_product.figures("step", step, taken, product)
    assert found == {"operations_per_s": 31.25, "share": 0.5, "processor_share": 1.0}
    (row,) = matrix_product.rows({"float32": {"step": {**found, "operations_per_s": 31.25e9}}})
    assert row == ["float32", "step", "31", "50%", "100%"]
