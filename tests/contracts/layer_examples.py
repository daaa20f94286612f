"""For every layer type, several configurations and the shapes they are given: what the contract tests run over.

A configuration is what a file says, with tuples for arrays, as the parser makes them.
"""

from __future__ import annotations

from typing import Any

from cnnkeras.layers.base import Shape
from tests.contracts.backbone_examples import BACKBONE_EXAMPLES

Example = tuple[dict[str, Any], tuple[Shape, ...]]

MAP: Shape = (12, 10, 4)
COLOUR: Shape = (12, 10, 3)
GREY: Shape = (12, 10, 1)
ODD: Shape = (9, 7, 4)
VECTOR: Shape = (6,)

PADDINGS: list[Any] = [
    "valid",
    "same",
    "reflect",
    "symmetric",
    "replicate",
    {"mode": "zeros", "amount": 1},
    {"mode": "reflect", "amount": (1, 2)},
    {"mode": "symmetric", "amount": ((0, 1), (2, 1))},
    {"mode": "replicate", "amount": ((2, 0), (1, 1))},
]
EXPLICIT = {"mode": "reflect", "amount": ((1, 0), (0, 1))}
L2 = {"type": "L2", "l2": 0.001}
SMOOTH = ((1, 2, 1), (2, 4, 2), (1, 2, 1))


def of(layer: dict[str, Any], *shapes: Shape) -> Example:
    """Give an example; without shapes, on a map with an even height and width."""
    return layer, shapes or (MAP,)


def _windows(base: dict[str, Any], window: str, *, dilated: bool) -> list[Example]:
    """Give every padding, strides, even and oblong windows, and dilation, for a layer with a window."""
    examples = [of(base | {window: 3, "padding": padding}) for padding in PADDINGS]
    for padding in ("valid", "same", "reflect", "symmetric", "replicate", EXPLICIT):
        examples += [
            of(base | {window: 3, "strides": 2, "padding": padding}),
            of(base | {window: 3, "strides": 2, "padding": padding}, ODD),
            of(base | {window: 2, "strides": 1, "padding": padding}),
            of(base | {window: 4, "strides": 3, "padding": padding}),
            of(base | {window: (2, 5), "strides": 1, "padding": padding}),
        ]
        if dilated:
            examples += [
                of(base | {window: 3, "dilation_rate": 2, "padding": padding}),
                of(base | {window: (3, 2), "dilation_rate": (1, 2), "padding": padding}, ODD),
            ]
    return examples


def _transposed() -> list[Example]:
    base = {"type": "Conv2DTranspose", "filters": 3}
    examples = [
        of(base | {"kernel_size": kernel, "strides": strides, "padding": padding})
        for kernel in (1, 2, 3, 4, (5, 2))
        for strides in (1, 2, (3, 1))
        for padding in ("valid", "same")
        if kernel != 1 or strides == 1
    ]
    return [
        *examples,
        of(base | {"kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 0}),
        of(base | {"kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 1}),
        of(base | {"kernel_size": 4, "strides": 3, "padding": "same", "output_padding": (1, 2)}),
        of(base | {"kernel_size": 2, "strides": 3, "output_padding": (0, 2)}),
        of(base | {"kernel_size": 3, "dilation_rate": 2}),
        of(base | {"kernel_size": (2, 3), "dilation_rate": (3, 1), "padding": "same"}),
        of(base | {"kernel_size": 3, "use_bias": False, "activation": "relu", "trainable": False}),
        of(base | {"kernel_size": 3, "kernel_initializer": "gaussian"}),
    ]


_CONV = {"type": "Conv2D", "filters": 4}
_DEPTHWISE = {"type": "DepthwiseConv2D"}
_SEPARABLE = {"type": "SeparableConv2D", "filters": 5}
_NORMALIZATION = {"center": False, "scale": True, "epsilon": 0.01}
_HALF = {"factor": 0.5}
_ONES = {"value_range": (0, 1)}

LAYER_EXAMPLES: dict[str, list[Example]] = {
    "Conv2D": [
        *_windows(_CONV, "kernel_size", dilated=True),
        of(_CONV | {"kernel_size": 3, "groups": 2}),
        of(_CONV | {"kernel_size": 3, "groups": 4, "padding": "reflect", "strides": 2}),
        of(_CONV | {"kernel_size": 3, "groups": 2, "dilation_rate": 2, "padding": "same"}),
        *[of(_CONV | {"kernel_size": 1, "strides": 2, "padding": padding}) for padding in ("valid", "same", "reflect")],
        of(_CONV | {"kernel_size": 1, "use_bias": False, "activation": "relu"}),
        of(_CONV | {"kernel_size": 3, "strides": (1, 2), "activation": "softmax", "trainable": False}),
        of(_CONV | {"kernel_size": 3, "kernel_initializer": "sobel_x", "use_bias": False, "trainable": False}),
        of(_CONV | {"kernel_size": (3, 5), "kernel_initializer": {"type": "gaussian", "sigma": 1.2}}),
        of(_CONV | {"kernel_size": 3, "kernel_initializer": SMOOTH, "padding": "symmetric"}),
        of(
            {"type": "Conv2D", "filters": 2, "kernel_size": (1, 2), "kernel_initializer": ((((1, 2),), ((3, 4),)),)},
            GREY,
        ),
        of(
            _CONV
            | {
                "kernel_size": 3,
                "kernel_initializer": {"type": "HeNormal", "seed": 3},
                "kernel_regularizer": L2,
                "bias_initializer": {"type": "Constant", "value": 0.1},
                "bias_regularizer": "l1",
                "activity_regularizer": "L2",
                "kernel_constraint": {"type": "MaxNorm", "max_value": 2, "axis": (0, 1, 2)},
                "bias_constraint": "non_neg",
            }
        ),
    ],
    "DepthwiseConv2D": [
        *_windows(_DEPTHWISE, "kernel_size", dilated=True),
        of(_DEPTHWISE | {"kernel_size": 3, "depth_multiplier": 3, "activation": "relu"}),
        of(_DEPTHWISE | {"kernel_size": 3, "depth_multiplier": 2, "padding": "reflect", "strides": 2}),
        of(_DEPTHWISE | {"kernel_size": 3, "strides": 2, "dilation_rate": 2, "padding": "same"}),
        of(_DEPTHWISE | {"kernel_size": 3, "strides": 2, "dilation_rate": 2, "padding": "replicate"}),
        of(_DEPTHWISE | {"kernel_size": 3, "depthwise_initializer": "laplace", "use_bias": False, "trainable": False}),
        of(_DEPTHWISE | {"kernel_size": 3, "depthwise_initializer": SMOOTH, "padding": "replicate"}),
        of(_DEPTHWISE | {"kernel_size": 3, "depthwise_regularizer": L2, "depthwise_constraint": "unit_norm"}),
    ],
    "SeparableConv2D": [
        *_windows(_SEPARABLE, "kernel_size", dilated=True),
        of(_SEPARABLE | {"kernel_size": 3, "depth_multiplier": 2, "activation": "relu", "use_bias": False}),
        of(_SEPARABLE | {"kernel_size": 3, "strides": 2, "padding": "symmetric", "trainable": False}),
        of(_SEPARABLE | {"kernel_size": 3, "depthwise_initializer": "mean", "pointwise_initializer": "ones"}),
        of(_SEPARABLE | {"kernel_size": 3, "pointwise_regularizer": "l2", "pointwise_constraint": "max_norm"}),
    ],
    "Conv2DTranspose": _transposed(),
    "MaxPooling2D": [
        *_windows({"type": "MaxPooling2D"}, "pool_size", dilated=False),
        of({"type": "MaxPooling2D"}),
        of({"type": "MaxPooling2D", "pool_size": (3, 2)}, ODD),
    ],
    "AveragePooling2D": [
        *_windows({"type": "AveragePooling2D"}, "pool_size", dilated=False),
        of({"type": "AveragePooling2D", "pool_size": 2}),
        of({"type": "AveragePooling2D", "pool_size": (3, 2)}, ODD),
    ],
    "GlobalMaxPooling2D": [of({"type": "GlobalMaxPooling2D"}), of({"type": "GlobalMaxPooling2D", "keepdims": True})],
    "GlobalAveragePooling2D": [
        of({"type": "GlobalAveragePooling2D"}),
        of({"type": "GlobalAveragePooling2D", "keepdims": True}),
    ],
    "ZeroPadding2D": [
        of({"type": "ZeroPadding2D"}),
        of({"type": "ZeroPadding2D", "padding": (2, 0)}),
        of({"type": "ZeroPadding2D", "padding": ((1, 2), (0, 3))}),
    ],
    "Cropping2D": [
        of({"type": "Cropping2D"}),
        of({"type": "Cropping2D", "cropping": 2}),
        of({"type": "Cropping2D", "cropping": ((1, 2), (0, 3))}),
    ],
    "CenterCrop": [
        of({"type": "CenterCrop", "height": 7, "width": 4}),
        of({"type": "CenterCrop", "height": 12, "width": 10}),
        of({"type": "CenterCrop", "height": 20, "width": 4}),
    ],
    "UpSampling2D": [
        of({"type": "UpSampling2D"}),
        of({"type": "UpSampling2D", "size": (3, 1)}),
        *(
            of({"type": "UpSampling2D", "size": size, "interpolation": interpolation})
            for interpolation in ("bilinear", "bicubic", "lanczos3", "lanczos5")
            for size in (2, (3, 4))
        ),
    ],
    "Resizing": [
        of({"type": "Resizing", "height": 24, "width": 30}),
        of({"type": "Resizing", "height": 12, "width": 10}),
        of({"type": "Resizing", "height": 5, "width": 17, "interpolation": "nearest"}),
        of({"type": "Resizing", "height": 8, "width": 8, "crop_to_aspect_ratio": True, "antialias": True}),
        of({"type": "Resizing", "height": 8, "width": 8, "pad_to_aspect_ratio": True, "fill_value": 1}),
    ],
    "Flatten": [of({"type": "Flatten"}), of({"type": "Flatten"}, VECTOR)],
    "Reshape": [
        of({"type": "Reshape", "target_shape": (-1, 5, 4)}),
        of({"type": "Reshape", "target_shape": (480,)}),
        of({"type": "Reshape", "target_shape": (3, -1, 1)}, VECTOR),
        of({"type": "Reshape", "target_shape": (12, 10, 4)}),
    ],
    "Permute": [
        of({"type": "Permute", "dims": (2, 1, 3)}),
        of({"type": "Permute", "dims": (3, 1, 2)}),
        of({"type": "Permute", "dims": (1, 2, 3)}),
        of({"type": "Permute", "dims": (1,)}, VECTOR),
    ],
    "Dense": [
        of({"type": "Dense", "units": 3}, VECTOR),
        of({"type": "Dense", "units": 3, "use_bias": False, "activation": "softmax"}, VECTOR),
        of({"type": "Dense", "units": 3, "trainable": False}),
        of(
            {
                "type": "Dense",
                "units": 6,
                "kernel_initializer": "identity",
                "bias_initializer": "ones",
                "kernel_regularizer": "orthogonal_regularizer",
                "kernel_constraint": {"type": "MinMaxNorm", "axis": 1},
            },
            VECTOR,
        ),
    ],
    "Identity": [of({"type": "Identity"})],
    "ActivityRegularization": [
        of({"type": "ActivityRegularization", "l1": 0.1, "l2": 0.2}),
        of({"type": "ActivityRegularization"}),
    ],
    "Dropout": [
        of({"type": "Dropout", "rate": 0.5}, VECTOR),
        of({"type": "Dropout", "rate": 0.2, "noise_shape": (None, 1, 1, 4), "seed": 1}),
        of({"type": "Dropout", "rate": 0.5, "noise_shape": (1, None, None, None)}),
        of({"type": "Dropout", "rate": 0}),
        of({"type": "Dropout", "rate": 0, "noise_shape": (1, None, None, None)}),
    ],
    "AlphaDropout": [of({"type": "AlphaDropout", "rate": 0.5}, VECTOR)],
    "SpatialDropout2D": [of({"type": "SpatialDropout2D", "rate": 0.5, "seed": 2})],
    "GaussianNoise": [of({"type": "GaussianNoise", "stddev": 0.1})],
    "GaussianDropout": [of({"type": "GaussianDropout", "rate": 0.3})],
    "BatchNormalization": [
        of({"type": "BatchNormalization"}),
        of({"type": "BatchNormalization"}, VECTOR),
        of({"type": "BatchNormalization", "axis": 3, "momentum": 0.9}),
        of({"type": "BatchNormalization", "axis": 1, "scale": False}),
        of({"type": "BatchNormalization", "center": False, "trainable": False}),
        of({"type": "BatchNormalization", "synchronized": True}),
        of({"type": "BatchNormalization", "gamma_initializer": "zeros", "beta_regularizer": "l2"}),
    ],
    "LayerNormalization": [
        of({"type": "LayerNormalization"}),
        of({"type": "LayerNormalization"}, VECTOR),
        of({"type": "LayerNormalization", "axis": (1, 2, 3)} | _NORMALIZATION),
        of({"type": "LayerNormalization", "axis": (-1, -2)}),
        of({"type": "LayerNormalization", "axis": (1, -1)}),
    ],
    "GroupNormalization": [
        of({"type": "GroupNormalization", "groups": 2}),
        of({"type": "GroupNormalization", "groups": -1}),
        of({"type": "GroupNormalization", "groups": 3} | _NORMALIZATION, VECTOR),
        of({"type": "GroupNormalization", "groups": 5, "axis": 2}),
    ],
    "RMSNormalization": [of({"type": "RMSNormalization"}), of({"type": "RMSNormalization", "axis": 1}, VECTOR)],
    "UnitNormalization": [of({"type": "UnitNormalization"}), of({"type": "UnitNormalization", "axis": (1, 2)})],
    "Activation": [
        of({"type": "Activation", "activation": "relu"}),
        of({"type": "Activation", "activation": "softmax"}, VECTOR),
        of({"type": "Activation", "activation": "gelu"}),
        of({"type": "Activation", "activation": "sparsemax"}, VECTOR),
    ],
    "ReLU": [of({"type": "ReLU"}), of({"type": "ReLU", "max_value": 6, "negative_slope": 0.1, "threshold": 0.5})],
    "LeakyReLU": [of({"type": "LeakyReLU"}), of({"type": "LeakyReLU", "negative_slope": 0.1}, VECTOR)],
    "ELU": [of({"type": "ELU"}), of({"type": "ELU", "alpha": 0.5}, VECTOR)],
    "PReLU": [
        of({"type": "PReLU"}),
        of({"type": "PReLU", "shared_axes": (1, 2), "alpha_initializer": "he_normal"}),
        of({"type": "PReLU", "shared_axes": 3, "alpha_regularizer": "l1", "alpha_constraint": "non_neg"}),
        of({"type": "PReLU", "trainable": False}, VECTOR),
    ],
    "Softmax": [of({"type": "Softmax"}, VECTOR), of({"type": "Softmax"}), of({"type": "Softmax", "axis": (1, 2)})],
    "Add": [
        of({"type": "Add"}, MAP, MAP),
        of({"type": "Add"}, MAP, MAP, MAP),
        of({"type": "Add"}, MAP, (4,)),
        of({"type": "Add"}, (1, 10, 1), MAP),
    ],
    "Subtract": [of({"type": "Subtract"}, MAP, MAP), of({"type": "Subtract"}, VECTOR, VECTOR)],
    "Multiply": [of({"type": "Multiply"}, MAP, MAP), of({"type": "Multiply"}, MAP, (1, 1, 4))],
    "Average": [of({"type": "Average"}, MAP, MAP), of({"type": "Average"}, MAP, MAP, MAP)],
    "Maximum": [of({"type": "Maximum"}, MAP, MAP), of({"type": "Maximum"}, MAP, (12, 10, 1))],
    "Minimum": [of({"type": "Minimum"}, MAP, MAP), of({"type": "Minimum"}, MAP, (12, 10, 1))],
    "Concatenate": [
        of({"type": "Concatenate"}, MAP, COLOUR, GREY),
        of({"type": "Concatenate", "axis": 1}, MAP, (3, 10, 4)),
        of({"type": "Concatenate", "axis": -2}, MAP, (12, 2, 4)),
        of({"type": "Concatenate"}, VECTOR, (2,)),
    ],
    "Rescaling": [
        of({"type": "Rescaling", "scale": 0.00392156862745098}),
        of({"type": "Rescaling", "scale": 2, "offset": -1}, VECTOR),
        of({"type": "Rescaling", "scale": (1.0, 2.0, 3.0), "offset": (0.0, -1.0, 1.0)}, COLOUR),
    ],
    "Normalization": [
        of({"type": "Normalization", "mean": 0.5, "variance": 0.25}),
        of({"type": "Normalization", "mean": (1.0, 2.0, 3.0), "variance": (1.0, 4.0, 9.0)}, COLOUR),
        of({"type": "Normalization", "axis": None, "mean": 1, "variance": 2, "invert": True}),
    ],
    "RandomFlip": [of({"type": "RandomFlip", "mode": mode}, GREY) for mode in ("horizontal", "vertical")],
    "RandomRotation": [
        of({"type": "RandomRotation", "factor": 0.1}),
        of({"type": "RandomRotation", "factor": (-0.1, 0.2), "fill_mode": "constant", "seed": 4}, GREY),
    ],
    "RandomTranslation": [
        of({"type": "RandomTranslation", "height_factor": 0.1, "width_factor": (-0.2, 0.1), "fill_mode": "nearest"})
    ],
    "RandomZoom": [
        of({"type": "RandomZoom", "height_factor": 0.2}),
        of({"type": "RandomZoom", "height_factor": (-0.2, 0.1), "width_factor": 0.1, "interpolation": "nearest"}),
    ],
    "RandomShear": [
        of({"type": "RandomShear"}),
        of({"type": "RandomShear", "x_factor": (0, 0.2), "y_factor": (0.1, 0.2)}),
    ],
    "RandomPerspective": [of({"type": "RandomPerspective"}), of({"type": "RandomPerspective", "scale": 0.2} | _HALF)],
    "RandomElasticTransform": [
        of({"type": "RandomElasticTransform"}),
        of({"type": "RandomElasticTransform", "fill_mode": "wrap"} | _HALF | _ONES),
    ],
    "RandomErasing": [
        of({"type": "RandomErasing"}),
        of({"type": "RandomErasing", "fill_value": 0.5} | _HALF | _ONES, GREY),
    ],
    "RandomBrightness": [of({"type": "RandomBrightness", "factor": (-0.1, 0.2)} | _ONES, GREY)],
    "RandomContrast": [of({"type": "RandomContrast"} | _HALF | _ONES), of({"type": "RandomContrast", "factor": 0.1})],
    "RandomColorJitter": [
        of({"type": "RandomColorJitter"} | _ONES, COLOUR),
        of(
            {
                "type": "RandomColorJitter",
                "brightness_factor": 0.1,
                "contrast_factor": 0.1,
                "saturation_factor": (0.4, 0.6),
                "hue_factor": 0.1,
                "seed": 5,
            }
            | _ONES,
            COLOUR,
        ),
    ],
    "RandomColorDegeneration": [of({"type": "RandomColorDegeneration"} | _HALF | _ONES, COLOUR)],
    "RandomHue": [of({"type": "RandomHue"} | _HALF | _ONES, COLOUR)],
    "RandomSaturation": [of({"type": "RandomSaturation"} | _HALF | _ONES, COLOUR)],
    "RandomSharpness": [of({"type": "RandomSharpness"} | _HALF | _ONES, GREY)],
    "RandomPosterization": [
        of({"type": "RandomPosterization", "factor": 4}),
        of({"type": "RandomPosterization", "factor": (2, 6)}),
    ],
    "RandomInvert": [of({"type": "RandomInvert"} | _HALF | _ONES, GREY)],
    "RandomGaussianBlur": [
        of({"type": "RandomGaussianBlur"} | _ONES),
        of({"type": "RandomGaussianBlur", "kernel_size": (3, 5), "sigma": (0.5, 1)} | _HALF | _ONES, GREY),
    ],
    "RandomGrayscale": [of({"type": "RandomGrayscale"}, COLOUR), of({"type": "RandomGrayscale", "factor": 1}, GREY)],
    "Solarization": [of({"type": "Solarization", "threshold_factor": 0.5, "addition_factor": (0, 0.1)} | _ONES, GREY)],
    "LastChannels": [of({"type": "LastChannels", "channels": 3})],
    "PadToMultiple": [
        of({"type": "PadToMultiple", "multiple": 8}),
        of({"type": "PadToMultiple", "multiple": 1}, ODD),
    ],
    "DetectionHead": [
        of({"type": "DetectionHead"}, (6, 5, 66), (3, 3, 66)),
        of({"type": "DetectionHead", "reg_max": 4, "expected_objects": 100.0}, (4, 4, 17)),
    ],
    "GridHead": [of({"type": "GridHead"}, (7, 7, 13)), of({"type": "GridHead", "boxes": 1}, (1, 1, 8))],
    **BACKBONE_EXAMPLES,
}
