"""Nets from seeds: a batch is drawn together, each net from its own seed.

On the way from noise to a net, small differences grow by half in every step, ten million times in all. How a
processor rounds depends on the batch; with double precision, a net does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from attrs import field, frozen
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
        blueprints: one for each.
        streams: of random numbers, one for each.
        crystals: their symmetry; nothing else of them counts.
    """

    model: Model
    device: torch.device
    blueprints: Sequence[Blueprint]
    streams: Sequence[np.random.Generator]
    crystals: Crystals = field(init=False)

    @crystals.default
    def _anywhere(self) -> Crystals:
        pairs = zip(self.blueprints, self.streams, strict=True)
        return Crystals.of([made.crystal(stream.random((len(made.sites), 3))) for made, stream in pairs])

    def nets(
        self, given: Given, levels: Sequence[float], share: float, condition: Condition | None, aims: Aims
    ) -> list[Crystal]:
        """What the network makes of noise.

        Args:
            given: what it is told of each net apart from targets.
            levels: of the noise; see :func:`zeo_zeosym.sampling.levels`.
            share: of fresh noise; see :func:`zeo_zeosym.sampling.sampled`.
            condition: what steers; None when nothing does.
            aims: what each net aims at.
        """
        predict = self.predictor(given, condition, aims)
        state = begun(self.crystals, levels[0], self.noise())
        state = sampled(self.crystals, state, predict, self.noise, levels, share)
        ends = self.crystals.first_unique[1:-1]
        coords = np.split(state.coords, ends)
        return [
            Crystal(made.group, lattice, made.sites, at)
            for made, lattice, at in zip(self.blueprints, state.lattice, coords, strict=True)
        ]

    def noise(self) -> Noise:
        """Unit noise, in the directions in which T atoms and lattices are free."""
        pairs = zip(self.streams, self.crystals.unique.tolist(), strict=True)
        atoms = np.concatenate([stream.standard_normal((unique, 3)) for stream, unique in pairs])
        strain = np.stack([stream.standard_normal(6) for stream in self.streams])
        return Noise(
            (self.crystals.projection @ atoms[:, :, None])[:, :, 0],
            (self.crystals.allowed @ strain[:, :, None])[:, :, 0],
        )

    def predictor(
        self, given: Given, condition: Condition | None, aims: Aims
    ) -> Callable[[State, float], Noise]:
        """What the network sees of the noise, steered toward what the nets aim at."""
        unconditional = self._network(given)
        if condition is None:
            return lambda state, sigma: self._noise_of(unconditional(self._seen(state, sigma), sigma))
        steered = self._network(
            [{**each, **condition.embedded(aim)} for each, aim in zip(given, aims, strict=True)]
        )
        if "guide" in condition.parts:
            steered = condition.conditioner.guide(
                Denoising(conditional=steered, unconditional=unconditional, channel=_no_channel, values=aims)
            )
        return lambda state, sigma: self._noise_of(steered(self._seen(state, sigma), sigma))

    def _seen(self, state: State, sigma: float) -> dict[str, Tensor]:
        nothing = np.empty((len(self.crystals), 0), dtype=np.float32)
        levels = np.full(len(self.crystals), sigma)
        batch = batch_of(self.crystals, state.coords, state.lattice, levels, nothing, PRECISION)
        return {name: tensor.to(self.device) for name, tensor in batch.items()}

    def _network(self, given: Given) -> Callable[[Mapping[str, Tensor], float], Tensor]:
        """From what there is to see to the noise of T atoms and lattices, one after the other."""
        scalars = np.stack([self.model.conditions.encoded(each).ravel() for each in given])
        known = as_tensor(scalars, PRECISION).to(self.device)

        @torch.no_grad()
        def predict(batch: Mapping[str, Tensor], _sigma: float) -> Tensor:
            parts = self.model.network({**batch, "scalars": torch.cat([batch["scalars"], known], dim=1)})
            return torch.cat([part.flatten() for part in parts])

        return predict

    def _noise_of(self, numbers: Tensor) -> Noise:
        # a network that has learned little may say anything
        values: NDArray[np.float64] = np.nan_to_num(numbers.cpu().numpy()).clip(-MOST_NOISE, MOST_NOISE)
        atoms = 3 * len(self.crystals.multiplicity)
        return Noise(values[:atoms].reshape(-1, 3), values[atoms:].reshape(-1, 6))


def _no_channel(_estimate: object, name: str) -> None:
    raise KeyError(name)
