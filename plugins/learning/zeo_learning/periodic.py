"""Convolution in a periodic cell.

``F.pad(mode="circular")`` takes half of a training step on a CPU, nearly all of it in the backward pass.
Padding by slices, with a backward pass by slices, removes that. Padding and its backward pass, folding, are
linear and each other's transpose, so that a gradient penalty can be differentiated through both.

A penalty differentiates the gradient of a field. For that, torch convolves with the gradient as a kernel as
large as the field; :func:`of_fields_alone` does it by the operations of a training step, in less time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
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


_fields_alone = False


@contextmanager
def of_fields_alone() -> Iterator[None]:
    """Within, gradients that can be differentiated again are those of fields; weights get none.

    T. Karras et al., *Training generative adversarial networks with limited data*, NeurIPS 2020, do likewise.
    """
    global _fields_alone  # it is autograd that calls backward passes: nobody can hand it to them
    _fields_alone = True
    try:
        yield
    finally:
        _fields_alone = False


class _Convolve(torch.autograd.Function):
    """A convolution without padding."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride, ctx.biased = stride, bias is not None
        return functional.conv3d(x, weight, bias, stride)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        x, weight = ctx.saved_tensors
        if _fields_alone:
            of_field = _GradientOfField.apply(gradient, weight, x, ctx.stride)  # type: ignore[no-untyped-call]
            return of_field, None, None, None
        needed = [*ctx.needs_input_grad[:2], ctx.biased and ctx.needs_input_grad[2]]
        return *_backward(gradient, x, weight, ctx.stride, needed), None


class _GradientOfField(torch.autograd.Function):
    """The gradient of a convolution with respect to its field: linear in that of the result."""

    @staticmethod
    def forward(ctx: Any, gradient: Tensor, weight: Tensor, x: Tensor, stride: int) -> Tensor:
        ctx.save_for_backward(gradient, weight)
        ctx.stride = stride
        found = _backward(gradient, x, weight, stride, [True, False, False])[0]
        assert found is not None
        return found

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        gradient, weight = ctx.saved_tensors
        change = gradients[0].contiguous(memory_format=torch.channels_last_3d)
        of_weight = _backward(gradient, change, weight, ctx.stride, [False, True, False])[1]
        return functional.conv3d(change, weight, None, ctx.stride), of_weight, None, None


def _backward(
    gradient: Tensor, x: Tensor, weight: Tensor, stride: int, needed: list[bool]
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    """What torch computes for a convolution; the gradients of field, weight and bias that are needed."""
    found: tuple[Tensor | None, Tensor | None, Tensor | None] = torch.ops.aten.convolution_backward(
        gradient, x, weight, [len(weight)], [stride] * 3, [0] * 3, [1] * 3, False, [0] * 3, 1, needed
    )
    return found


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
        kind, operands = x.device.type, [periodic_pad(x, self.before, self.after), self.weight, self.bias]
        if torch.is_autocast_enabled(kind):
            half = torch.get_autocast_dtype(kind)
            operands = [None if one is None else one.to(half) for one in operands]
        convolved: Tensor = _Convolve.apply(*operands, self.stride[0])  # type: ignore[no-untyped-call]
        return convolved
