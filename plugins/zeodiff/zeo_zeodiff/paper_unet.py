"""The network of the reference: a U-Net at full resolution.

From the paper and its configuration: width 32, multipliers 1-2-4 and thus grids of 32, 16 and 8 points along
each axis, and a condition that enters as constant channels beside the grid. The rest follows Ho et al.
(NeurIPS 2020): two residual blocks on each level, attention at the bottom, a shortcut from every level on the
way down to its counterpart on the way up. The convolutions are periodic, as the grids are.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from attrs import frozen
from torch import Tensor, nn
from torch.nn import functional

from zeo.plugin.options import option
from zeo_learning.periodic import PeriodicConv3d
from zeo_learning.unet import GROUPS, ResidualBlock, zeroed
from zeo_zeodiff.lengths import LengthRegressor

MULTIPLIERS = (1, 2, 4)
"""Channels on each level, in units of the width."""

BLOCKS = 2
"""Residual blocks on each level, on the way down and again on the way up."""


@frozen(kw_only=True)
class PaperNetworkOptions:
    """The shape of the network; stored with the weights."""

    width: int = option(32, "channels at full resolution", at_least=8)


class PaperNetwork(nn.Module):
    """The denoising network and, beside it, the regressor of the cell; nothing is shared between them."""

    def __init__(self, channels: int, constants: int, options: PaperNetworkOptions) -> None:
        super().__init__()
        self.unet = PaperUNet(channels, constants, options.width)
        self.lengths = LengthRegressor(channels)

    def forward(self, x: Tensor, level: Tensor, constants: Tensor) -> Tensor:
        predicted: Tensor = self.unet(x, level, constants)
        return predicted


class PaperUNet(nn.Module):
    """Maps a grid, a time and constants to a grid.

    Args:
        channels: of the grid.
        constants: how many constant channels hold the condition.
        width: channels at full resolution.
    """

    def __init__(self, channels: int, constants: int, width: int) -> None:
        super().__init__()
        embedding = 4 * width
        self.features = width // 2
        self.embed = nn.Sequential(
            nn.Linear(2 * self.features, embedding), nn.SiLU(), nn.Linear(embedding, embedding), nn.SiLU()
        )
        widths = [multiplier * width for multiplier in MULTIPLIERS]
        bottom = widths[-1]
        self.inward = PeriodicConv3d(channels + constants, width)
        self.down = nn.ModuleList(ResidualBlocks(w, w, embedding) for w in widths)
        self.coarser = nn.ModuleList(
            nn.Conv3d(fine, coarse, 2, stride=2) for fine, coarse in pairwise(widths)
        )
        self.middle = nn.ModuleList(ResidualBlock(bottom, bottom, embedding) for _ in range(2))
        self.attention = SelfAttention(bottom)
        self.finer = nn.ModuleList(
            nn.ConvTranspose3d(coarse, fine, 2, stride=2) for fine, coarse in pairwise(widths)
        )
        self.up = nn.ModuleList(ResidualBlocks(2 * w, w, embedding) for w in widths)
        self.normalise = nn.GroupNorm(GROUPS, width)
        self.outward = zeroed(nn.Conv3d(width, channels, 1))

    def forward(self, x: Tensor, level: Tensor, constants: Tensor) -> Tensor:
        """Predict.

        Args:
            x: [B, C, X, Y, Z]; the sides are multiples of 4.
            level: [B], the time t.
            constants: [B, S], the condition.
        """
        embedding = self.embed(time_features(level, self.features))
        fields = constants[:, :, None, None, None].expand(-1, -1, *x.shape[2:])
        x = torch.cat([x, fields], dim=1).contiguous(memory_format=torch.channels_last_3d)
        x = self.inward(x)
        shortcuts = []
        for number, blocks in enumerate(self.down):
            if number > 0:
                x = self.coarser[number - 1](x)
            x = blocks(x, embedding)
            shortcuts.append(x)
        x = self.middle[1](self.attention(self.middle[0](x, embedding)), embedding)
        for number in reversed(range(len(self.up))):
            x = self.up[number](torch.cat([x, shortcuts[number]], dim=1), embedding)
            if number > 0:
                x = self.finer[number - 1](x)
        predicted: Tensor = self.outward(functional.silu(self.normalise(x)))
        return predicted


class ResidualBlocks(nn.Module):
    """Those of one level, the first of which changes the number of channels."""

    def __init__(self, channels_in: int, channels_out: int, embedding: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            ResidualBlock(channels_in if k == 0 else channels_out, channels_out, embedding)
            for k in range(BLOCKS)
        )

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x, embedding)
        return x


class SelfAttention(nn.Module):
    """Every point of the coarse grid sees every other."""

    HEADS = 4

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.normalise = nn.GroupNorm(GROUPS, channels)
        self.project = nn.Conv3d(channels, 3 * channels, 1)
        self.outward = zeroed(nn.Conv3d(channels, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, *shape = x.shape
        heads = self.project(self.normalise(x)).reshape(batch, 3, self.HEADS, channels // self.HEADS, -1)
        query, key, value = heads.permute(1, 0, 2, 4, 3)
        seen = functional.scaled_dot_product_attention(query, key, value)
        seen = seen.transpose(2, 3).reshape(batch, channels, *shape)
        outward: Tensor = self.outward(seen)
        return x + outward


def time_features(times: Tensor, count: int) -> Tensor:
    """Encode times [B] as [B, 2 count] sines and cosines, as Ho et al. do."""
    rates = torch.exp(-math.log(10_000.0) * torch.arange(count, device=times.device) / (count - 1))
    phases = times[:, None] * rates
    return torch.cat([phases.sin(), phases.cos()], dim=1)
