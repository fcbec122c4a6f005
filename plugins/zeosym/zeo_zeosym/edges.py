"""From each symmetry-unique T atom to its neighbours: distances and directions as a network reads them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from attrs import frozen
from torch import Tensor

from zeo_zeosym.harmonics import DEGREES, harmonics

Batch = Mapping[str, Tensor]
"""What :func:`zeo_zeosym.batch.batch_of` makes."""

RADIAL = 24
"""Gaussians of a distance."""

FARTHEST = 7.2
"""Angstrom: centre of the last of them."""

SOFT = 0.1
"""Angstrom, within which directions lose their meaning."""


@frozen(eq=False, kw_only=True)
class Edges:
    """From each of m unique T atoms to its k neighbours.

    Args:
        neighbour: int64 [m * k].
        weight: [m, k], which falls to zero at the cutoff.
        radial: [m, k, RADIAL].
        here: [m, k, 15], harmonics of the direction as the T atom sees it.
        there: [m, k, 15], as the unique T atom sees it that the neighbour is an image of.
        moments: [m, 16, k], the weighted harmonics of degree 0 to 3, which sum messages up.
        degrees: int64 [3], components of each degree.
    """

    neighbour: Tensor
    weight: Tensor
    radial: Tensor
    here: Tensor
    there: Tensor
    moments: Tensor
    degrees: Tensor

    @classmethod
    def of(cls, batch: Batch) -> Edges:
        vector, there = batch["vector"], batch["vector_there"]
        distance = (vector.square().sum(dim=2) + SOFT**2).sqrt()
        weight = fading(distance / batch["cutoff"][:, None])
        here = harmonics(vector / distance[..., None])
        count = vector.shape[1]
        moments = torch.cat([torch.ones_like(here[..., :1]), here], dim=2) * weight[..., None]
        working = working_type(vector.device)
        return cls(
            neighbour=batch["neighbour"].flatten(),
            weight=weight,
            radial=gaussians(distance, 0.0, FARTHEST, RADIAL).to(working),
            here=here.to(working),
            there=harmonics(there / distance[..., None]).to(working),
            moments=(moments.transpose(1, 2) / math.sqrt(count)).to(working),
            degrees=torch.tensor(DEGREES, device=vector.device),
        )


def gaussians(x: Tensor, low: float, high: float, count: int) -> Tensor:
    """[..., count] of numbers [...]: overlapping bumps at even distances from ``low`` to ``high``."""
    centres = torch.linspace(low, high, count, device=x.device)
    return torch.exp(-0.5 * ((x[..., None] - centres) * (count - 1) / (high - low)).square())


def fading(x: Tensor) -> Tensor:
    """From 1 at 0 to 0 at 1, where its slope is 0 too."""
    return (1.0 - x.clamp(max=1.0) ** 4).square()


def working_type(device: torch.device) -> torch.dtype:
    """Of the numbers that are multiplied by weights: in half precision, they are converted once."""
    if torch.is_autocast_enabled(device.type):
        return torch.get_autocast_dtype(device.type)
    return torch.float32
