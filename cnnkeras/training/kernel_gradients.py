"""How the gradients of 3×3 kernels are computed: by the processor's library, or by Winograd's transforms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from cnnkeras.analysis.results import Analysis, NodeAnalysis
from cnnkeras.layers.convolution import Conv2D
from cnnkeras.model.tensorflow_winograd import saves
from cnnkeras.spec.training import TrainingSection
from cnnkeras.training.choice import Choice
from cnnkeras.training.devices import Devices
from cnnkeras.training.execution import kernels_in_use
from cnnkeras.training.processor import is_avx2_alone

# Multiply-accumulates of kernels' gradients for each second that the transforms save, measured on two cores with AVX2.
FOR_A_SECOND_SAVED = 5e10
# Seconds in which XLA compiles the transforms of a layer, half of them where another has its shape.
TO_COMPILE = 0.6


def choose_winograd(
    training: TrainingSection,
    analysis: Analysis,
    devices: Devices,
    precision: str,
    jit_compile: bool | Literal["auto"],
    pictures: int,
) -> Choice[bool]:
    """Tell whether the gradients of 3×3 kernels are taken by Winograd's transforms, in a training of so many pictures.

    oneDNN's own reach half of the processor's speed with AVX2. On others they were not measured to be slow.
    """
    hindrance = _hindrance(devices, precision, jit_compile)
    if training.winograd is False or hindrance:
        return Choice(False, hindrance or "named in training.winograd")
    if training.winograd is True:
        return Choice(True, "named in training.winograd")
    if kernels_in_use().value != "oneDNN" or not is_avx2_alone():
        return Choice(False, "not measured to be faster on this processor")
    work = list(_work(analysis))
    if sum(work) * pictures < FOR_A_SECOND_SAVED * TO_COMPILE * len(work) or not work:
        return Choice(False, "too little work in 3×3 kernels for it to pay")
    return Choice(True, "oneDNN's gradients of 3×3 kernels are slow on a processor that has AVX2 alone")


def _hindrance(devices: Devices, precision: str, jit_compile: bool | Literal["auto"]) -> str:
    """Say why the transforms can't be had."""
    if devices[0].startswith("GPU"):
        return "for processors only"
    if jit_compile is True:
        return "XLA compiles the whole step"
    return "" if precision == "float32" else "for float32 only"


def _work(analysis: Analysis) -> Iterator[int]:
    """Give the multiply-accumulates a picture of each layer whose kernel's gradient is faster so."""
    for node in analysis.nodes:
        if node.macs and _is_faster(node):
            yield node.macs


def _is_faster(node: NodeAnalysis) -> bool:
    layer, given, made = node.node.layer, node.input_shapes, node.output_shape
    if not isinstance(layer, Conv2D) or made is None or given[0] is None or layer.groups != 1:
        return False
    windows = (layer.kernel_size, layer.strides, layer.dilation_rate)
    return windows == ((3, 3), (1, 1), (1, 1)) and saves((made[0], made[1]), (given[0][2], made[2]))
