"""Nets from seeds: a batch is drawn together, each net from its own seed.

On the way from noise to a net, small differences grow by half in every step, ten million times in all. How a
processor rounds depends on the batch; with double precision, a net does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import torch
from attrs import evolve, frozen
from numpy.typing import NDArray
from torch import Tensor

from zeo.plugin.conditioning import Condition, Denoising
from zeo_zeosym.batch import as_tensor, batch_of
from zeo_zeosym.blueprint import Blueprint
from zeo_zeosym.collection import Crystals
from zeo_zeosym.crystal import Crystal
from zeo_zeosym.model import Model
from zeo_zeosym.sampling import Noise, State, begun, sampled

Given = Sequence[Mapping[str, float | None]]
"""What the network is told of each net."""

Aims = Sequence[Mapping[str, float]]
"""What each net aims at."""

Network = Callable[[Mapping[str, Tensor], float], Tensor]
"""From what there is to see of some crystals to the noise of T atoms and lattices, one after the other."""

PRECISION = torch.float64
"""Of the network that draws."""

MOST_NOISE = 1e3
"""Standard deviations."""


@frozen(eq=False, kw_only=True)
class Drawing:
    """A batch of nets on their way from noise.

    Args:
        model: that draws them; its network has the precision of :data:`PRECISION`.
        device: where its network computes.
        streams: of random numbers, one for each net.
        given: what the network is told of each, apart from targets and the density of its blueprint.
        aims: what each aims at.
        condition: what steers; None when nothing does.
    """

    model: Model
    device: torch.device
    streams: Sequence[np.random.Generator]
    given: Given
    aims: Aims
    condition: Condition | None = None

    def nets(self, blueprints: Sequence[Blueprint], levels: Sequence[float], share: float) -> list[Crystal]:
        """What the network makes of noise, one net for each blueprint.

        Args:
            blueprints: of the nets.
            levels: of the noise; see :func:`zeo_zeosym.sampling.levels`.
            share: of fresh noise; see :func:`zeo_zeosym.sampling.sampled`.
        """
        pairs = zip(blueprints, self.streams, strict=True)
        anywhere = [made.crystal(stream.random((len(made.sites), 3))) for made, stream in pairs]
        crystals = Crystals.of(anywhere)
        fresh = partial(self.noise, crystals)
        state = begun(crystals, levels[0], fresh())
        predict = self._told_densities(blueprints).predictor(crystals)
        state = sampled(crystals, state, predict, fresh, levels, share)
        coords = np.split(state.coords, crystals.first_unique[1:-1])
        return [
            Crystal(net.group, lattice, net.sites, at)
            for net, lattice, at in zip(anywhere, state.lattice, coords, strict=True)
        ]

    def _told_densities(self, blueprints: Sequence[Blueprint]) -> Drawing:
        """The same, the network told the densities of the blueprints, unless it is told others."""
        pairs = zip(blueprints, self.given, strict=True)
        return evolve(self, given=[{"density": blueprint.density, **each} for blueprint, each in pairs])

    def of(self, chosen: Sequence[int]) -> Drawing:
        """Some of the nets."""
        return evolve(
            self,
            streams=[self.streams[k] for k in chosen],
            given=[self.given[k] for k in chosen],
            aims=[self.aims[k] for k in chosen],
        )

    def noise(self, crystals: Crystals) -> Noise:
        """Unit noise, in the directions in which T atoms and lattices are free."""
        pairs = zip(self.streams, crystals.unique.tolist(), strict=True)
        atoms = np.concatenate([stream.standard_normal((unique, 3)) for stream, unique in pairs])
        strain = np.stack([stream.standard_normal(6) for stream in self.streams])
        return Noise(
            (crystals.projection @ atoms[:, :, None])[:, :, 0],
            (crystals.allowed @ strain[:, :, None])[:, :, 0],
        )

    def predictor(self, crystals: Crystals) -> Callable[[State, float], Noise]:
        """What the network sees of the noise, steered toward what the nets aim at."""
        steered = self._steered()

        def predict(state: State, sigma: float) -> Noise:
            return _noise_of(steered(self._seen(crystals, state, sigma), sigma), crystals)

        return predict

    def _steered(self) -> Network:
        unconditional, condition = self._network(self.given), self.condition
        if condition is None:
            return unconditional
        told = [{**each, **condition.embedded(aim)} for each, aim in zip(self.given, self.aims, strict=True)]
        conditional = self._network(told)
        if "guide" not in condition.parts:
            return conditional
        return condition.conditioner.guide(
            Denoising(
                conditional=conditional, unconditional=unconditional, channel=_no_channel, values=self.aims
            )
        )

    def _seen(self, crystals: Crystals, state: State, sigma: float) -> dict[str, Tensor]:
        nothing = np.empty((len(crystals), 0), dtype=np.float32)
        levels = np.full(len(crystals), sigma)
        batch = batch_of(crystals, state.coords, state.lattice, levels, nothing, PRECISION)
        return {name: tensor.to(self.device) for name, tensor in batch.items()}

    def _network(self, given: Given) -> Network:
        scalars = np.stack([self.model.conditions.encoded(each).ravel() for each in given])
        known = as_tensor(scalars, PRECISION).to(self.device)

        @torch.no_grad()
        def predict(batch: Mapping[str, Tensor], _sigma: float) -> Tensor:
            parts = self.model.network({**batch, "scalars": torch.cat([batch["scalars"], known], dim=1)})
            return torch.cat([part.flatten() for part in parts])

        return predict


def _noise_of(numbers: Tensor, crystals: Crystals) -> Noise:
    # a network that has learned little may say anything
    values: NDArray[np.float64] = np.nan_to_num(numbers.cpu().numpy()).clip(-MOST_NOISE, MOST_NOISE)
    atoms = 3 * len(crystals.multiplicity)
    return Noise(values[:atoms].reshape(-1, 3), values[atoms:].reshape(-1, 6))


def _no_channel(_estimate: object, name: str) -> None:
    raise KeyError(name)
