"""What several networks are made of, with Keras's numbers, so that all begin alike and learn alike."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn


def convolution(
    before: int,
    filters: int,
    kernel_size: int = 3,
    stride: int = 1,
    bias: bool = False,
    epsilon: float = 1e-3,
    momentum: float = 0.9,
) -> nn.Sequential:
    """Give a convolution with normalization behind it, `epsilon` and `momentum` as Keras has them."""
    return nn.Sequential(
        nn.Conv2d(before, filters, kernel_size, stride, padding=kernel_size // 2, bias=bias),
        # PyTorch counts momentum from the other end.
        nn.BatchNorm2d(filters, eps=epsilon, momentum=1 - momentum),
    )


def begin_like_keras(model: nn.Module) -> nn.Module:
    """Set kernels to Glorot's uniform distribution and biases to zero."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return model


def count_parameters(model: nn.Module) -> int:
    """Count parameters, normalization's statistics and other constants, as Keras counts them."""
    tensors: Iterable[nn.Parameter] = model.parameters()
    constants = [buffer for buffer in model.buffers() if buffer.ndim]
    return sum(tensor.numel() for tensor in [*tensors, *constants])
