"""The networks as one writes them in PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import nn

from benchmarks.contestants.torch_networks.classification import lenet5, residual20, resnet56, vgg_like
from benchmarks.contestants.torch_networks.resnet50 import resnet50
from benchmarks.contestants.torch_networks.unet import UNet
from benchmarks.contestants.torch_networks.yolov8 import YOLOv8

NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "lenet5": lenet5,
    "vgg_like": vgg_like,
    "residual20": residual20,
    "resnet56": resnet56,
    "unet": UNet,
    "yolov8n": partial(YOLOv8, side=320),
    "yolov8n_scenes": partial(YOLOv8, side=64),
    "resnet50": resnet50,
}
