"""Interpolation: two frameworks are taken into noise, mixed there, and denoised together.

J. Park et al., J. Mater. Chem. A 2024, 12, 6507, Section 2.2: independent noise up to the middle of the
schedule, t = 750 of 1500, where a framework is not yet forgotten. The noise breaks the symmetry of both, so
nothing is averaged over a space group here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from attrs import frozen
from torch import Tensor

from zeo.grids.grid import Grid
from zeo.plugin.candidate import Sample
from zeo_learning.noise import SeededNoise
from zeo_learning.orbits import NO_SYMMETRY
from zeo_learning.templates import Template, between
from zeo_zeodiff.edm import column
from zeo_zeodiff.ends import End
from zeo_zeodiff.model import Model
from zeo_zeodiff.options import EVALUATIONS, ZeoDiffOptions
from zeo_zeodiff.samplers import SAMPLERS
from zeo_zeodiff.steering import Steering


@frozen(eq=False)
class Interpolation:
    """Draws samples between two frameworks; see :data:`zeo.plugin.interfaces.Between`.

    Args:
        first: the end at fraction 0.
        second: the end at fraction 1, placed where it is nearest to the first.
        model: that denoises.
        device: where it is.
        options: how it denoises and at which level it mixes.
    """

    first: End
    second: End
    model: Model
    device: torch.device
    options: ZeoDiffOptions

    def __call__(self, fractions: Sequence[float], seed: int) -> Iterator[Sample]:
        """One grid for each fraction.

        The network is told cell edges and T atoms that are linear in the logarithm. In recipes without
        templates, the cell is what the regressor finds in the grid.
        """
        for start in range(0, len(fractions), self.options.at_once):
            yield from self._together(fractions[start : start + self.options.at_once], seed)

    def _together(self, fractions: Sequence[float], seed: int) -> Iterator[Sample]:
        templates = [self._template(fraction) for fraction in fractions]
        drawn = self._denoised(fractions, seed, templates)
        scaling = self.model.scaling
        for fraction, template, scaled in zip(fractions, templates, drawn, strict=True):
            lattice = np.diag(self.model.cell(template, scaled))
            grid = Grid(scaling.to_physical(scaled), scaling.channels, lattice)
            atoms = {"t_atoms": template.t_atoms} if self.model.recipe.templated else {}
            yield Sample(seed=seed, encoded=grid, source={"fraction": fraction, **atoms})

    def _template(self, fraction: float) -> Template:
        lengths = between(self.first.lengths, self.second.lengths, fraction)
        t_atoms = between(self.first.t_atoms, self.second.t_atoms, fraction)
        return Template(lengths, round(float(t_atoms)), NO_SYMMETRY)

    @torch.no_grad()
    def _denoised(
        self, fractions: Sequence[float], seed: int, templates: Sequence[Template]
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """What the network draws, [B, C, N, N, N]."""
        options, count, n = self.options, len(fractions), self.model.n
        points = torch.arange(n**3, device=self.device).reshape(n, n, n).expand(count, n, n, n)
        noise = SeededNoise.from_seeds([seed] * count, points, len(self.model.scaling.channels))
        x = mixed(
            (self._scaled(self.first), self._scaled(self.second)),
            (noise(), noise()),
            torch.tensor(fractions, dtype=torch.float32, device=self.device),
            options.mix_at,
            options.mix,
        )
        steering = Steering(model=self.model, templates=templates, operations=[1] * count, labels=points)
        # renoise keeps nothing of its noisy grids but an estimate, and so loses the way to the ends
        sampler = "dpm" if options.sampler == "renoise" else options.sampler
        schedule = self.model.recipe.sampling_levels(options.evaluations or EVALUATIONS[sampler])
        levels = levels_from(options.mix_at, schedule)
        drawn = SAMPLERS[sampler](steering.conditioned([{}] * count), x, levels, noise)
        return drawn.cpu().numpy()

    def _scaled(self, end: End) -> Tensor:
        return torch.from_numpy(self.model.scaling.to_network(end.grid.values)).to(self.device)


def mixed(
    clean: tuple[Tensor, Tensor], noise: tuple[Tensor, Tensor], fractions: Tensor, sigma: float, mix: str
) -> Tensor:
    """Noisy grids between two, [B, C, X, Y, Z].

    Args:
        clean: the two grids, [C, X, Y, Z].
        noise: of unit variance and independent, one for each of them, [B, C, X, Y, Z].
        fractions: [B]; 0 is the first grid and 1 the second.
        sigma: the noise level.
        mix: ``"linear"`` adds the noisy grids with the weights 1 - fraction and fraction, as the paper does;
            halfway the noise is then smaller than its level by the square root of two.
            ``"variance-preserving"`` brings it back to its level, the one that the denoiser is told.
    """
    second = column(fractions)
    first = 1.0 - second
    size = (first**2 + second**2).sqrt() if mix == "variance-preserving" else 1.0
    return first * clean[0] + second * clean[1] + sigma / size * (first * noise[0] + second * noise[1])


def levels_from(sigma: float, schedule: Sequence[float]) -> list[float]:
    """The levels of a schedule from ``sigma`` down to zero; it takes the place of the level nearest to it."""
    nearest = min(range(len(schedule) - 1), key=lambda k: abs(math.log(schedule[k] / sigma)))
    return [sigma, *schedule[nearest + 1 :]]
