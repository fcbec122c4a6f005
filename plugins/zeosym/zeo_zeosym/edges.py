"""From each symmetry-unique T atom to its neighbours: distances and directions as a network reads them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import torch
from attrs import frozen
from torch import Tensor

from zeo_zeosym.harmonics import harmonics

Batch = Mapping[str, Tensor]
"""What :func:`zeo_zeosym.batch.batch_of` makes."""

RADIAL = 24
"""Gaussians of a distance."""

FARTHEST = 7.2
"""Angstrom: centre of the last of them."""

SOFT = 0.1
"""Angstrom, within which directions lose their meaning."""


TOGETHER = 64
"""T atoms whose messages a CPU makes together: what they need stays in its cache."""


@frozen(eq=False, kw_only=True)
class Edges:
    """From some unique T atoms, m of them, to their k neighbours.

    Args:
        atoms: which of all unique T atoms.
        neighbour: int64 [m * k], any of all unique T atoms.
        weight: [m, k], which falls to zero at the cutoff.
        radial: [m, k, RADIAL].
        here: [m, k, 15], harmonics of the direction as the T atom sees it.
        there: [m, k, 15], as the unique T atom sees it that the neighbour is an image of.
        moments: [m, 16, k], the weighted harmonics of degree 0 to 3, which sum messages up.
    """

    atoms: slice
    neighbour: Tensor
    weight: Tensor
    radial: Tensor
    here: Tensor
    there: Tensor
    moments: Tensor

    @classmethod
    def of(cls, batch: Batch) -> tuple[Edges, ...]:
        """Those of all unique T atoms, in parts of the size that suits the processor."""
        vector = batch["vector"]
        together = TOGETHER if vector.device.type == "cpu" else max(1, len(vector))
        return tuple(cls._from(batch, atoms) for atoms in _slices(len(vector), together))

    @classmethod
    def _from(cls, batch: Batch, atoms: slice) -> Edges:
        vector, there = batch["vector"][atoms], batch["vector_there"][atoms]
        distance = (vector.square().sum(dim=2) + SOFT**2).sqrt()
        weight = fading(distance / batch["cutoff"][atoms, None])
        here = harmonics(vector / distance[..., None])
        count = vector.shape[1]
        moments = torch.cat([torch.ones_like(here[..., :1]), here], dim=2) * weight[..., None]
        working = working_type(vector)
        return cls(
            atoms=atoms,
            neighbour=batch["neighbour"][atoms].flatten(),
            weight=weight,
            radial=gaussians(distance, 0.0, FARTHEST, RADIAL).to(working),
            here=here.to(working),
            there=harmonics(there / distance[..., None]).to(working),
            moments=(moments.transpose(1, 2) / math.sqrt(count)).to(working),
        )


def _slices(count: int, together: int) -> Iterator[slice]:
    return (slice(first, min(first + together, count)) for first in range(0, count, together))


def gaussians(x: Tensor, low: float, high: float, count: int) -> Tensor:
    """[..., count] of numbers [...]: overlapping bumps at even distances from ``low`` to ``high``."""
    centres = torch.linspace(low, high, count, dtype=x.dtype, device=x.device)
    return torch.exp(-0.5 * ((x[..., None] - centres) * (count - 1) / (high - low)).square())


def fading(x: Tensor) -> Tensor:
    """From 1 at 0 to 0 at 1, where its slope is 0 too."""
    return (1.0 - x.clamp(max=1.0) ** 4).square()


def working_type(like: Tensor) -> torch.dtype:
    """Of the numbers that are multiplied by weights: in half precision, they are converted once."""
    if torch.is_autocast_enabled(like.device.type):
        return torch.get_autocast_dtype(like.device.type)
    return like.dtype


def full(x: Tensor) -> Tensor:
    """What half precision has multiplied, in single precision; anything else as it is."""
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x
