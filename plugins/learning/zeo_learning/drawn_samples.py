"""The real figure of a training: what becomes of samples when they are drawn, decoded and repaired."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from attrs import evolve, frozen

from zeo.plugin.candidate import Candidate, Sample
from zeo.plugin.facts import RepairFacts
from zeo.plugin.gates import in_window
from zeo.plugin.interfaces import Representation
from zeo.plugin.registry import Plugins
from zeo.tools.foreign import foreign_code

logger = logging.getLogger("zeo")


@frozen
class Drawn:
    """What became of a sample.

    Args:
        si: silicon atoms as decoded.
        o: oxygen atoms as decoded.
        connectivity: share of all atoms with their proper bonds before the repair.
        is_perfect: whether all are after it.
    """

    si: int = 0
    o: int = 0
    connectivity: float = 0.0
    is_perfect: bool = False


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
        plugins: among them the repair, with the user's options.
        representation: decodes what is drawn.
    """

    def __init__(
        self,
        name: str,
        generator: DrawsFromMemory,
        n: int,
        plugins: Plugins,
        representation: Representation[Any],
    ) -> None:
        spec = plugins.find("generator", name).spec
        plugins.postprocessor("repair", spec.repair)
        self.representation = representation
        self.repair = plugins.create("postprocessor", spec.repair)
        self.n, self.generator = n, generator

    def __call__(self, module: Any) -> dict[str, float]:
        """The :func:`figures` of samples from the averaged weights.

        Args:
            module: a :class:`zeo_learning.module.TrainedModule`.
        """
        self.generator.use(module.trained({}), module.device)
        return figures([self._cleaned(sample) for sample in self.generator.sample(range(self.n))])

    def _cleaned(self, sample: Sample) -> Drawn:
        """A sample after the repair, as far as it comes; what a plugin raises costs this sample alone."""
        decoded = Drawn()
        if sample.encoded is None:
            return decoded
        try:
            with foreign_code():
                structure = self.representation.decode(sample.encoded)
                decoded = Drawn(si=structure.count("Si"), o=structure.count("O"))
                repaired = self.repair.apply(Candidate.of(structure, sample.encoded))
        except Exception as error:
            logger.warning("a sample of the training was lost", exc_info=error)
            return decoded
        connectivity = RepairFacts.read(repaired.notes).connectivity_before
        return evolve(decoded, connectivity=connectivity or 0.0, is_perfect=repaired.rejection is None)


def figures(drawn: Sequence[Drawn]) -> dict[str, float]:
    """The share of samples with Si:O in the papers' window as decoded, their median connectivity before
    repair (by the papers' 2.5 A rule) and the share that is four-connected after it."""
    return {
        "drawn_si_to_o": float(np.mean([in_window(each.si, each.o) for each in drawn])),
        "drawn_connectivity": float(np.median([each.connectivity for each in drawn])),
        "drawn_perfect": float(np.mean([each.is_perfect for each in drawn])),
    }
