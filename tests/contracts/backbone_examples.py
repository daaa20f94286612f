"""Small backbones of every class, and of every branch in them: what the contract tests run over."""

from __future__ import annotations

from typing import Any

from cnnkeras.layers.base import Shape

EVEN: Shape = (64, 48, 3)
UNEVEN: Shape = (70, 50, 1)

RESIDUAL = {"stackwise_filters": (8, 16, 24), "stackwise_blocks": (2, 2, 3), "stackwise_strides": (1, 2, 2)}
BASIC = {"stackwise_filters": (64, 24), "stackwise_blocks": (2, 2), "block_type": "basic_block"}
DARKNET = {"stackwise_channels": (8, 16, 24), "stackwise_depth": (1, 2, 1)}
EFFICIENT = {
    "stackwise_kernel_sizes": (3, 3, 5, 3),
    "stackwise_num_repeats": (1, 2, 2, 1),
    "stackwise_input_filters": (16, 16, 32, 48),
    "stackwise_output_filters": (16, 32, 48, 48),
    "stackwise_expansion_ratios": (1, 4, 4, 1),
    "stackwise_squeeze_and_excite_ratios": (0.0, 0.25, 0.25, 0.25),
    "stackwise_strides": (1, 2, 2, 1),
    "stackwise_conv_types": ("fused", "fused", "unfused", "unfused"),
}
CONFIGURATIONS: dict[str, list[dict[str, Any]]] = {
    "ResNetBackbone": [RESIDUAL, BASIC | {"stackwise_strides": (1, 2), "include_rescaling": True}],
    "ResNetV2Backbone": [
        RESIDUAL | {"stackwise_dilations": (1, 1, 2)},
        BASIC | {"stackwise_strides": (2, 2), "trainable": False},
    ],
    "DenseNetBackbone": [{"stackwise_num_repeats": (2, 3, 1), "growth_rate": 8, "compression_ratio": 0.4}],
    "CSPDarkNetBackbone": [DARKNET, DARKNET | {"use_depthwise": True}],
    "YOLOV8Backbone": [DARKNET],
    "EfficientNetV2Backbone": [EFFICIENT | {"width_coefficient": 1.1, "depth_coefficient": 1.2}],
    "VGG16Backbone": [{}],
}
BACKBONE_EXAMPLES = {
    name: [({"type": name, **fields}, (shape,)) for fields in configurations for shape in (EVEN, UNEVEN)]
    for name, configurations in CONFIGURATIONS.items()
}
