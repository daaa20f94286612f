"""In which numbers to compute: Keras's dtype policy."""

from __future__ import annotations

import tensorflow as tf

from cnnkeras.analysis.results import Analysis, NodeAnalysis
from cnnkeras.layers.base import product
from cnnkeras.layers.convolution import DepthwiseConv2D, SeparableConv2D
from cnnkeras.spec.training import TrainingSection
from cnnkeras.training.choice import Choice
from cnnkeras.training.devices import Devices
from cnnkeras.training.processor import lacks_products, product_unit

# The compute capabilities from which on GPUs multiply bfloat16 and float16 numbers.
BFLOAT16, FLOAT16 = (8, 0), (7, 0)
# Multiply-accumulates for one picture above which bfloat16 pays on a processor that has it. Measured with AMX on
# two cores, images a second of bfloat16 over float32: lenet5 (0.4 million) 1.07, two dense layers of 512
# (0.7 million) 1.15, two convolutions on 28×28 (2.4 million) 1.6, six on 32×32 (5 million) 2.0, VGG-like 2.2 and more.
WORTHWHILE = 1_000_000
# Share of depthwise convolutions in them from which it does not: they have no fast bfloat16 kernel on a processor.
# Measured in the same way, a net of depthwise 5×5 convolutions 0.2, depthwise 3×3 with pointwise ones (a tenth) 1.0.
TOO_MUCH_DEPTHWISE = 0.1


def choose_precision(training: TrainingSection, analysis: Analysis, devices: Devices) -> Choice[str]:
    """Give the policy that the file names, else the fastest of this device that trains as well."""
    if training.precision != "auto":
        return Choice(training.precision, f"named in training.precision{_hint(training.precision, devices)}")
    if devices[0].startswith("GPU"):
        return _on_gpu(devices)
    unit = product_unit("bfloat16")
    if unit is None:
        return Choice("float32", "the processor has no bfloat16 products")
    macs = analysis.totals.macs
    if macs is None or macs < WORTHWHILE:
        work = "unknown" if macs is None else f"{macs:,}"
        return Choice("float32", f"{work} multiply-accumulates a picture are too few for bfloat16 to pay")
    depthwise = sum(_depthwise_macs(node) for node in analysis.nodes) / macs
    if depthwise >= TOO_MUCH_DEPTHWISE:
        return Choice("float32", f"depthwise convolutions, {depthwise:.0%} of the work, are slow in bfloat16")
    return Choice("mixed_bfloat16", f"the processor has {unit}, and {macs:,} multiply-accumulates a picture pay for it")


def _hint(policy: str, devices: Devices) -> str:
    """Say where a policy that was named is a poor one.

    Measured with AVX2 on two cores, against float32: LeNet-5 takes 11 times as long in bfloat16 and 7 times in
    float16, a VGG-like net 12 and 4 times.
    """
    dtype = policy.removeprefix("mixed_")
    if devices[0].startswith("GPU") or dtype == policy or not lacks_products(dtype):
        return ""
    return f"; the processor has no {dtype} products, and float32 would be several times as fast"


def _depthwise_macs(analysed: NodeAnalysis) -> int:
    """Give the multiply-accumulates of a layer that look at one channel each."""
    layer, shape = analysed.node.layer, analysed.input_shapes[0] if analysed.input_shapes else None
    if isinstance(layer, DepthwiseConv2D):
        return analysed.macs or 0
    if isinstance(layer, SeparableConv2D) and shape is not None:
        return product((*layer.kernel_size, *layer.depthwise_shape(shape))) or 0
    return 0


def _on_gpu(devices: Devices) -> Choice[str]:
    """Choose by what the oldest of the GPUs can multiply."""
    capability = min(compute_capability(name) for name in devices)
    shown = f"compute capability {capability[0]}.{capability[1]}"
    if capability >= BFLOAT16:
        return Choice("mixed_bfloat16", shown)
    return Choice("mixed_float16" if capability >= FLOAT16 else "float32", shown)


def compute_capability(device: str) -> tuple[int, int]:
    """Give the compute capability of `GPU:1`; (0, 0) where the driver does not tell."""
    index = int(device.split(":")[1])
    details = tf.config.experimental.get_device_details(tf.config.list_physical_devices("GPU")[index])
    major, minor = details.get("compute_capability", (0, 0))
    return int(major), int(minor)
