"""What training and sampling know of any pair of networks."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from attrs import frozen
from torch import Tensor, nn
from torch.nn import functional

from zeo_learning.noise import SeededNoise

SLOPE = 0.2
"""Of leaky rectifiers below zero. The paper does not say."""


@frozen(eq=False, kw_only=True)
class Given:
    """The frameworks whose places the grids of a batch are to take, for networks that are told of them.

    Args:
        scalars: [B, S], cell, density and symmetry; see :class:`zeo_learning.condition.Conditions`.
        labels: int64 [B, N, N, N], the orbits of the points under the symmetry of each.
    """

    scalars: Tensor
    labels: Tensor

    def of(self, chosen: Sequence[int]) -> Given:
        """Some of the frameworks."""
        return Given(scalars=self.scalars[list(chosen)], labels=self.labels[list(chosen)])


@frozen(eq=False, kw_only=True)
class Start:
    """What the grids of a batch are drawn from.

    Args:
        field: what the generator is given: noise, and maybe something of a grid in it.
        angle: [B], radians; its sine multiplies noise and its cosine the grid; a quarter turn is noise alone.
    """

    field: Tensor
    angle: Tensor


def noise_alone(noise: Tensor) -> Start:
    """Noise [B, ...] with nothing in it."""
    return Start(field=noise, angle=noise.new_full((len(noise),), math.pi / 2))


@frozen(eq=False, kw_only=True)
class Drawn:
    """What a generator draws.

    Args:
        grid: [B, C, N, N, N], as the networks see it, in [0, 1].
        edges: [B, 3], logits of the edges of the cell in units of :data:`zeo_zeogan.lattice.UNIT`; None where
            the cell is given.
    """

    grid: Tensor
    edges: Tensor | None = None


@frozen(eq=False, kw_only=True)
class Scored:
    """What a critic says of grids.

    Args:
        score: [B], higher for what looks real.
        features: [B, F], of the last hidden layer.
    """

    score: Tensor
    features: Tensor


class GridGenerator(nn.Module, ABC):
    """Makes grids of noise."""

    def begin_at(self, means: Sequence[float], spreads: Sequence[float]) -> None:
        """Learn of means and standard deviations of the channels in real grids, if that matters."""

    @abstractmethod
    def begin(self, real: Tensor, given: Given | None) -> Start:
        """What a training draws from, beside real grids [B, C, N, N, N]; by torch's own random numbers."""

    @abstractmethod
    def draw(self, seeds: Sequence[int], given: Given | None, passes: int) -> Drawn:
        """One grid from each seed, whatever its neighbours are.

        Args:
            seeds: of the noise.
            given: the frameworks whose places the grids take, for networks that are told of them.
            passes: at most; networks that only draw from noise alone need one.
        """

    def again(self, grids: Tensor, noise: SeededNoise, given: Given, passes: int) -> Tensor:  # noqa: ARG002
        """Grids [B, C, N, N, N] that went back to noise and were drawn on; as they are, for networks that
        draw from noise alone."""
        return grids

    @abstractmethod
    def forward(self, start: Start, given: Given | None) -> Drawn:
        """One pass."""


class GridCritic(nn.Module, ABC):
    """Tells real grids from drawn ones."""

    @abstractmethod
    def forward(self, grid: Tensor, given: Given | None) -> Scored:
        """Judge grids [B, C, N, N, N]."""

    def edges(self, scored: Scored) -> Tensor | None:  # noqa: ARG002
        """The edges that it finds in grids, as in :class:`Drawn`; None where it looks for none."""
        return None


class LeakyRectifier(nn.Module):
    """x where it is positive, a fifth of it elsewhere.

    Where a gradient is differentiated again, torch's own sends zeros back through the whole network.
    """

    def forward(self, x: Tensor) -> Tensor:
        rectified: Tensor = _Rectify.apply(x)  # type: ignore[no-untyped-call]
        return rectified


class _Rectify(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return functional.leaky_relu(x, SLOPE)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (gradient,), (x,) = gradients, ctx.saved_tensors
        sloped: Tensor = _Slope.apply(gradient, x)  # type: ignore[no-untyped-call]
        return sloped


class _Slope(torch.autograd.Function):
    """A gradient times the slope at x: linear in the gradient, and nothing to x."""

    @staticmethod
    def forward(ctx: Any, gradient: Tensor, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        sloped: Tensor = torch.ops.aten.leaky_relu_backward(gradient, x, SLOPE, False)
        return sloped

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (gradient,), (x,) = gradients, ctx.saved_tensors
        return _Slope.apply(gradient, x), None  # type: ignore[no-untyped-call]
