"""Convolution in a periodic cell.

``F.pad(mode="circular")`` takes half of a training step on a CPU, nearly all of it in the backward pass.
Padding by slices, with a backward pass by slices, removes that.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class _PeriodicPad(torch.autograd.Function):
    """One layer of periodic images around [B, C, X, Y, Z]."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ARG004
        shape = (*x.shape[:2], *(n + 2 for n in x.shape[2:]))
        padded = torch.empty(shape, dtype=x.dtype, device=x.device, memory_format=torch.channels_last_3d)
        padded[:, :, 1:-1, 1:-1, 1:-1] = x
        for axis in (2, 3, 4):
            n = padded.shape[axis]
            padded.select(axis, 0).copy_(padded.select(axis, n - 2))
            padded.select(axis, n - 1).copy_(padded.select(axis, 1))
        return padded

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ARG004
        (gradient,) = gradients
        gradient = gradient.clone(memory_format=torch.channels_last_3d)
        for axis in (4, 3, 2):
            n = gradient.shape[axis]
            gradient.select(axis, 1).add_(gradient.select(axis, n - 1))
            gradient.select(axis, n - 2).add_(gradient.select(axis, 0))
        inner = gradient[:, :, 1:-1, 1:-1, 1:-1]
        return inner.contiguous(memory_format=torch.channels_last_3d)


def periodic_pad(x: Tensor) -> Tensor:
    """Add one layer of periodic images: [B, C, X, Y, Z] -> [B, C, X + 2, Y + 2, Z + 2]."""
    padded: Tensor = _PeriodicPad.apply(x)  # type: ignore[no-untyped-call]
    return padded


class PeriodicConv3d(nn.Conv3d):
    """A 3 x 3 x 3 convolution of a periodic field."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__(channels_in, channels_out, kernel_size=3)

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv3d(periodic_pad(x), self.weight, self.bias)
