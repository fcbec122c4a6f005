"""The ``zeosym`` generator."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from zeo.errors import InputError
from zeo.plugin.candidate import JSON, Rejection, Sample
from zeo.plugin.conditioning import Condition, Known
from zeo_learning.condition import spans
from zeo_learning.generator import LearnedGenerator
from zeo_learning.off_target import distance_from
from zeo_learning.restarts import redrawn
from zeo_zeosym.blueprint import Blueprint
from zeo_zeosym.crystal import Crystal
from zeo_zeosym.drawing import PRECISION, Drawing
from zeo_zeosym.model import Model
from zeo_zeosym.options import ZeoSymOptions
from zeo_zeosym.prior import ENERGY, Prior
from zeo_zeosym.regular import structure_of
from zeo_zeosym.sampling import levels
from zeo_zeosym.silica import is_framework
from zeo_zeosym.smoothed import SmoothedKinds, Smoothing

if TYPE_CHECKING:
    from zeo_learning.plan import TrainingPlan

COLLAPSED = "collapsed lattice"
"""Why a sample is lost whose network has learned too little."""


class ZeoSym(LearnedGenerator):
    """Draws the symmetry-unique T atoms and the lattice of a net for a space group and sites."""

    Options = ZeoSymOptions
    options: ZeoSymOptions
    name = "zeosym"
    model_class = Model

    def plan(self, condition: Condition | None) -> TrainingPlan[Any, Any]:  # noqa: ARG002 (no part loss)
        """See :class:`zeo_zeosym.plan.ZeoSymPlan`."""
        from zeo_zeosym.plan import ZeoSymPlan

        return ZeoSymPlan(self.name, self.options)

    def load(self, checkpoint: Path | None, device: str) -> None:
        """See :meth:`zeo_learning.generator.LearnedGenerator.load`."""
        super().load(checkpoint, device)
        if self.options.unseen:
            self.shun_what_was_learned(checkpoint, self.options.restarts)

    def use(self, model: Model, device: torch.device) -> None:
        """Draw from a model that is in memory."""
        self.model, self.device = model, device
        self.model.network.to(device, PRECISION).eval()
        self.wishes = self.options.wishes(self.known())
        limits, simplicity = self.options.limits, self.options.simplicity_of_prior
        self.prior = Prior(model.blueprints, limits, simplicity)
        self.kinds = SmoothedKinds(
            blueprints=model.blueprints, limits=limits, smoothing=Smoothing(simplicity=simplicity)
        )

    def known(self) -> Known:
        """What the network was told in training, and which values the training set has."""
        quantities, blueprints = self.model.conditions.quantities, self.model.blueprints
        return Known(inputs=quantities, spans=spans(blueprints.properties))

    def _blueprint(self, stream: np.random.Generator, aims: Mapping[str, float]) -> Blueprint:
        known = self.prior.draw(stream, aims)
        return known if self.options.prior == "training" else self.kinds.like(known, stream)

    def draw(self, seeds: Sequence[int], condition: Condition | None) -> Iterator[Sample]:
        """One net for each seed, drawn together.

        Those that are four-connected come with oxygen and as regular as distance least squares makes them,
        the others as T atoms alone, for the repair; those whose lattice has collapsed are lost.
        """
        targets = [condition.values(seed) if condition else {} for seed in seeds]
        wished = [self._wished(seed, target) for seed, target in zip(seeds, targets, strict=True)]
        aims = [{**wish, **target} for wish, target in zip(wished, targets, strict=True)]
        drawing = Drawing(
            model=self.model,
            device=self.device,
            streams=[np.random.default_rng((seed, 0)) for seed in seeds],
            given=wished,
            aims=aims,
            condition=condition,
        )
        for seed, aim, (net, begun_anew) in zip(seeds, aims, self._nets(drawing), strict=True):
            source: dict[str, JSON] = {
                "space_group": net.group,
                "unique_t": len(net.sites),
                "t_atoms": len(net.image),
                "restarts": begun_anew,
            }
            if aim:
                source["aims"] = aim
            try:
                yield Sample(seed=seed, structure=structure_of(net), source=source)
            except InputError as error:
                yield Sample(seed=seed, source=source, rejection=Rejection(COLLAPSED, str(error)))

    def _nets(self, drawing: Drawing) -> list[tuple[Crystal, int]]:
        """A net for each sample, and how often it began anew, with another blueprint."""
        sigmas, fresh = levels(self.options.evaluations), self.options.fresh

        def draw(chosen: Sequence[int]) -> list[Crystal]:
            some = drawing.of(chosen)
            pairs = zip(some.streams, some.aims, strict=True)
            return some.nets([self._blueprint(stream, aim) for stream, aim in pairs], sigmas, fresh)

        return redrawn(len(drawing.aims), draw, self._miss(drawing.condition), self.options.restarts)

    def _miss(self, condition: Condition | None) -> Callable[[int, Crystal], float]:
        """How far a net is from being one that is wanted."""
        targets = condition.wanted if condition and self.options.measured else ()
        distance = distance_from(targets, self.plugins, self.shunned)
        judged = bool(targets or self.shunned)

        def miss(_number: int, net: Crystal) -> float:
            if not is_framework(net):
                return math.inf
            return distance(structure_of(net)) if judged else 0.0

        return miss

    def _wished(self, seed: int, target: Mapping[str, float]) -> dict[str, float]:
        """For each wish a value uniform in its range, from the seed of the sample; and a low energy, of those
        that frameworks have which are what the sample aims at."""
        stream = np.random.default_rng((seed, 1))
        wished = {wish.name: float(stream.uniform(wish.low, wish.high)) for wish in self.wishes}
        if self.options.stable and not self.options.energy:
            lowest = self.prior.lowest_energies({**wished, **target})
            if lowest is not None:
                wished[ENERGY] = float(stream.uniform(*lowest))
        return wished
