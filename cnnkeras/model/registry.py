"""Which class a node's Keras layer is: ours by one explicit mapping, Keras's where `LAYERS` has the name."""

from __future__ import annotations

from typing import Any

import keras

from cnnkeras.layers import LAYERS
from cnnkeras.model.activation import Activation
from cnnkeras.model.backbones import Backbone
from cnnkeras.model.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D
from cnnkeras.model.detection import DetectionHead, GridHead, LastChannels, PadToMultiple
from cnnkeras.model.initializers import Bilinear, FixedKernel
from cnnkeras.model.normalization import BatchNormalization
from cnnkeras.model.pooling import AveragePooling2D, MaxPooling2D
from cnnkeras.model.resizing import CenterCrop, UpSampling2D
from cnnkeras.model.transposed import Conv2DTranspose

# By the name that Keras registers them under.
OURS: dict[str, Any] = {
    "cnnkeras>Conv2D": Conv2D,
    "cnnkeras>DepthwiseConv2D": DepthwiseConv2D,
    "cnnkeras>SeparableConv2D": SeparableConv2D,
    "cnnkeras>Conv2DTranspose": Conv2DTranspose,
    "cnnkeras>MaxPooling2D": MaxPooling2D,
    "cnnkeras>AveragePooling2D": AveragePooling2D,
    "cnnkeras>UpSampling2D": UpSampling2D,
    "cnnkeras>CenterCrop": CenterCrop,
    "cnnkeras>Activation": Activation,
    "cnnkeras>BatchNormalization": BatchNormalization,
    "cnnkeras>Backbone": Backbone,
    "cnnkeras>DetectionHead": DetectionHead,
    "cnnkeras>GridHead": GridHead,
    "cnnkeras>LastChannels": LastChannels,
    "cnnkeras>PadToMultiple": PadToMultiple,
}
# They are made from inside a layer's configuration.
OUR_INITIALIZERS: dict[str, Any] = {"cnnkeras>Bilinear": Bilinear, "cnnkeras>FixedKernel": FixedKernel}


def layer_class(class_name: str) -> Any:
    """Give the class. Raises KeyError for a name that is neither ours nor in `LAYERS`."""
    if class_name in OURS:
        return OURS[class_name]
    if class_name not in LAYERS:
        raise KeyError(class_name)
    return getattr(keras.layers, class_name)
