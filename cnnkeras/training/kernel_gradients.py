"""How the gradients of 3×3 kernels are computed: by the processor's library, or by Winograd's transforms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from cnnkeras.analysis.results import Analysis, NodeAnalysis
from cnnkeras.layers.convolution import Conv2D
from cnnkeras.layers.padding import Slide
from cnnkeras.model.tensorflow_winograd import saves
from cnnkeras.spec.training import TrainingSection
from cnnkeras.training.choice import Choice
from cnnkeras.training.devices import Devices
from cnnkeras.training.execution import kernels_in_use
from cnnkeras.training.processor import is_avx2_alone

# Multiply-accumulates of kernels' gradients for each second that the transforms save, measured on two cores with AVX2.
FOR_A_SECOND_SAVED = 8e10
# Seconds in which the transforms of one shape are traced, and compiled by XLA for one size of batch.
TO_COMPILE = 1.2

# Height and width of what comes out, channels and filters.
Form = tuple[int | None, ...]


def choose_winograd(
    training: TrainingSection,
    analysis: Analysis,
    devices: Devices,
    precision: str,
    jit_compile: bool | Literal["auto"],
    pictures: int,
) -> Choice[bool]:
    """Tell whether the gradients of 3×3 kernels are taken by Winograd's transforms; an epoch has so many pictures.

    oneDNN's own reach half of the processor's speed with AVX2. On others they were not measured to be slow.
    """
    if training.winograd is False:
        return Choice(False, "named in training.winograd")
    if hindrance := _hindrance(devices, precision, jit_compile):
        return Choice(False, hindrance)
    if training.winograd is True:
        return Choice(True, "named in training.winograd")
    if kernels_in_use().value != "oneDNN" or not is_avx2_alone():
        return Choice(False, "not measured to be faster on this processor")
    work = list(_work(analysis))
    saved = sum(macs for _, macs in work) * pictures * training.epochs / FOR_A_SECOND_SAVED
    sizes = 2 if pictures % training.batch_size else 1
    if saved <= TO_COMPILE * len({form for form, _ in work}) * sizes:
        return Choice(False, "too little work in 3×3 kernels for it to pay")
    return Choice(True, "oneDNN's gradients of 3×3 kernels are slow on a processor that has AVX2 alone")


def _hindrance(devices: Devices, precision: str, jit_compile: bool | Literal["auto"]) -> str:
    """Say why the transforms can't be had."""
    if devices[0].startswith("GPU"):
        return "for processors only"
    if jit_compile is True:
        return "XLA compiles the whole step"
    return "" if precision == "float32" else "for float32 only"


def _work(analysis: Analysis) -> Iterator[tuple[Form, int]]:
    """Give the form and the multiply-accumulates a picture of each layer whose kernel's gradient is faster so.

    Those within backbones, of which the file says nothing, are left out.
    """
    for node in analysis.nodes:
        form = _form(node)
        if form is not None and node.macs and saves(form[:2], form[2:]):
            yield form, node.macs


def _form(node: NodeAnalysis) -> Form | None:
    """Give the form of a convolution that has a 3×3 kernel, in steps of one over all channels, which is trained."""
    layer, given, made = node.node.layer, node.input_shapes, node.output_shape
    if not isinstance(layer, Conv2D) or made is None or given[0] is None:
        return None
    slide = Slide(layer.kernel_size, layer.strides, layer.dilation_rate)
    if not slide.is_three_by_three or layer.groups != 1 or not layer.trainable:
        return None
    return (*made[:2], given[0][2], made[2])
