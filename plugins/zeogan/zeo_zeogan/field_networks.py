"""The networks of recipe=zeo: a field of noise with a space group becomes a grid with the same.

The generator is the U-Net of zeodiff. It is given noise that is equal over the orbits of a space group, and
told cell, density and symmetry; what it draws is averaged over the same orbits. The critic is told the same.

Few passes do what a diffusion does in many: the first draws from noise alone, and each of the others from
what the last one drew, under noise that hides its faults (Z. Xiao, K. Kreis, A. Vahdat, *Tackling the
generative learning trilemma with denoising diffusion GANs*, ICLR 2022). A training begins some grids with
noise alone and some with real grids under noise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from zeo_learning.noise import SeededNoise
from zeo_learning.periodic import PeriodicConv3d
from zeo_learning.restarts import beneath
from zeo_learning.symmetric import symmetric_noise, symmetrised
from zeo_learning.unet import NetworkOptions, UNet, sinusoids, space_to_depth
from zeo_zeogan.networks import Drawn, Given, GridCritic, GridGenerator, LeakyRectifier, Scored, Start

FEATURES = 8
"""Sinusoids for each scalar that the critic is told."""


FAINTEST, STRONGEST = 2.5, 25.0
"""Noise over grid, both in standard deviations, in a training, where there is something of a grid in it."""

SECOND = 20.0
"""Noise over grid in the second pass; in the last it is the faintest, and between them even steps of its
logarithm."""

BACK = 8.0
"""Noise over grid that samples go back to which are not four-connected. Of 28, 9
were after three restarts from there, 6 from 20 and 7 from 4."""

ALONE = 0.4
"""Share of the grids of a training that are drawn from noise alone."""


def ratios(passes: int) -> list[float]:
    """Noise over grid in the passes after the first."""
    found: list[float] = np.geomspace(SECOND, FAINTEST, passes - 1).tolist()
    return found


class FieldGenerator(GridGenerator):
    """From a field of noise to a grid.

    Args:
        channels: of the grid, and of the noise.
        scalars: that it is told of each framework.
        n: points along each axis, a multiple of 4.
        width: channels at half resolution.
    """

    def __init__(self, channels: int, scalars: int, n: int, width: int) -> None:  # noqa: ARG002
        super().__init__()
        self.unet = UNet(channels, scalars, NetworkOptions(width=width))
        self.mean: Tensor
        self.spread: Tensor
        self.register_buffer("mean", torch.zeros(1, channels, 1, 1, 1))
        self.register_buffer("spread", torch.ones(1, channels, 1, 1, 1))

    def begin_at(self, means: Sequence[float], spreads: Sequence[float]) -> None:
        """Draws the means at first. Most of a cell holds no atom and attracts nothing: it takes long to come
        there from one half."""
        bias = self.unet.outward.bias
        assert bias is not None
        with torch.no_grad():
            bias.copy_(torch.logit(torch.tensor(means)).repeat_interleave(len(bias) // len(means)))
            self.mean.copy_(torch.tensor(means).view_as(self.mean))
            self.spread.copy_(torch.tensor(spreads).view_as(self.spread))

    def begin(self, real: Tensor, given: Given | None) -> Start:
        """From noise alone, or a real grid under noise; both [B, C, N, N, N]."""
        assert given is not None
        noise = symmetric_noise(torch.randn_like(real), given.labels)
        alone, level = torch.rand(2, len(real), device=real.device)
        ratio = FAINTEST * (STRONGEST / FAINTEST) ** level
        return self.under(real, noise, torch.where(alone < ALONE, math.pi / 2, ratio.atan()))

    def under(self, grid: Tensor, noise: Tensor, angle: Tensor) -> Start:
        """Grids under noise of unit variance."""
        own = angle[:, None, None, None, None]
        return Start(field=own.cos() * (grid - self.mean) / self.spread + own.sin() * noise, angle=angle)

    def draw(self, seeds: Sequence[int], given: Given | None, passes: int) -> Drawn:
        assert given is not None
        noise = SeededNoise.from_seeds(seeds, given.labels, self.mean.numel())
        return Drawn(grid=self._passed(noise().zero_(), noise, given, [math.inf, *ratios(passes)]))

    def again(self, grids: Tensor, noise: SeededNoise, given: Given, passes: int) -> Tensor:
        return self._passed(grids, noise, given, beneath(ratios(passes), BACK))

    def _passed(self, grids: Tensor, noise: SeededNoise, given: Given, through: Sequence[float]) -> Tensor:
        for ratio in through:
            angle = grids.new_full((len(grids),), math.atan(ratio))
            grids = self(self.under(grids, noise(), angle), given).grid
        return grids

    def forward(self, start: Start, given: Given | None) -> Drawn:
        assert given is not None
        level = start.angle * (2 / math.pi)
        drawn = self.unet(start.field, level, given.scalars).float()
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

    def forward(self, grid: Tensor, given: Given | None) -> Scored:
        assert given is not None
        x = space_to_depth(grid).contiguous(memory_format=torch.channels_last_3d)
        x = self.layers(self.inward(x))
        with torch.autocast(grid.device.type, enabled=False):  # half precision has three digits
            pooled = x.float().mean(dim=(2, 3, 4))
            embedding = self.embed(sinusoids(given.scalars, FEATURES))
            matching = (pooled * embedding).sum(dim=1) / math.sqrt(pooled.shape[1])
            score: Tensor = self.outward(pooled)[:, 0] + matching
        return Scored(score=score, features=pooled)


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
