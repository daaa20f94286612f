"""The share of a matrix product's speed that a training step reaches, with the same numbers on the same machine.

python -m benchmarks.matrix_product [--precision NAME …] [--batch-size N] [--turns N] [--json FILE]

The step is that of `networks/wide.json`, as `python run.py` trains it. Beside it stand the bare convolutions of its
wide layers, forward and both gradients, without all else that a step does: what the library's own kernels reach.
All run in one process, one after the other in turns; medians over the turns.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import tensorflow as tf

from benchmarks.machine import machine_facts
from benchmarks.report import print_table, write_json
from benchmarks.steps import seconds, step_of

SIDE, FILTERS = 32, 256
# The fastest of these is what the machine can do.
SIZES = (1024, 2048, 4096)
TYPES = {"float32": "float32", "mixed_bfloat16": "bfloat16", "mixed_float16": "float16"}
COLUMNS = ("precision", "what", "GFLOP/s", "of the product", "by processor time")
NOTES = (
    f"product: tf.matmul of two square matrices, the fastest size of {', '.join(map(str, SIZES))}."
    " A multiply-accumulate counts two.",
    "step: forward, loss, both gradients and Adam; three times the forward's products, less the gradient of the"
    " pictures, which nobody wants.",
    "of the product: the share of its speed in the same turn; by processor time: the same, in the seconds that the"
    " processor worked for this process and not those on the clock.",
)


class Work(NamedTuple):
    """Something to time, and the floating-point operations in it."""

    run: Callable[[], Any]
    operations: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--precision", nargs="+", choices=TYPES, default=["float32", "mixed_bfloat16"])
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    asked = parser.parse_args(arguments)
    machine = machine_facts()
    results = {name: measure(name, asked.batch_size, asked.turns) for name in asked.precision}
    if asked.json:
        write_json(asked.json, "matrix product", machine, {"results": results})
    print_table("Share of the matrix product's speed", machine, COLUMNS, rows(results), NOTES)
    return 0


def measure(precision: str, batch_size: int, turns: int) -> dict[str, dict[str, float]]:
    """Give, by what was run, the speed in operations a second and its shares."""
    with ExitStack() as stack:
        works = {
            "product": fastest_product(precision),
            **convolutions(precision, batch_size),
            "step": step(precision, batch_size, stack),
        }
        for work in works.values():
            work.run()
        taken = [{name: seconds(work.run) for name, work in works.items()} for _ in range(turns)]
    return {name: figures(name, work, taken, works["product"]) for name, work in works.items()}


def figures(name: str, work: Work, taken: list[dict[str, tuple[float, float]]], product: Work) -> dict[str, float]:
    """Give the medians of one kind of work over the turns."""

    def share(clock: int) -> float:
        ours = [work.operations / turn[name][clock] for turn in taken]
        theirs = [product.operations / turn["product"][clock] for turn in taken]
        return statistics.median(our / their for our, their in zip(ours, theirs, strict=True))

    speed = statistics.median(work.operations / turn[name][0] for turn in taken)
    return {"operations_per_s": speed, "share": share(0), "processor_share": share(1)}


def fastest_product(precision: str) -> Work:
    """Give the product of matrices that has most operations in a second of the processor's time."""
    works = [product(precision, size) for size in SIZES]
    for work in works:
        work.run()
    return max(works, key=lambda work: work.operations / statistics.median(seconds(work.run)[1] for _ in range(5)))


def product(precision: str, size: int) -> Work:
    """Give a product of square matrices, as often as makes up the largest size's time."""
    x = tf.cast(tf.random.normal((size, size)), TYPES[precision])
    repeats = (SIZES[-1] // size) ** 2
    multiply = tf.function(lambda: tf.matmul(x, x)[0, 0])

    def run() -> None:
        for _ in range(repeats):
            float(multiply())

    return Work(run, 2 * size**3 * repeats)


def convolutions(precision: str, batch_size: int) -> dict[str, Work]:
    """Give a wide layer's convolution and its two gradients, bare."""
    dtype = TYPES[precision]
    x = tf.cast(tf.random.normal((batch_size, SIDE, SIDE, FILTERS)), dtype)
    kernel = tf.cast(tf.random.normal((3, 3, FILTERS, FILTERS)), dtype)
    how: dict[str, Any] = {"strides": [1] * 4, "padding": "SAME"}
    bare: dict[str, Callable[[], Any]] = {
        "convolution, forward": lambda: tf.nn.conv2d(x, kernel, **how),
        "convolution, to the map": lambda: tf.raw_ops.Conv2DBackpropInput(
            input_sizes=x.shape, filter=kernel, out_backprop=x, **how
        ),
        "convolution, to the kernel": lambda: tf.raw_ops.Conv2DBackpropFilter(
            input=x, filter_sizes=kernel.shape, out_backprop=x, **how
        ),
    }
    operations = 2 * batch_size * (SIDE * SIDE * 9 * FILTERS * FILTERS)
    return {name: Work(waited(function), operations) for name, function in bare.items()}


def waited(function: Callable[[], Any]) -> Callable[[], Any]:
    """Give the function as one graph, which is done when it returns."""
    whole = tf.function(lambda: tf.reshape(function(), [-1])[0])
    return lambda: float(whole())


def step(precision: str, batch_size: int, stack: ExitStack) -> Work:
    """Give a training step of the wide network on a batch that stays the same."""
    taken = step_of("wide", [f"training.precision={precision}", f"training.batch_size={batch_size}"], stack)
    return Work(taken.run, 2 * taken.macs * batch_size)


def rows(results: dict[str, dict[str, dict[str, float]]]) -> list[list[str]]:
    """Give the table's cells."""
    return [
        [
            precision, what, f"{found['operations_per_s'] / 1e9:,.0f}", f"{found['share']:.0%}",
            f"{found['processor_share']:.0%}",
        ]
        for precision, works in results.items()
        for what, found in works.items()
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
