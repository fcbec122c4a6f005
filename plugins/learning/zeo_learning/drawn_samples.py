"""The real figure of a training: what becomes of samples when they are drawn, decoded and repaired."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from zeo.plugin.candidate import Candidate, Sample
from zeo.plugin.facts import DecodeFacts, RepairFacts
from zeo.plugin.registry import Plugins
from zeo.running.drawing import draw
from zeo.running.passing import process
from zeo.running.record import Record
from zeo.running.stages import Stage, decoding, postprocessing

SI_TO_O = (0.45, 0.55)
"""Between which the papers want the number of Si atoms for each O atom."""


class DrawsFromMemory(Protocol):
    """A generator that can draw from a model in memory."""

    def use(self, model: Any, device: Any) -> None:
        """Draw from this model from now on."""

    def sample(self, seeds: Sequence[int], condition: Any = None) -> Iterator[Sample]:
        """See :meth:`zeo.plugin.interfaces.Generator.sample`."""


class DrawnSamples:
    """Draws the samples of the same few seeds and takes them through decoding and repair, as a run would.

    Args:
        name: of the generator.
        generator: with options that say how samples are drawn.
        n: samples.
        plugins: among them the representation and the repair, with the user's options.
    """

    def __init__(self, name: str, generator: DrawsFromMemory, n: int, plugins: Plugins) -> None:
        spec = plugins.find("generator", name).spec
        decode = decoding(plugins.create("representation", spec.representation))
        repair = postprocessing("repair", spec.repair, plugins)
        self.stages = [Stage("decode", spec.representation, decode), repair]
        self.name, self.n, self.generator = name, n, generator

    def __call__(self, module: Any) -> dict[str, float]:
        """The :func:`figures` of samples from the averaged weights.

        Args:
            module: a :class:`zeo_learning.module.TrainedModule`.
        """
        self.generator.use(module.trained({}), module.device)
        candidates = draw(self.generator.sample, self.name, int, range(self.n))
        return figures([process(candidate, self.stages) for candidate in candidates])


def figures(candidates: Sequence[Candidate]) -> dict[str, float]:
    """The share of candidates with Si:O within :data:`SI_TO_O` as decoded, their median connectivity before
    repair (by the papers' 2.5 A rule) and the share that is four-connected after it."""
    records = [Record.of(candidate) for candidate in candidates]
    decoded = [record.facts(DecodeFacts) for record in records]
    low, high = SI_TO_O
    proportionate = [low * (each.o or 0) < (each.si or 0) < high * (each.o or 0) for each in decoded]
    connectivity = [record.facts(RepairFacts).connectivity_before or 0.0 for record in records]
    return {
        "drawn_si_to_o": float(np.mean(proportionate)),
        "drawn_connectivity": float(np.median(connectivity)),
        "drawn_perfect": float(np.mean([candidate.rejection is None for candidate in candidates])),
    }
