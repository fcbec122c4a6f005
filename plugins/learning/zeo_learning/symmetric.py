"""Grids with the symmetry of a space group: averages over orbits, and noise that has it."""

from __future__ import annotations

import torch
from torch import Tensor


def symmetrised(x: Tensor, labels: Tensor) -> Tensor:
    """Replace every value by the mean over its orbit.

    Args:
        x: [B, C, X, Y, Z].
        labels: int64 [B, X, Y, Z], the orbit of each point, numbered from 0 in each grid.
    """
    flat, index = x.flatten(2), labels.flatten(1)[:, None]
    ones = flat.new_ones(()).expand_as(index)
    sizes = torch.zeros_like(flat[:, :1]).scatter_add_(2, index, ones)
    index = index.expand_as(flat)
    sums = torch.zeros_like(flat).scatter_add_(2, index, flat)
    means = (sums / sizes.clamp_(min=1)).gather(2, index)
    return means.reshape(x.shape)


def symmetric_noise(noise: Tensor, labels: Tensor) -> Tensor:
    """Noise of unit variance that is equal over each orbit, from independent numbers [B, C, X, Y, Z]."""
    flat = noise.flatten(2)
    index = labels.flatten(1)[:, None].expand_as(flat)
    return flat.gather(2, index).reshape(noise.shape)
