"""The ``zeogan`` generator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zeo.grids.grid import Grid
from zeo.plugin.candidate import JSON, Sample
from zeo.plugin.conditioning import Condition, Known
from zeo_learning.condition import Conditions
from zeo_learning.generator import LearnedGenerator
from zeo_learning.judged_grids import miss_of_grids
from zeo_learning.noise import SeededNoise
from zeo_learning.orbits import OrbitsOfPoints
from zeo_learning.precision import autocast
from zeo_learning.restarts import restarted
from zeo_learning.templates import Template
from zeo_zeogan.lattice import in_angstrom
from zeo_zeogan.model import Model
from zeo_zeogan.networks import Given
from zeo_zeogan.options import ZeoGANOptions

if TYPE_CHECKING:
    from zeo_learning.plan import TrainingPlan


RESTARTS_STREAM = 2
"""Of the noise of a seed, beside that of the first drawing."""


class ZeoGAN(LearnedGenerator):
    """Draws a grid from noise, in a cell of its own or one of the training set, as the recipe is."""

    Options = ZeoGANOptions
    options: ZeoGANOptions
    name = "zeogan"
    model_class = Model

    def plan(self, condition: Condition | None) -> TrainingPlan[Any, Any]:
        """See :class:`zeo_zeogan.plan.ZeoGANPlan`."""
        from zeo_zeogan.plan import ZeoGANPlan

        return ZeoGANPlan(self, condition)

    def use(self, model: Model, device: torch.device) -> None:
        """Draw from a model that is in memory."""
        self.model, self.device = model, device
        self.model.generator.to(device).eval()
        self.orbits = OrbitsOfPoints(model.n)

    def known(self) -> Known:
        """Which channels it draws."""
        return Known(channels=self.model.scaling.channels)

    @torch.no_grad()
    def draw(self, seeds: Sequence[int], condition: Condition | None) -> Iterator[Sample]:  # noqa: ARG002
        """One grid for each seed, drawn together."""
        templates = self._templates(seeds)
        given = self._given(templates)
        with autocast(self.device):
            drawn = self.model.generator.draw(seeds, given, self.options.passes)
        if given is None:
            assert drawn.edges is not None
            cells = in_angstrom(drawn.edges).double().cpu().numpy()
            for seed, grid, edges in zip(seeds, drawn.grid, cells, strict=True):
                yield Sample(seed=seed, encoded=self._grid(grid, edges))
            return
        finished = self._restarted(drawn.grid.unbind(), seeds, templates, given)
        for seed, template, (grid, went_back) in zip(seeds, templates, finished, strict=True):
            source: dict[str, JSON] = {
                "t_atoms": template.t_atoms,
                "operations": len(template.symmetry),
                "restarts": went_back,
            }
            yield Sample(seed=seed, encoded=self._grid(grid, template.lengths), source=source)

    def _restarted(
        self, grids: Sequence[Tensor], seeds: Sequence[int], templates: Sequence[Template], given: Given
    ) -> list[tuple[Tensor, int]]:
        """Grids [C, N, N, N], those that were not four-connected drawn on, and how often each went back."""
        channels = len(self.model.scaling.channels)
        noise = SeededNoise.from_seeds(seeds, given.labels, channels, RESTARTS_STREAM)
        miss = miss_of_grids(self.represented(), (), self.plugins)

        def again(chosen: Sequence[int], some: Sequence[Tensor]) -> Sequence[Tensor]:
            stacked, told = torch.stack(list(some)), given.of(chosen)
            with autocast(self.device):
                return self.model.generator.again(
                    stacked, noise.of(chosen), told, self.options.passes
                ).unbind()

        def far(number: int, grid: Tensor) -> float:
            return miss(self._grid(grid, templates[number].lengths))

        return restarted(grids, far, again, self.options.restarts)

    def _grid(self, drawn: Tensor, edges: NDArray[np.float64]) -> Grid:
        scaling = self.model.scaling
        return Grid(scaling.to_physical(drawn.cpu().numpy()), scaling.channels, np.diag(edges))

    def _templates(self, seeds: Sequence[int]) -> list[Template]:
        """One for each seed, in recipes that draw for them."""
        known = self.model.templates
        if known is None:
            return []
        streams = [np.random.default_rng((seed, 0)) for seed in seeds]
        return [known[int(stream.integers(len(known)))].jittered(stream) for stream in streams]

    def _given(self, templates: Sequence[Template]) -> Given | None:
        if not templates:
            return None
        scalars = [Conditions().scalars(t.lengths, t.t_atoms, len(t.symmetry), {}) for t in templates]
        labels = [self.orbits.labels(template.symmetry) for template in templates]
        return Given(
            scalars=torch.from_numpy(np.stack(scalars)).to(self.device),
            labels=torch.from_numpy(np.stack(labels)).long().to(self.device),
        )
