"""The cell of a finished grid: a regressor for the edges, as in the reference.

An atom is a Gaussian of known width, so the steeper it is from point to point along an axis, the further
apart the points are: the mean square of the differences between neighbours, beside that of the values, tells
the spacing. The regressor is built to find this: it reads the logarithms of the variances of convolutions,
and finds the logarithms of the edges.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from zeo_learning.periodic import PeriodicConv3d

UNIT = 100.0
"""Angstrom: what the regressor calls 1."""

TYPICAL = 0.15
"""Of an edge, in that unit: where the regressor starts."""

SHORTEST, LONGEST = 2.0, 40.0
"""Angstrom: an edge is never taken to be shorter or longer; grids of a network that has learned little may
look like thousands."""

WIDTH = 16

LEARNING_RATE = 3e-3
"""Of the regressor."""


class LengthRegressor(nn.Module):
    """Maps a clean grid [B, C, X, Y, Z] to its edges [B, 3] in units of :data:`UNIT`.

    Args:
        channels: of the grid.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.convolve = PeriodicConv3d(channels, WIDTH)
        with torch.no_grad():  # differences to begin with, not means
            self.convolve.weight -= self.convolve.weight.mean(dim=(2, 3, 4), keepdim=True)
        self.read = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.SiLU(), nn.Linear(WIDTH, 3))

    def forward(self, grid: Tensor) -> Tensor:
        centred = grid - grid.mean(dim=(2, 3, 4), keepdim=True)
        variance = self.convolve(centred).float().var(dim=(2, 3, 4), correction=0)
        with torch.autocast(grid.device.type, enabled=False):
            edges: Tensor = TYPICAL * self.read(torch.log(variance + 1e-6)).exp()
        return edges


def error(edges: Tensor, lengths: Tensor) -> Tensor:
    """Mean squared error of predicted edges [B, 3] for cells with lengths [B, 3] in angstrom."""
    return functional.mse_loss(edges, lengths / UNIT)


def in_angstrom(edges: Tensor) -> Tensor:
    """What the regressor predicts as edges of a cell."""
    return (edges.float() * UNIT).clamp(SHORTEST, LONGEST)
