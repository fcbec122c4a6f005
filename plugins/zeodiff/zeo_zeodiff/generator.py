"""The ``zeodiff`` generator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from attrs import evolve

from zeo.grids.grid import Grid
from zeo.plugin.candidate import JSON, Sample
from zeo.plugin.conditioning import Condition, Known
from zeo.plugin.interfaces import Between
from zeo_learning.generator import LearnedGenerator
from zeo_learning.judged_grids import miss_of_grids
from zeo_learning.noise import SeededNoise
from zeo_learning.restarts import beneath, restarted
from zeo_learning.templates import Template
from zeo_zeodiff.drawing import Drawing
from zeo_zeodiff.edm import BACK
from zeo_zeodiff.model import Model
from zeo_zeodiff.options import EVALUATIONS, ZeoDiffOptions
from zeo_zeodiff.samplers import SAMPLERS
from zeo_zeodiff.steering import Steering

if TYPE_CHECKING:
    from zeo.data.known.frameworks import Framework
    from zeo_learning.plan import TrainingPlan


class ZeoDiff(LearnedGenerator):
    """Draws a cell, a size and a space group from those of the training set, then denoises a grid in it."""

    Options = ZeoDiffOptions
    options: ZeoDiffOptions
    name = "zeodiff"
    model_class = Model

    def plan(self, condition: Condition | None) -> TrainingPlan[Any, Any]:  # noqa: ARG002 (no part loss)
        """See :class:`zeo_zeodiff.plan.ZeoDiffPlan`."""
        from zeo_zeodiff.plan import ZeoDiffPlan

        return ZeoDiffPlan(self)

    def use(self, model: Model, device: torch.device) -> None:
        """Draw from a model that is in memory."""
        self.model, self.device = model, device
        self.model.network.to(device).eval()

    def interpolate(self, first: Framework, second: Framework) -> Between:
        """The path between two frameworks in orthogonal cells; see :mod:`zeo_zeodiff.interpolation`."""
        from zeo_zeodiff.ends import aligned_ends
        from zeo_zeodiff.interpolation import Interpolation

        grids = {"n": self.model.n, "channels": self.model.scaling.channels}
        representation = self.represented({self.representation: grids})
        ends = aligned_ends(first, second, representation, self.model.templates)
        return Interpolation(*ends, self.model, self.device, self.options)

    def known(self) -> Known:
        """What the network was told in training, and which values the training set has."""
        return Known(
            inputs=self.model.conditions.quantities,
            spans=self.model.templates.spans(),
            channels=self.model.scaling.channels,
        )

    def draw(self, seeds: Sequence[int], condition: Condition | None) -> Iterator[Sample]:
        """One grid for each seed, denoised together."""
        aims = [condition.values(seed) if condition else {} for seed in seeds]
        templates = [self._template(seed, values) for seed, values in zip(seeds, aims, strict=True)]
        steering = Steering(
            model=self.model,
            templates=templates,
            operations=[self._operations(template) for template in templates],
            labels=torch.from_numpy(np.stack([self._labels(template) for template in templates])).to(
                self.device
            ),
        )
        drawing = Drawing(
            steering=steering,
            noise=SeededNoise.from_seeds(seeds, steering.labels, len(self.model.scaling.channels)),
            condition=condition,
            aims=aims,
            sampler=SAMPLERS[self.options.sampler],
        )
        for seed, values, template, (drawn, went_back) in zip(
            seeds, aims, templates, self._drawn(drawing), strict=True
        ):
            source: dict[str, JSON] = {"aims": values} if values else {}
            if self.model.recipe.templated:
                source |= {"t_atoms": template.t_atoms, "operations": self._operations(template)}
                source["restarts"] = went_back
            yield Sample(seed=seed, encoded=self._grid(template, drawn), source=source)

    def _template(self, seed: int, aims: Mapping[str, float]) -> Template:
        """With the properties of its framework only where these are near what the sample aims at."""
        stream = np.random.default_rng((seed, 0))
        templates = self.model.templates
        chances = templates.chances(aims) if self.options.template_weights else None
        if chances is None:
            chosen = templates[int(stream.integers(len(templates)))]
            return evolve(chosen, properties={}).jittered(stream)
        return templates[int(stream.choice(len(templates), p=chances))].jittered(stream)

    @property
    def _symmetric(self) -> bool:
        return self.options.symmetry and self.model.recipe.templated

    def _operations(self, template: Template) -> int:
        return len(template.symmetry) if self._symmetric else 1

    def _labels(self, template: Template) -> np.ndarray[Any, np.dtype[np.int64]]:
        n = self.model.n
        return template.symmetry.labels(n) if self._symmetric else np.arange(n**3).reshape(n, n, n)

    def _drawn(self, drawing: Drawing) -> list[tuple[torch.Tensor, int]]:
        """What the network draws, [C, N, N, N] for each sample, and how often it went back to noise."""
        evaluations = self.options.evaluations or EVALUATIONS[self.options.sampler]
        levels = self.model.recipe.sampling_levels(evaluations)

        def again(chosen: Sequence[int], grids: Sequence[torch.Tensor]) -> Sequence[torch.Tensor]:
            return drawing.of(chosen).again(grids, beneath(levels, BACK))

        # what a cell is drawn for can be judged against it; recipe=paper finds the cell of a finished grid
        restarts = self.options.restarts if self.model.recipe.templated else 0
        return restarted(drawing.grids(levels), self._miss(drawing), again, restarts)

    def _miss(self, drawing: Drawing) -> Callable[[int, torch.Tensor], float]:
        """How far a grid is from being one of a framework that is wanted."""
        targets = drawing.condition.wanted if drawing.condition and self.options.measured else ()
        miss, templates = miss_of_grids(self.represented(), targets, self.plugins), drawing.steering.templates
        return lambda number, drawn: miss(self._grid(templates[number], drawn))

    def _grid(self, template: Template, drawn: torch.Tensor) -> Grid:
        scaling, scaled = self.model.scaling, drawn.cpu().numpy()
        return Grid(scaling.to_physical(scaled), scaling.channels, np.diag(self.model.cell(template, scaled)))
