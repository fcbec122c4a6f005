"""The ``zeodiff`` generator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
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
from zeo_learning.restarts import redrawn
from zeo_learning.templates import Template
from zeo_zeodiff.drawing import Drawing
from zeo_zeodiff.model import Model
from zeo_zeodiff.options import EVALUATIONS, ZeoDiffOptions
from zeo_zeodiff.samplers import SAMPLERS
from zeo_zeodiff.steering import Steering

if TYPE_CHECKING:
    from zeo.data.known.frameworks import Framework
    from zeo_learning.plan import TrainingPlan


Drawn = tuple[torch.Tensor, Template]
"""A grid [C, N, N, N], and what it was drawn for."""


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

    def load(self, checkpoint: Path | None, device: str) -> None:
        """See :meth:`zeo_learning.generator.LearnedGenerator.load`."""
        super().load(checkpoint, device)
        if self.options.unseen:
            self.shun_what_was_learned(checkpoint, self._restarts)

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
        found = self._drawn(seeds, aims, condition)
        for seed, values, ((drawn, template), begun_anew) in zip(seeds, aims, found, strict=True):
            source: dict[str, JSON] = {"aims": values} if values else {}
            if self.model.recipe.templated:
                source |= {"t_atoms": template.t_atoms, "operations": self._operations(template)}
                source["restarts"] = begun_anew
            yield Sample(seed=seed, encoded=self._grid(template, drawn), source=source)

    def _template(self, stream: np.random.Generator, aims: Mapping[str, float]) -> Template:
        """With the properties of its framework only where these are near what the sample aims at."""
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

    def _drawn(
        self, seeds: Sequence[int], aims: Sequence[Mapping[str, float]], condition: Condition | None
    ) -> list[tuple[Drawn, int]]:
        """What the network draws of each sample, and how often it began anew, for another template."""
        evaluations = self.options.evaluations or EVALUATIONS[self.options.sampler]
        levels = self.model.recipe.sampling_levels(evaluations)
        cells, noises = ([np.random.default_rng((seed, number)) for seed in seeds] for number in (0, 1))

        def draw(chosen: Sequence[int]) -> list[Drawn]:
            values = [aims[k] for k in chosen]
            templates = [self._template(cells[k], aims[k]) for k in chosen]
            drawing = self._drawing(templates, [noises[k] for k in chosen], values, condition)
            return list(zip(drawing.grids(levels), templates, strict=True))

        return redrawn(len(seeds), draw, self._miss(condition), self._restarts)

    @property
    def _restarts(self) -> int:
        """What a cell is drawn for can be judged against it; recipe=paper finds the cell of the grid."""
        return self.options.restarts if self.model.recipe.templated else 0

    def _drawing(
        self,
        templates: Sequence[Template],
        streams: Sequence[np.random.Generator],
        aims: Sequence[Mapping[str, float]],
        condition: Condition | None,
    ) -> Drawing:
        labels = torch.from_numpy(np.stack([self._labels(template) for template in templates]))
        steering = Steering(
            model=self.model,
            templates=templates,
            operations=[self._operations(template) for template in templates],
            labels=labels.to(self.device),
        )
        return Drawing(
            steering=steering,
            noise=SeededNoise.from_streams(streams, steering.labels, len(self.model.scaling.channels)),
            condition=condition,
            aims=aims,
            sampler=SAMPLERS[self.options.sampler],
        )

    def _miss(self, condition: Condition | None) -> Callable[[int, Drawn], float]:
        """How far a grid is from being one of a framework that is wanted."""
        targets = condition.wanted if condition and self.options.measured else ()
        miss = miss_of_grids(self.represented(), targets, self.plugins, self.shunned)
        return lambda _, drawn: miss(self._grid(drawn[1], drawn[0]))

    def _grid(self, template: Template, drawn: torch.Tensor) -> Grid:
        scaling, scaled = self.model.scaling, drawn.cpu().numpy()
        return Grid(scaling.to_physical(scaled), scaling.channels, np.diag(self.model.cell(template, scaled)))
