"""Noise for sampling: each sample's from its own seed, equal over the orbits of its symmetry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


class SeededNoise:
    """A stream of noise for a batch, in which no sample depends on its neighbours.

    The numbers are drawn on the CPU, so that they are the same on every device: one for each orbit.

    Args:
        seeds: one for each sample.
        labels: int64 [B, N, N, N], the orbit of each point, numbered from 0.
        channels: of the grids.
    """

    def __init__(self, seeds: Sequence[int], labels: Tensor, channels: int) -> None:
        self.streams = [np.random.default_rng((seed, 1)) for seed in seeds]
        self.orbits = [int(points.max()) + 1 for points in labels]
        self.labels, self.channels = labels, channels

    def __call__(self) -> Tensor:
        """The next noise of unit variance, float32 [B, C, N, N, N], on the device of the labels."""
        batch, *shape = self.labels.shape
        drawn = torch.empty((batch, self.channels, *shape), device=self.labels.device)
        for k, (stream, orbits) in enumerate(zip(self.streams, self.orbits, strict=True)):
            numbers = stream.standard_normal((self.channels, orbits), dtype=np.float32)
            drawn[k] = torch.from_numpy(numbers).to(drawn.device)[:, self.labels[k]]
        return drawn
