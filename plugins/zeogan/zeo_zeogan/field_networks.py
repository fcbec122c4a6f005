"""The networks of recipe=zeo: a field of noise with a space group becomes a grid with the same.

The generator is the U-Net of zeodiff, run once: what a diffusion does in many steps, it has to do in one. It
is given noise that is equal over the orbits of a space group, and told cell, density and symmetry; what it
draws is averaged over the same orbits. The critic is told the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from zeo_learning.noise import SeededNoise
from zeo_learning.periodic import PeriodicConv3d
from zeo_learning.symmetric import symmetric_noise, symmetrised
from zeo_learning.unet import NetworkOptions, UNet, sinusoids, space_to_depth
from zeo_zeogan.networks import Drawn, Given, GridCritic, GridGenerator, Judged, LeakyRectifier

FEATURES = 8
"""Sinusoids for each scalar that the critic is told."""


class FieldGenerator(GridGenerator):
    """From a field of noise to a grid, at once.

    Args:
        channels: of the grid, and of the noise.
        scalars: that it is told of each framework.
        n: points along each axis, a multiple of 4.
        width: channels at half resolution.
    """

    def __init__(self, channels: int, scalars: int, n: int, width: int) -> None:  # noqa: ARG002
        super().__init__()
        self.channels = channels
        # the first of the scalars takes the place of a noise level
        self.unet = UNet(channels, scalars - 1, NetworkOptions(width=width))

    def begin_at(self, means: Sequence[float]) -> None:
        """Most of a cell holds no atom and attracts nothing: it takes long to come there from one half."""
        bias = self.unet.outward.bias
        assert bias is not None
        with torch.no_grad():
            bias.copy_(torch.logit(torch.tensor(means)).repeat_interleave(len(bias) // len(means)))

    def noise(self, batch: int, given: Given | None) -> Tensor:
        """[B, C, N, N, N]"""
        assert given is not None
        independent = torch.randn(batch, self.channels, *given.labels.shape[1:], device=given.labels.device)
        return symmetric_noise(independent, given.labels)

    def seeded_noise(self, seeds: Sequence[int], given: Given | None) -> Tensor:
        """[B, C, N, N, N]"""
        assert given is not None
        return SeededNoise(seeds, given.labels, self.channels)()

    def forward(self, noise: Tensor, given: Given | None) -> Drawn:
        assert given is not None
        drawn = self.unet(noise, given.scalars[:, 0], given.scalars[:, 1:]).float()
        return Drawn(grid=symmetrised(torch.sigmoid(drawn), given.labels))


class FieldCritic(GridCritic):
    """Residual blocks at a half, a quarter and an eighth of the resolution, pooled over the cell.

    Arguments as above. Nothing is normalised: a norm would hide from the score what is penalised in it.
    """

    def __init__(self, channels: int, scalars: int, n: int, width: int) -> None:  # noqa: ARG002
        super().__init__()
        self.inward = PeriodicConv3d(8 * channels, width)
        self.layers = nn.Sequential(
            Block(width),
            nn.Conv3d(width, 2 * width, 2, stride=2),
            Block(2 * width),
            nn.Conv3d(2 * width, 4 * width, 2, stride=2),
            Block(4 * width),
            LeakyRectifier(),
        )
        self.embed = nn.Sequential(
            nn.Linear(2 * FEATURES * scalars, 4 * width), LeakyRectifier(), nn.Linear(4 * width, 4 * width)
        )
        self.outward = nn.Linear(4 * width, 1)

    def forward(self, grid: Tensor, given: Given | None) -> Judged:
        assert given is not None
        x = space_to_depth(grid).contiguous(memory_format=torch.channels_last_3d)
        x = self.layers(self.inward(x))
        with torch.autocast(grid.device.type, enabled=False):  # half precision has three digits
            pooled = x.float().mean(dim=(2, 3, 4))
            told = self.embed(sinusoids(given.scalars, FEATURES))
            matching = (pooled * told).sum(dim=1) / math.sqrt(pooled.shape[1])
            score: Tensor = self.outward(pooled)[:, 0] + matching
        return Judged(score=score, features=pooled)


class Block(nn.Module):
    """Two periodic convolutions beside a short cut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            LeakyRectifier(),
            PeriodicConv3d(channels, channels),
            LeakyRectifier(),
            PeriodicConv3d(channels, channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = x + self.layers(x)
        return result
