"""The networks of the reference.

B. Kim, S. Lee, J. Kim, Sci. Adv. 2020, 6, eaax9324, supplement, Fig. S1 and Table S1. At 32 points along each
axis: the critic has 32 filters at 32^3, then 64, 128 and 256 at 16^3, 8^3 and 4^3; the generator goes the
other way. Kernels have 5 x 5 x 5 points.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from zeo_learning.periodic import PeriodicConv3d
from zeo_zeogan.networks import (
    Drawn,
    Given,
    GridCritic,
    GridGenerator,
    LeakyRectifier,
    Scored,
    Start,
    noise_alone,
)

NOISE = 1024
"""Normal numbers that a grid is made of."""

KERNEL = 5
HIDDEN = 512
"""Width of the hidden layer of lattice generator and lattice regressor."""

HALVINGS = 3
"""From the finest grid to the coarsest."""

DROPPED = 0.5
"""Share of the numbers that the critic does not see."""

SPREAD = 0.02
"""Standard deviation of first weights."""


class PaperGenerator(GridGenerator):
    """Noise, a dense layer, transposed convolutions; the lattice generator R beside the first hidden layer.

    Args:
        channels: of the grid.
        scalars: nothing is told to it.
        n: points along each axis, a multiple of 8.
        width: filters before the last layer.
    """

    def __init__(self, channels: int, scalars: int, n: int, width: int) -> None:  # noqa: ARG002
        super().__init__()
        self.side, widest = n >> HALVINGS, width << HALVINGS
        self.dense = nn.Linear(NOISE, widest * self.side**3)
        self.normalise = nn.BatchNorm3d(widest)
        self.layers = nn.ModuleList()
        for k in range(HALVINGS, 0, -1):
            self.layers.append(
                nn.Sequential(
                    nn.ConvTranspose3d(width << k, width << (k - 1), KERNEL, 2, padding=2, output_padding=1),
                    nn.BatchNorm3d(width << (k - 1)),
                    nn.ReLU(),
                )
            )
        self.outward = nn.ConvTranspose3d(width, channels, KERNEL, padding=2)
        self.lattice = lattice_layers(widest * self.side**3)
        self.apply(first_weights)

    def begin(self, real: Tensor, given: Given | None) -> Start:  # noqa: ARG002
        """From 1024 numbers for each grid."""
        return noise_alone(torch.randn(len(real), NOISE, device=real.device))

    def draw(self, seeds: Sequence[int], given: Given | None, passes: int) -> Drawn:  # noqa: ARG002
        """In one pass."""
        streams = [np.random.default_rng((seed, 1)) for seed in seeds]
        numbers = np.stack([stream.standard_normal(NOISE, dtype=np.float32) for stream in streams])
        return self(noise_alone(torch.from_numpy(numbers).to(self.dense.weight.device)), given)  # type: ignore[no-any-return]

    def forward(self, start: Start, given: Given | None = None) -> Drawn:  # noqa: ARG002
        noise = start.field
        # the cell has to come out the same in batches of any size: too little work for half precision
        with torch.autocast(noise.device.type, enabled=False):
            dense = self.dense(noise).reshape(len(noise), -1, self.side, self.side, self.side)
            hidden = functional.relu(self.normalise(dense))
            edges: Tensor = self.lattice(hidden.flatten(1))
        x = hidden.contiguous(memory_format=torch.channels_last_3d)
        for layer in self.layers:
            x = layer(x)
        return Drawn(grid=torch.sigmoid(self.outward(x).float()), edges=edges)


class PaperCritic(GridCritic):
    """Periodic convolutions; the lattice regressor Q beside the last hidden layer. Arguments as above."""

    def __init__(self, channels: int, scalars: int, n: int, width: int) -> None:  # noqa: ARG002
        super().__init__()
        self.drop = nn.Dropout(DROPPED)
        self.inward = PeriodicConv3d(channels, width, KERNEL)
        self.rectify = LeakyRectifier()
        self.layers = nn.ModuleList()
        for k in range(HALVINGS):
            convolve = PeriodicConv3d(width << k, width << (k + 1), KERNEL, stride=2)
            normalise = nn.GroupNorm(1, width << (k + 1))  # over all channels: layer normalisation
            self.layers.append(nn.Sequential(convolve, normalise, LeakyRectifier()))
        features = (width << HALVINGS) * (n >> HALVINGS) ** 3
        self.outward = nn.Linear(features, 1)
        self.lattice = lattice_layers(features)
        self.apply(first_weights)

    def forward(self, grid: Tensor, given: Given | None = None) -> Scored:  # noqa: ARG002
        x = self.drop(grid).contiguous(memory_format=torch.channels_last_3d)
        x = self.rectify(self.inward(x))
        for layer in self.layers:
            x = layer(x)
        with torch.autocast(grid.device.type, enabled=False):  # half precision has three digits
            features = x.flatten(1).to(self.outward.weight.dtype)
            score: Tensor = self.outward(features)[:, 0]
        return Scored(score=score, features=features)

    def edges(self, scored: Scored) -> Tensor:
        """What the lattice regressor Q finds."""
        found: Tensor = self.lattice(scored.features).float()
        return found


def lattice_layers(features: int) -> nn.Sequential:
    """From hidden features to the logits of three edges."""
    return nn.Sequential(nn.Linear(features, HIDDEN), nn.BatchNorm1d(HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 3))


def first_weights(layer: nn.Module) -> None:
    """Set the weights of a layer as in Table S1."""
    if isinstance(layer, nn.Linear | nn.Conv3d | nn.ConvTranspose3d):
        nn.init.normal_(layer.weight, std=SPREAD)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
