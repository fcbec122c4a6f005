"""The ``zeogan`` generator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from zeo.grids.grid import Grid
from zeo.plugin.candidate import JSON, Sample
from zeo.plugin.conditioning import Condition, Known
from zeo_learning.condition import Conditions
from zeo_learning.generator import LearnedGenerator
from zeo_learning.orbits import OrbitsOfPoints
from zeo_learning.precision import autocast
from zeo_learning.templates import Template
from zeo_zeogan.lattice import in_angstrom
from zeo_zeogan.model import Model
from zeo_zeogan.networks import Given
from zeo_zeogan.options import ZeoGANOptions

if TYPE_CHECKING:
    from zeo_learning.plan import TrainingPlan


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
        grids = drawn.grid.cpu().numpy()
        edges = (
            np.stack([template.lengths for template in templates])
            if drawn.edges is None
            else in_angstrom(drawn.edges).double().cpu().numpy()
        )
        scaling = self.model.scaling
        for k, seed in enumerate(seeds):
            source: dict[str, JSON] = {}
            if templates:
                source = {"t_atoms": templates[k].t_atoms, "operations": len(templates[k].symmetry)}
            grid = Grid(scaling.to_physical(grids[k]), scaling.channels, np.diag(edges[k]))
            yield Sample(seed=seed, encoded=grid, source=source)

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
