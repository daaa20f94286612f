"""What mirror padding costs: a training step of a net of 3×3 convolutions, against the same net padded with zeros.

    python -m benchmarks.mirror_padding [--precision NAME …] [--set KEY=VALUE …] [--steps N] [--json FILE]

The net is `networks/vgg_like.json`, trained as `python run.py` trains it. All paddings run in one process, one step
each in turn, so that what else the machine does weighs on all of them alike. The ratio is taken of the processor's time
too: on a busy machine it tells more than the clock's.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import tensorflow as tf

from benchmarks.machine import machine_facts
from benchmarks.report import print_table, write_json
from benchmarks.steps import Step, seconds, step_of
from cnnkeras.analysis.results import Analysis
from cnnkeras.model.convolution import Conv2D

NETWORK, PADDING = "vgg_like", "blocks.stage.layers.0.padding"
PADDINGS = ("same", "reflect", "symmetric", "replicate")
# The obvious way: tf.pad, then a "valid" convolution.
OBVIOUS = "tf.pad"
COLUMNS = ("precision", "padding", "ms a step", "against same", "by processor time")

Figures = dict[str, dict[str, float]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--precision", nargs="+", default=["float32", "mixed_bfloat16"], metavar="NAME")
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="changed in the net's file")
    parser.add_argument("--batch-size", type=int, default=32, metavar="N")
    parser.add_argument("--steps", type=int, default=20, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    asked = parser.parse_args(arguments)
    machine, results = machine_facts(), {}
    for name in asked.precision:
        changes = [f"training.precision={name}", f"training.batch_size={asked.batch_size}", *asked.set]
        results[name], same = measure(changes, asked.steps)
    if asked.json:
        write_json(asked.json, "mirror padding", machine, {"results": results})
    print_table("Mirror padding", machine, COLUMNS, rows(results), notes(same))
    return 0


def measure(changes: Sequence[str], count: int) -> tuple[Figures, Step]:
    """Give, by padding, the median step in seconds and the medians of its ratios to "same"; and the step of "same"."""
    with ExitStack() as stack:
        steps = {padding: step_of(NETWORK, [f"{PADDING}={padding}", *changes], stack) for padding in PADDINGS}
        steps[OBVIOUS] = step_of(NETWORK, [f"{PADDING}=reflect", *changes], stack)
        for layer in steps[OBVIOUS].model.layers:
            if isinstance(layer, Conv2D):
                layer.convolution_op = padded_before
        for step in steps.values():
            step.run()
        turns = [{padding: seconds(step.run) for padding, step in steps.items()} for _ in range(count)]
    return {padding: figures(padding, turns) for padding in steps}, steps["same"]


def padded_before(x: Any, kernel: Any) -> Any:
    """Reflect by one pixel and convolve, as a network by hand does."""
    return tf.nn.conv2d(tf.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), "REFLECT"), kernel, 1, "VALID")


def figures(padding: str, turns: Sequence[dict[str, tuple[float, float]]]) -> dict[str, float]:
    """Give the medians of one padding over the turns."""

    def ratio(clock: int) -> float:
        return statistics.median(turn[padding][clock] / turn["same"][clock] for turn in turns)

    median = statistics.median(turn[padding][0] for turn in turns)
    return {"seconds": median, "ratio": ratio(0), "processor_ratio": ratio(1)}


def multiplications(analysis: Analysis) -> float:
    """Give the ratio of the 3×3 convolutions' multiplications: with zeros a side of n pixels needs 3n - 2 of 3n."""
    every = not_of_zeros = 0.0
    for node in analysis.nodes:
        if node.type == "Conv2D" and node.output_shape and node.macs:
            height, width = (side or 0 for side in node.output_shape[:2])
            every += node.macs
            not_of_zeros += node.macs * (1 - 2 / (3 * height)) * (1 - 2 / (3 * width))
    return every / not_of_zeros


def rows(results: dict[str, Figures]) -> list[list[str]]:
    """Give the table's cells."""
    return [
        [
            precision, padding, f"{found['seconds'] * 1000:.1f}", f"{found['ratio']:.2f}",
            f"{found['processor_ratio']:.2f}",
        ]
        for precision, paddings in results.items()
        for padding, found in paddings.items()
    ]  # fmt: skip


def notes(same: Step) -> tuple[str, ...]:
    """Say what the table was measured with and compared with."""
    choices = same.setup.choices()
    settings = ", ".join(f"{name} {choices[name]['value']}" for name in ("threads", "batch_parts", "kernels"))
    return (
        f"{NETWORK}: {settings}.",
        f"{OBVIOUS}: reflect, by TensorFlow's own padding before a convolution without.",
        f"The multiplications alone are {multiplications(same.analysis):.3f} times those of same:"
        " kernels leave a border of zeros out.",
    )


if __name__ == "__main__":
    sys.exit(main())
