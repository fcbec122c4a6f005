"""The network: a U-Net on a periodic grid, told the noise level and the cell.

Blocks of 2 x 2 x 2 points become channels at the input (space to depth), so that the wide layers run at half
the resolution: an eighth of the work, and matrices large enough for matrix units. The middle blocks together
see the whole of a cell of 32 points, so there is no attention: it took a sixth of the time for nothing.
"""

from __future__ import annotations

import math
from typing import TypeVar

import torch
from attrs import frozen
from torch import Tensor, nn
from torch.nn import functional

from zeo.plugin.options import option
from zeo_learning.periodic import PeriodicConv3d

GROUPS = 8
"""Of group normalisation."""

HIGHEST_RATE = 30.0
"""Radians per unit of the sinusoids that encode a scalar: finer ones would tell the network which framework
of the training set it sees."""


@frozen(kw_only=True)
class NetworkOptions:
    """The shape of the network; stored with the weights."""

    width: int = option(64, "channels at half resolution; twice that at a quarter", at_least=8)
    blocks: int = option(2, "residual blocks on each side at half resolution", at_least=1)
    middle: int = option(3, "residual blocks at a quarter of the resolution", at_least=1)
    embedding: int = option(256, "width of the embedding of noise level and cell", at_least=8)
    features: int = option(16, "sinusoids for each scalar of the condition", at_least=2)


class UNet(nn.Module):
    """Maps a grid, a noise level and scalars to a grid.

    Args:
        channels: of the grid.
        scalars: how many numbers describe the cell and the targets.
        options: width and depth.
    """

    def __init__(self, channels: int, scalars: int, options: NetworkOptions) -> None:
        super().__init__()
        width, embedding = options.width, options.embedding
        self.features = options.features
        self.embed = nn.Sequential(
            nn.Linear(2 * options.features * (1 + scalars), embedding),
            nn.SiLU(),
            nn.Linear(embedding, embedding),
            nn.SiLU(),
        )
        self.inward = nn.Conv3d(8 * channels, width, 1)
        self.down = nn.ModuleList(ResidualBlock(width, width, embedding) for _ in range(options.blocks))
        self.coarser = nn.Conv3d(width, 2 * width, 2, stride=2)
        self.middle = nn.ModuleList(
            ResidualBlock(2 * width, 2 * width, embedding) for _ in range(options.middle)
        )
        self.finer = nn.ConvTranspose3d(2 * width, width, 2, stride=2)
        self.up = nn.ModuleList(
            ResidualBlock(2 * width if k == 0 else width, width, embedding) for k in range(options.blocks)
        )
        self.normalise = nn.GroupNorm(GROUPS, width)
        self.outward = zeroed(nn.Conv3d(width, 8 * channels, 1))

    def forward(self, x: Tensor, level: Tensor, scalars: Tensor) -> Tensor:
        """Predict.

        Args:
            x: [B, C, X, Y, Z]; the sides are multiples of 4.
            level: [B], a smooth measure of the noise.
            scalars: [B, S], of order 1.
        """
        embedding = self.embed(sinusoids(torch.cat([level[:, None], scalars], dim=1), self.features))
        x = space_to_depth(x).contiguous(memory_format=torch.channels_last_3d)
        x = self.inward(x)
        for block in self.down:
            x = block(x, embedding)
        coarse = self.coarser(x)
        for block in self.middle:
            coarse = block(coarse, embedding)
        x = torch.cat([x, self.finer(coarse)], dim=1)
        for block in self.up:
            x = block(x, embedding)
        return depth_to_space(self.outward(functional.silu(self.normalise(x))))


class ResidualBlock(nn.Module):
    """Two periodic convolutions beside a short cut; the embedding scales and shifts between them."""

    def __init__(self, channels_in: int, channels_out: int, embedding: int) -> None:
        super().__init__()
        self.normalise_in = nn.GroupNorm(GROUPS, channels_in)
        self.convolve_in = PeriodicConv3d(channels_in, channels_out)
        self.normalise_out = nn.GroupNorm(GROUPS, channels_out)
        self.convolve_out = zeroed(PeriodicConv3d(channels_out, channels_out))
        self.modulate = nn.Linear(embedding, 2 * channels_out)
        self.skip = nn.Identity() if channels_in == channels_out else nn.Conv3d(channels_in, channels_out, 1)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        h = self.convolve_in(functional.silu(self.normalise_in(x)))
        scale, shift = self.modulate(embedding)[:, :, None, None, None].chunk(2, dim=1)
        h = torch.addcmul(shift, self.normalise_out(h), 1 + scale)  # in one pass
        result: Tensor = self.skip(x) + self.convolve_out(functional.silu(h))
        return result


Layer = TypeVar("Layer", bound=nn.Conv3d)


def zeroed(layer: Layer) -> Layer:
    """A layer that starts as zero, so that the block around it starts as the identity."""
    nn.init.zeros_(layer.weight)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer


def sinusoids(values: Tensor, count: int) -> Tensor:
    """Encode scalars [B, S] as [B, 2 count S] sines and cosines, wavelengths in geometric progression."""
    rates = torch.exp(torch.linspace(0.0, math.log(HIGHEST_RATE), count, device=values.device))
    phases = (values[:, :, None] * rates).flatten(1)
    return torch.cat([phases.sin(), phases.cos()], dim=1)


def space_to_depth(x: Tensor) -> Tensor:
    """[B, C, X, Y, Z] -> [B, 8 C, X/2, Y/2, Z/2]."""
    batch, channels, nx, ny, nz = x.shape
    x = x.reshape(batch, channels, nx // 2, 2, ny // 2, 2, nz // 2, 2)
    return x.permute(0, 1, 3, 5, 7, 2, 4, 6).reshape(batch, 8 * channels, nx // 2, ny // 2, nz // 2)


def depth_to_space(x: Tensor) -> Tensor:
    """The inverse of :func:`space_to_depth`."""
    batch, channels, nx, ny, nz = x.shape
    x = x.reshape(batch, channels // 8, 2, 2, 2, nx, ny, nz)
    return x.permute(0, 1, 5, 2, 6, 3, 7, 4).reshape(batch, channels // 8, 2 * nx, 2 * ny, 2 * nz)
