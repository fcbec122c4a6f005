"""Encoder and decoder of grids: periodic convolutions, told the cell, the density and the space group."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from zeo_learning.periodic import PeriodicConv3d
from zeo_learning.symmetric import symmetrised
from zeo_learning.unet import GROUPS, ResidualBlock, depth_to_space, space_to_depth, zeroed
from zeo_zeovae.layers import EMBEDDING, Told

FOLDED = 4
"""Points along each axis that become channels at the input, so that the layers run at a quarter and an eighth
of the resolution."""

COARSE = 2 * FOLDED


class GridEncoder(nn.Module):
    """Periodic convolutions down to an eighth of the resolution; the latent vector is a field there.

    Args:
        channels: of the grid.
        side: points along each axis, a multiple of 8.
        latent: D, a multiple of the points at an eighth of the resolution.
        width: channels at a quarter of it.
    """

    def __init__(self, channels: int, side: int, latent: int, width: int) -> None:
        super().__init__()
        self.told = Told()
        self.inward = PeriodicConv3d(channels * FOLDED**3, width)
        self.fine = ResidualBlock(width, width, EMBEDDING)
        self.coarser = nn.Conv3d(width, 2 * width, 2, stride=2)
        self.coarse = ResidualBlock(2 * width, 2 * width, EMBEDDING)
        self.normalise = nn.GroupNorm(GROUPS, 2 * width)
        self.outward = nn.Conv3d(2 * width, 2 * latent // (side // COARSE) ** 3, 1)

    def forward(self, array: Tensor, told: Tensor) -> Tensor:
        embedding = self.told(told)
        folded = space_to_depth(space_to_depth(array)).contiguous(memory_format=torch.channels_last_3d)
        x = self.fine(self.inward(folded), embedding)
        x = self.coarse(self.coarser(x), embedding)
        found: Tensor = self.outward(functional.silu(self.normalise(x)))
        return found.flatten(1)


class GridDecoder(nn.Module):
    """The same backwards, averaged over the orbits of the points. Arguments as above."""

    def __init__(self, channels: int, side: int, latent: int, width: int) -> None:
        super().__init__()
        self.coarse_side = side // COARSE
        self.told = Told()
        self.inward = nn.Conv3d(latent // self.coarse_side**3, 2 * width, 1)
        self.coarse = nn.ModuleList(ResidualBlock(2 * width, 2 * width, EMBEDDING) for _ in range(2))
        self.finer = nn.ConvTranspose3d(2 * width, width, 2, stride=2)
        self.fine = nn.ModuleList(ResidualBlock(width, width, EMBEDDING) for _ in range(2))
        self.normalise = nn.GroupNorm(GROUPS, width)
        self.outward = zeroed(PeriodicConv3d(width, channels * FOLDED**3))

    def forward(self, latent: Tensor, told: Tensor, labels: Tensor) -> Tensor:
        embedding = self.told(told)
        side = self.coarse_side
        x = self.inward(latent.reshape(len(latent), -1, side, side, side))
        for block in self.coarse:
            x = block(x, embedding)
        x = self.finer(x)
        for block in self.fine:
            x = block(x, embedding)
        folded = self.outward(functional.silu(self.normalise(x)))
        return symmetrised(depth_to_space(depth_to_space(folded)).float(), labels)
