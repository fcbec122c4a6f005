"""Noise for sampling: each sample's from its own seed, equal over the orbits of its symmetry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from zeo_zeodiff.symmetric import symmetric_noise


class SeededNoise:
    """A stream of noise for a batch, in which no sample depends on its neighbours.

    The numbers are drawn on the CPU, so that they are the same on every device.

    Args:
        seeds: one for each sample.
        labels: int64 [B, N, N, N], the orbit of each point.
        channels: of the grids.
    """

    def __init__(self, seeds: Sequence[int], labels: Tensor, channels: int) -> None:
        self.streams = [np.random.default_rng((seed, 1)) for seed in seeds]
        self.labels, self.channels = labels, channels

    def __call__(self) -> Tensor:
        """The next noise of unit variance, float32 [B, C, N, N, N], on the device of the labels."""
        drawn = torch.empty((len(self.streams), self.channels, *self.labels.shape[1:]))
        for stream, values in zip(self.streams, drawn.numpy(), strict=True):
            stream.standard_normal(out=values, dtype=np.float32)
        drawn = drawn.to(self.labels.device)
        for k in range(len(drawn)):  # one at a time, so that there is no second copy of the batch
            drawn[k : k + 1] = symmetric_noise(drawn[k : k + 1], self.labels[k : k + 1])
        return drawn
