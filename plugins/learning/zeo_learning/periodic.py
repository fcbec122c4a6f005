"""Convolution in a periodic cell.

``F.pad(mode="circular")`` takes half of a training step on a CPU, nearly all of it in the backward pass.
Padding by slices, with a backward pass by slices, removes that. Padding and its backward pass, folding, are
linear and each other's transpose, so that a gradient penalty can be differentiated through both.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class _Pad(torch.autograd.Function):
    """Periodic images around [B, C, X, Y, Z]: some layers before and after along each axis."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, before: int, after: int) -> Tensor:
        ctx.layers = before, after
        sides = x.shape[2:]
        shape = (*x.shape[:2], *(n + before + after for n in sides))
        padded = torch.empty(shape, dtype=x.dtype, device=x.device, memory_format=torch.channels_last_3d)
        padded[:, :, *(slice(before, before + n) for n in sides)] = x
        for axis, n in zip((2, 3, 4), sides, strict=True):
            padded.narrow(axis, 0, before).copy_(padded.narrow(axis, n, before))
            padded.narrow(axis, before + n, after).copy_(padded.narrow(axis, before, after))
        return padded

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = gradients
        return _Fold.apply(gradient, *ctx.layers), None, None  # type: ignore[no-untyped-call]


class _Fold(torch.autograd.Function):
    """The transpose of :class:`_Pad`: every image is added to what it is an image of."""

    @staticmethod
    def forward(ctx: Any, padded: Tensor, before: int, after: int) -> Tensor:
        ctx.layers = before, after
        sides = [n - before - after for n in padded.shape[2:]]
        padded = padded.clone(memory_format=torch.channels_last_3d)
        for axis, n in zip((4, 3, 2), reversed(sides), strict=True):
            padded.narrow(axis, before, after).add_(padded.narrow(axis, before + n, after))
            padded.narrow(axis, n, before).add_(padded.narrow(axis, 0, before))
        inner = padded[:, :, *(slice(before, before + n) for n in sides)]
        return inner.contiguous(memory_format=torch.channels_last_3d)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = gradients
        return _Pad.apply(gradient, *ctx.layers), None, None  # type: ignore[no-untyped-call]


def periodic_pad(x: Tensor, before: int = 1, after: int = 1) -> Tensor:
    """Add layers of periodic images: [B, C, X, Y, Z] -> [B, C, X + before + after, ...].

    No side may be shorter than either number of layers.
    """
    padded: Tensor = _Pad.apply(x, before, after)  # type: ignore[no-untyped-call]
    return padded


class PeriodicConv3d(nn.Conv3d):
    """A convolution of a periodic field, whose sides it divides by its stride.

    Args:
        channels_in: of the field.
        channels_out: of the result.
        kernel: points along each side of the kernel, odd.
        stride: steps of the kernel; the sides of the field are multiples of it.
    """

    def __init__(self, channels_in: int, channels_out: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(channels_in, channels_out, kernel_size=kernel, stride=stride)
        self.before = kernel // 2
        self.after = kernel - self.before - stride

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv3d(
            periodic_pad(x, self.before, self.after), self.weight, self.bias, self.stride
        )
