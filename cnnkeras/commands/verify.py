"""`verify`: whether a file trains the same on one replica as on several."""

from __future__ import annotations

import sys

import tensorflow as tf
from rich.table import Table

from cnnkeras.commands.settling import open_data
from cnnkeras.console import plain_console
from cnnkeras.spec.architecture import Architecture
from cnnkeras.training.equality import BOUND, Difference, compare


def verify(architecture: Architecture, replicas: int) -> int:
    """Print the differences; give 0 where rounding explains them all, else 1.

    The replicas are the GPUs where there are enough, else parts of the processor.
    """
    # Two networks are traced one after the other, of which TensorFlow warns.
    tf.get_logger().setLevel("ERROR")
    devices = _devices(replicas)
    architecture, task, data = open_data(architecture)
    print(f"one replica ({devices[0]}) against {replicas} ({', '.join(devices)})", file=sys.stderr)
    differences = compare(architecture, task, data.parts["train"], devices)
    plain_console().print(_table(differences, replicas))
    if all(difference.agrees for difference in differences):
        print(f"the same, to {BOUND:.0e} of each figure")
        return 0
    print("not the same: a layer or a loss computes something else where it sees a part of the batch only")
    return 1


def _devices(replicas: int) -> list[str]:
    gpus = tf.config.list_physical_devices("GPU")
    if len(gpus) >= replicas:
        return [f"GPU:{index}" for index in range(replicas)]
    # Before TensorFlow computes anything, or it keeps to one.
    tf.config.set_visible_devices([], "GPU")
    processor = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * replicas)
    return [f"CPU:{index}" for index in range(replicas)]


def _table(differences: list[Difference], replicas: int) -> Table:
    table = Table(box=None, header_style="bold")
    for column in ("", "one", str(replicas), "apart", ""):
        table.add_column(column, justify="left" if not column else "right", overflow="fold", min_width=8)
    for difference in differences:
        verdict = "" if difference.agrees else "differs"
        numbers = (f"{difference.one:.6g}", f"{difference.several:.6g}", f"{difference.distance:.1e}")
        table.add_row(difference.name, *numbers, verdict)
    return table
