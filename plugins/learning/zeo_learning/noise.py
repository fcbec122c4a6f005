"""Noise for sampling: each sample's from its own seed, equal over the orbits of its symmetry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from attrs import frozen
from torch import Tensor


@frozen(eq=False)
class SeededNoise:
    """A stream of noise for a batch, in which no sample depends on its neighbours.

    The numbers are drawn on the CPU, so that they are the same on every device: one for each orbit.

    Args:
        streams: of random numbers, one for each sample.
        labels: int64 [B, N, N, N], the orbit of each point, numbered from 0.
        orbits: of each sample.
        channels: of the grids.
    """

    streams: Sequence[np.random.Generator]
    labels: Tensor
    orbits: Sequence[int]
    channels: int

    @classmethod
    def from_seeds(cls, seeds: Sequence[int], labels: Tensor, channels: int, stream: int = 1) -> SeededNoise:
        """With one seed for each sample; the noise of another stream is another."""
        return cls.from_streams([np.random.default_rng((seed, stream)) for seed in seeds], labels, channels)

    @classmethod
    def from_streams(
        cls, streams: Sequence[np.random.Generator], labels: Tensor, channels: int
    ) -> SeededNoise:
        """With one stream for each sample, from where it is."""
        return cls(streams, labels, [int(points.max()) + 1 for points in labels], channels)

    def __call__(self) -> Tensor:
        """The next noise of unit variance, float32 [B, C, N, N, N], on the device of the labels."""
        batch, *shape = self.labels.shape
        drawn = torch.empty((batch, self.channels, *shape), device=self.labels.device)
        for k, (stream, orbits) in enumerate(zip(self.streams, self.orbits, strict=True)):
            numbers = stream.standard_normal((self.channels, orbits), dtype=np.float32)
            drawn[k] = torch.from_numpy(numbers).to(drawn.device)[:, self.labels[k]]
        return drawn

    def of(self, chosen: Sequence[int]) -> SeededNoise:
        """That of some of the samples, from the same streams."""
        return SeededNoise(
            [self.streams[k] for k in chosen],
            self.labels[list(chosen)],
            [self.orbits[k] for k in chosen],
            self.channels,
        )
