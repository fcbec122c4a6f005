"""The ``zeosym`` generator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from attrs import frozen

from zeo.plugin.candidate import JSON, Sample
from zeo.plugin.conditioning import Condition, Known
from zeo.plugin.interfaces import Generator, Progress
from zeo.plugin.options import option
from zeo.plugin.targets import Target
from zeo_learning.condition import spans
from zeo_learning.folder import usable_device
from zeo_learning.options import TrainingOptions, own_first
from zeo_zeosym.blueprint import Blueprints
from zeo_zeosym.drawing import PRECISION, Drawing
from zeo_zeosym.model import Model
from zeo_zeosym.prior import Limits, Prior, require_range
from zeo_zeosym.regular import structure_of
from zeo_zeosym.sampling import levels

if TYPE_CHECKING:
    from zeo.data.known.frameworks import FrameworkSet

LOWEST = (2.0, 25.0)
"""Percentiles of the energies of a training set."""

SHIPPED = Path(__file__).parent / "weights"
"""The model that comes with the plugin."""


@frozen(kw_only=True, field_transformer=own_first)
class ZeoSymOptions(TrainingOptions):
    space_group: tuple[int, ...] = option((), "numbers of the space groups drawn; any when empty", at_least=1)
    unique_t: tuple[int, ...] = option(
        (), "symmetry-unique T atoms: a number, or LEAST,MOST; any when empty", at_least=1
    )
    t_atoms: tuple[int, ...] = option(
        (), "T atoms in the primitive cell: a number, or LEAST,MOST; any when empty", at_least=1
    )
    density: tuple[float, ...] = option(
        (), "framework density: a number, or LEAST,MOST; any when empty", unit="T per 1000 A3", above=0
    )
    stable: bool = option(
        True, "where energy is left open, tell the network one from the lowest quarter of its training set"
    )
    energy: tuple[float, ...] = option(
        (),
        "energy that the network is told, above quartz: a number, or LEAST,MOST; none when empty",
        unit="kJ/mol Si",
    )
    largest_ring: tuple[float, ...] = option(
        (), "largest ring that the network is told, in T atoms: a number, or LEAST,MOST; none when empty"
    )
    evaluations: int = option(40, "network evaluations for each sample", at_least=2)
    fresh: float = option(
        1.0, "share of the noise that is drawn anew in every step, 0 for none", at_least=0, at_most=1
    )
    at_once: int = option(64, "samples drawn together; memory grows with it alone", at_least=1)
    steps: int = option(200_000, "training: steps in all, earlier slices included", at_least=1)
    batch: int = option(64, "training: examples in a step, on each device", at_least=1)
    learning_rate: float = option(1e-3, "training: after warm-up", above=0)
    average: float = option(
        0.9995, "training: decay of the running average of the weights", above=0, at_most=1
    )
    width: int = option(128, "training: features of a T atom in the network", at_least=8)
    layers: int = option(5, "training: rounds of messages in the network", at_least=1)
    max_t: int = option(200, "training: leave out primitive cells with more T atoms", at_least=1)
    max_unique: int = option(
        32, "training: leave out frameworks with more symmetry-unique T atoms", at_least=1
    )
    skewed_types: bool = option(
        True,
        "training: learn also from the IZA types that data sets cannot hold, for want of an orthogonal cell",
    )
    check_every: int = option(500, "training: steps between validations", at_least=1)
    drawn_samples: int = option(64, "training: samples in such a drawing", at_least=1)

    @property
    def limits(self) -> Limits:
        """To what is drawn."""
        return Limits(
            space_groups=self.space_group,
            unique_t=self.unique_t,
            t_atoms=self.t_atoms,
            density=self.density,
        )

    def wishes(self, known: Known) -> list[Target]:
        """What samples aim at that no probe measures, so that no ``--target`` can ask for it.

        Args:
            known: to the model.

        Raises:
            ConfigError: an empty range, a quantity that the model was not told, or values that its training
                set does not have.
        """
        ranges = {"energy": self.energy, "largest_ring": self.largest_ring}
        for name, values in ranges.items():
            require_range(name, values)
        targets = [Target(name, values[0], values[-1]) for name, values in ranges.items() if values]
        return known.narrowed(targets, known.inputs, "zeosym") if targets else []


def stable_energies(blueprints: Blueprints) -> list[Target]:
    """The lowest quarter of the energies of a training set, without the few that lie below all others; none
    where energies are not known."""
    energies = blueprints.properties.get("energy", np.empty(0))
    energies = energies[~np.isnan(energies)]
    return [Target("energy", *np.percentile(energies, LOWEST).tolist())] if len(energies) else []


class ZeoSym(Generator):
    """Draws the symmetry-unique T atoms and the lattice of a net for a space group and sites."""

    Options = ZeoSymOptions
    options: ZeoSymOptions

    def train(
        self,
        data: FrameworkSet,
        out: Path,
        progress: Progress,
        start: Path | None = None,
        condition: Condition | None = None,  # noqa: ARG002 (it does not support the part loss)
    ) -> Path:
        """Train on frameworks, or go on where ``out`` stopped.

        Raises:
            ConfigError: no framework to learn from, a folder of another training, or a checkpoint of another
                network to start from.
        """
        from zeo_zeosym.fitting import fit

        return fit(data, out, progress, self.options, start)

    def load(self, checkpoint: Path | None, device: str) -> None:
        """Read weights: those in the folder, or the shipped ones.

        Raises:
            ConfigError: a folder without a model, or a device that torch does not have.
        """
        chosen = usable_device(device)
        self.use(Model.load(SHIPPED if checkpoint is None else checkpoint), chosen)

    def use(self, model: Model, device: torch.device) -> None:
        """Draw from a model that is in memory."""
        self.model, self.device = model, device
        self.model.network.to(device, PRECISION).eval()
        self.wishes = self.options.wishes(self.known())
        if self.options.stable and not self.options.energy:
            self.wishes += stable_energies(model.blueprints)
        self.prior = Prior(model.blueprints, self.options.limits)

    def known(self) -> Known:
        """What the network was told in training, and which values the training set has."""
        told, blueprints = self.model.conditions.quantities, self.model.blueprints
        return Known(inputs=told, spans=spans(blueprints.properties))

    def sample(self, seeds: Sequence[int], condition: Any = None) -> Iterator[Sample]:
        """One net for each seed, drawn when they are asked for, :attr:`ZeoSymOptions.at_once` at a time.

        Those that are four-connected come with oxygen and as regular as distance least squares makes them,
        the others as T atoms alone, for the repair.
        """
        for first in range(0, len(seeds), self.options.at_once):
            yield from self._together(seeds[first : first + self.options.at_once], condition)

    def _together(self, seeds: Sequence[int], condition: Condition | None) -> Iterator[Sample]:
        wished = [self._wished(seed) for seed in seeds]
        aims = [
            {**wish, **condition.values(seed)} if condition else wish
            for seed, wish in zip(seeds, wished, strict=True)
        ]
        streams = [np.random.default_rng((seed, 0)) for seed in seeds]
        blueprints = [self.prior.draw(stream, aim) for stream, aim in zip(streams, aims, strict=True)]
        drawing = Drawing(model=self.model, device=self.device, blueprints=blueprints, streams=streams)
        told = [
            {"density": blueprint.density, **wish} for blueprint, wish in zip(blueprints, wished, strict=True)
        ]
        sigmas = levels(self.options.evaluations)
        nets = drawing.nets(told, sigmas, self.options.fresh, condition, aims)
        for seed, aim, net in zip(seeds, aims, nets, strict=True):
            source: dict[str, JSON] = {
                "space_group": net.group,
                "unique_t": len(net.sites),
                "t_atoms": len(net.image),
            }
            if aim:
                source["aims"] = aim
            yield Sample(seed=seed, structure=structure_of(net), source=source)

    def _wished(self, seed: int) -> dict[str, float]:
        """For each wish a value uniform in its range, from the seed of the sample."""
        stream = np.random.default_rng((seed, 1))
        return {wish.name: float(stream.uniform(wish.low, wish.high)) for wish in self.wishes}
