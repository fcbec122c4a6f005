"""The cell of a finished grid: a regressor for the edges, as in the reference.

An atom is a Gaussian of known width, so its width in grid points tells the spacing of the points along each
axis.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from zeo_zeodiff.periodic import PeriodicConv3d
from zeo_zeodiff.unet import space_to_depth

UNIT = 100.0
"""Angstrom: what the regressor calls 1."""

SHORTEST, LONGEST = 2.0, 40.0
"""Angstrom: an edge is never taken to be shorter or longer; grids of a network that has learned little may
look like thousands."""

WIDTH = 32


class LengthRegressor(nn.Module):
    """Maps a clean grid [B, C, X, Y, Z] to its edges [B, 3] in units of :data:`UNIT`.

    Args:
        channels: of the grid.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.inward = nn.Conv3d(8 * channels, WIDTH, 1)
        self.convolve = nn.ModuleList(PeriodicConv3d(WIDTH, WIDTH) for _ in range(2))
        self.read = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.SiLU(), nn.Linear(2 * WIDTH, 3))

    def forward(self, grid: Tensor) -> Tensor:
        x = space_to_depth(grid).contiguous(memory_format=torch.channels_last_3d)
        x = functional.silu(self.inward(x))
        for convolve in self.convolve:
            x = functional.silu(convolve(x))
        mean = x.float().mean(dim=(2, 3, 4))
        with torch.autocast(mean.device.type, enabled=False):
            edges: Tensor = self.read(mean)
        return edges


def error(edges: Tensor, lengths: Tensor) -> Tensor:
    """Mean squared error of predicted edges [B, 3] for cells with lengths [B, 3] in angstrom."""
    return functional.mse_loss(edges, lengths / UNIT)


def in_angstrom(edges: Tensor) -> Tensor:
    """What the regressor predicts as edges of a cell."""
    return (edges.float() * UNIT).clamp(SHORTEST, LONGEST)
