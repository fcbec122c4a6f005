"""Interpolation along the great circle between two latent vectors.

T. White, *Sampling generative networks*, arXiv:1609.04468 (slerp): vectors of a normal distribution in many
dimensions lie near a sphere, and a straight line leaves it. The cell goes along a line in the logarithm of
its edges; symmetry is kept where both ends have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from attrs import frozen
from numpy.typing import NDArray
from torch import Tensor

from zeo.plugin.candidate import Sample
from zeo_learning.orbits import GridSymmetry
from zeo_learning.templates import Template, between
from zeo_zeovae.placed import Placed

if TYPE_CHECKING:
    from zeo_zeovae.generator import ZeoVAE

PARALLEL = 1e-4
"""Radians between directions, below which a great circle is a line."""


@frozen(eq=False)
class Interpolation:
    """Draws samples between two frameworks; see :data:`zeo.plugin.interfaces.Between`.

    Args:
        generator: with its model.
        first: the end at fraction 0.
        second: the end at fraction 1.
    """

    generator: ZeoVAE
    first: Placed
    second: Placed

    def __call__(self, fractions: Sequence[float], seed: int) -> Iterator[Sample]:
        """One sample for each fraction; the seed adds noise of the width of the encoding."""
        (one, spread), (other, _) = (self.generator.encoded(end) for end in (self.first, self.second))
        noise = np.random.default_rng((seed, 1)).standard_normal(len(one)).astype(np.float32)
        added = spread * torch.from_numpy(noise).to(one)
        for fraction in fractions:
            latent = slerp(one, other, fraction) + added
            template = self._template(fraction)
            source = {"fraction": fraction, "t_atoms": template.t_atoms}
            yield from self.generator.decoded(latent[None], [template], [seed], [source])

    def _template(self, fraction: float) -> Template:
        first, second = self.first.template, self.second.template
        lengths = between(first.lengths, second.lengths, fraction)
        t_atoms = between(first.t_atoms, second.t_atoms, fraction)
        return Template(lengths, round(float(t_atoms)), common(first.symmetry, second.symmetry))


def slerp(one: Tensor, other: Tensor, fraction: float) -> Tensor:
    """Between vectors [D]: the direction along the great circle, the length along a line."""
    lengths = one.norm(), other.norm()
    directions = one / lengths[0], other / lengths[1]
    angle = torch.arccos((directions[0] * directions[1]).sum().clamp(-1.0, 1.0))
    if angle < PARALLEL:
        return (1 - fraction) * one + fraction * other
    shares = torch.sin((1 - fraction) * angle), torch.sin(fraction * angle)
    direction = (shares[0] * directions[0] + shares[1] * directions[1]) / torch.sin(angle)
    vector: Tensor = ((1 - fraction) * lengths[0] + fraction * lengths[1]) * direction
    return vector


def common(first: GridSymmetry, second: GridSymmetry) -> GridSymmetry:
    """The operations that both have."""
    there = {_key(r, t) for r, t in zip(second.rotations, second.translations, strict=True)}
    kept = [_key(r, t) in there for r, t in zip(first.rotations, first.translations, strict=True)]
    return GridSymmetry(first.rotations[kept], first.translations[kept])


def _key(rotation: NDArray[np.int8], translation: NDArray[np.int16]) -> bytes:
    return rotation.astype(np.int8).tobytes() + translation.astype(np.int16).tobytes()
