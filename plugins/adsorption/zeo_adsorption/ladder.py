"""Canonical partition functions of the molecules in a framework, from chains at several fugacities.

Each rung of the ladder is ordinary grand-canonical Monte Carlo. What is kept of it are the probabilities of
acceptance of all insertions tried at N molecules and of all deletions tried at N + 1, accepted or not: their
ratio is that of the probabilities of N + 1 and N molecules at the rung's fugacity, hence at any other
(transition-matrix Monte Carlo: Fitzgerald, Picard, Silver, Europhys. Lett. 1999, 46, 282; Errington, J. Chem.
Phys. 2003, 118, 9915; here without a bias, so that no chain can be trapped by a bad one). Statistical errors
are those of the jackknife over blocks of each rung. Where molecules are packed so densely that their number
hardly changes, all blocks hold the same number, and say nothing of whether another one fits: there, half a
molecule counts as error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from zeo.tools.progress import doing
from zeo_adsorption.chain import Chain, log_activity
from zeo_adsorption.host import Guest, Host
from zeo_adsorption.moves import DELETED, DELETIONS, ENERGY, INSERTED, INSERTIONS, VISITS
from zeo_probes.adsorption import GAS_CONSTANT

BLOCKS = 5
"""Parts of each rung, of which the jackknife leaves out one."""

OFTEN = 0.01
"""Share of the states of a rung from which a number of molecules matters."""

PACKED = "the number of molecules hardly changes: they are packed"

BURN_IN = 0.2
"""Moves at a new fugacity before anything counts, as a share of those that do."""

FEW_SWAPS = 100.0
"""Insertions that are accepted on a rung, below which its blocks do not tell how uncertain the number of
molecules is. With 20 of them methane in CHA at 3,000 bar deviates by up to six times what the blocks say."""


@frozen
class Estimate:
    """A number and its standard error, or the reason why it is undefined (NaN)."""

    value: float
    error: float
    reason: str | None = None

    @classmethod
    def undefined(cls, reason: str) -> Estimate:
        return cls(math.nan, math.nan, reason)

    def coarsened(self, resolution: float) -> Estimate:
        """With an independent error beside its own."""
        return evolve(self, error=math.hypot(self.error, resolution))

    @classmethod
    def jackknife(cls, value: float, parts: Sequence[float] | NDArray[np.float64]) -> Estimate:
        """Of a number from all blocks, and of those from all but one of them each."""
        spread = float(((np.asarray(parts) - np.mean(parts)) ** 2).sum())
        return cls(float(value), math.sqrt((len(parts) - 1) / len(parts) * spread))


@frozen(eq=False)
class Ladder:
    """What chains at several fugacities say of one gas in a framework.

    Args:
        host: the framework; its first gas is meant.
        fugacities: [rungs], Pa.
        collected: [blocks, rungs, most + 1, 6], as :meth:`zeo_adsorption.chain.Chain.walk` collects it.
    """

    host: Host
    fugacities: NDArray[np.float64]
    collected: NDArray[np.float64]

    def estimate(self, function: Callable[[Ladder], float]) -> Estimate:
        """A number that follows from a ladder, with its jackknife error."""
        return Estimate.jackknife(function(self), [function(part) for part in self.parts])

    @cached_property
    def parts(self) -> tuple[Ladder, ...]:
        """What all blocks but one say, for each."""
        blocks = range(len(self.collected))
        return tuple(evolve(self, collected=np.delete(self.collected, block, axis=0)) for block in blocks)

    def loading_estimate(self, *fugacities: float) -> Estimate:
        """Absolute loading at a fugacity (Pa), or the difference of those at two, the first less the second,
        mol/kg.
        """
        packed = sum(self.is_packed(fugacity) for fugacity in fugacities)
        return self.scatter(*fugacities).coarsened(0.5 * self.host.molar * math.sqrt(packed))

    def scatter(self, *fugacities: float) -> Estimate:
        """The same with the error that the blocks tell, whether or not molecules are packed."""
        return self.estimate(
            lambda each: each.loading(fugacities[0]) - sum(map(each.loading, fugacities[1:]))
        )

    def unpacking(self, *fugacities: float) -> float:
        """How many times longer the chains would have to be for molecules not to be packed at fugacities."""
        swaps = [self.swaps[self._nearest(each)] for each in fugacities if self.is_packed(each)]
        least = min(swaps, default=FEW_SWAPS)
        return float(FEW_SWAPS / least) if least > 0 else math.inf

    def heat_estimate(self, fugacity: float) -> Estimate:
        """Isosteric heat of adsorption at a fugacity (Pa), kJ/mol; undefined where molecules are packed."""
        if self.is_packed(fugacity):
            return Estimate.undefined(PACKED)
        found = self.estimate(lambda each: each.heat(fugacity))
        return found if math.isfinite(found.error) else Estimate.undefined(PACKED)

    def is_packed(self, fugacity: float) -> bool:
        """Whether at the rung nearest to a fugacity (Pa) the number of molecules hardly changed; see
        :data:`FEW_SWAPS`. The step from none to one is exact.
        """
        rung = self._nearest(fugacity)
        visits = self._visits[rung]
        mean = visits @ np.arange(len(visits)) / visits.sum()
        return bool(mean > 1 and self.swaps[rung] < FEW_SWAPS)

    @cached_property
    def swaps(self) -> NDArray[np.float64]:
        """[rungs], insertions that were accepted, by their probabilities."""
        swaps: NDArray[np.float64] = self._total[:, :, INSERTED].sum(axis=1)
        return swaps

    @property
    def gap(self) -> int | None:
        """The least number of molecules that no chain was seen to come to from one less and back, though more
        were often seen: from there on the grand partition function is unknown. None where there is none.
        """
        often = self._visits > OFTEN * self._visits.sum(axis=1, keepdims=True)
        visited = np.flatnonzero(often.any(axis=0))
        unknown = np.flatnonzero(~self._known[: visited[-1]])
        return int(unknown[0]) + 1 if len(unknown) else None

    def loading(self, fugacity: float) -> float:
        """Absolute loading at a fugacity (Pa), mol/kg."""
        numbers, probability = self._distribution(fugacity)
        return float(numbers @ probability) * self.host.molar

    def heat(self, fugacity: float) -> float:
        """Isosteric heat of adsorption at a loading, kJ/mol: R T - cov(U, N)/var(N) (Nicholson and Parsonage,
        Computer Simulation and the Statistical Mechanics of Adsorption, 1982); NaN where N hardly varies.
        """
        numbers, probability = self._distribution(fugacity)
        energy = self._energies[numbers]
        mean_number, mean_energy = numbers @ probability, energy @ probability
        variance = (numbers - mean_number) ** 2 @ probability
        covariance = ((numbers - mean_number) * (energy - mean_energy)) @ probability
        thermal = GAS_CONSTANT * self.host.temperature / 1000.0
        return float(thermal * (1.0 - covariance / variance)) if variance > 0 else math.nan

    def log_grand(self, fugacity: float) -> float:
        """ln of the grand partition function at a fugacity (Pa): the integral of <N> d ln f from zero."""
        _, log_weights = self._log_weights(fugacity, np.zeros(1, np.int64))
        top = log_weights.max()
        return float(top + math.log(np.exp(log_weights - top).sum()))

    def log_ratio(self, number: int) -> float:
        """ln of Q(N)/Q(1)^N for N molecules; all steps from the empty framework to there have to be known."""
        return float(self._steps[:number].sum() - number * self._steps[0])

    def _distribution(self, fugacity: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Numbers of molecules and their probabilities at a fugacity."""
        visited = np.flatnonzero(self._visits[self._nearest(fugacity)])
        numbers, log_weights = self._log_weights(fugacity, visited)
        weights = np.exp(log_weights - log_weights.max())
        return numbers, weights / weights.sum()

    def _nearest(self, fugacity: float) -> int:
        """The rung nearest to a fugacity."""
        return int(np.argmin(np.abs(np.log(self.fugacities / fugacity))))

    def _log_weights(
        self, fugacity: float, inside: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The connected numbers of molecules around some, and ln of their weights relative to the first."""
        known = np.flatnonzero(~self._known)  # steps N -> N + 1 that were never tried both ways
        middle = int(inside[len(inside) // 2])
        below, above = known[known < middle], known[known >= middle]
        first = int(below[-1]) + 1 if len(below) else 0
        last = int(above[0])
        numbers = np.arange(first, last + 1)
        steps = self._steps[first:last] + log_activity(self.host, 0, fugacity)
        return numbers, np.concatenate([[0.0], np.cumsum(steps)])

    @cached_property
    def _total(self) -> NDArray[np.float64]:
        """[rungs, most + 1, 6]."""
        total: NDArray[np.float64] = self.collected.sum(axis=0)
        return total

    @property
    def _visits(self) -> NDArray[np.float64]:
        return self._total[:, :, VISITS]

    @cached_property
    def _known(self) -> NDArray[np.bool_]:
        """[most + 1], whether the step from N to N + 1 is known; the first one always is."""
        tried = (self._total[:, :-1, INSERTED] > 0) & (self._total[:, 1:, DELETED] > 0)
        known = np.append(tried.any(axis=0), False)
        known[0] = True
        return known

    @cached_property
    def _steps(self) -> NDArray[np.float64]:
        """[most], ln of Q(N + 1)/Q(N) at an activity of one molecule; rungs by the number of trials."""
        total = self._total
        inserted, insertions = total[:, :-1, INSERTED], total[:, :-1, INSERTIONS]
        deleted, deletions = total[:, 1:, DELETED], total[:, 1:, DELETIONS]
        usable = (inserted > 0) & (deleted > 0)
        activities = np.array([log_activity(self.host, 0, f) for f in self.fugacities])
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.log(inserted / insertions) - np.log(deleted / deletions) - activities[:, None]
            weight = np.where(usable, 1.0 / (1.0 / insertions + 1.0 / deletions), 0.0)
            mean = (weight * np.where(usable, step, 0.0)).sum(axis=0) / weight.sum(axis=0)
        steps: NDArray[np.float64] = np.nan_to_num(mean)
        steps[0] = 0.0  # one molecule alone: exactly what its volume says
        return steps

    @cached_property
    def _energies(self) -> NDArray[np.float64]:
        """[most + 1], mean energy of N molecules, k T, exact for one; between those visited, linear."""
        visits, energy = self._visits.sum(axis=0), self._total[:, :, ENERGY].sum(axis=0)
        visits[:2], energy[:2] = 1.0, (0.0, _energy_alone(self.host.guests[0]))
        seen = np.flatnonzero(visits)
        energies: NDArray[np.float64] = np.interp(np.arange(len(visits)), seen, energy[seen] / visits[seen])
        return energies


def _energy_alone(guest: Guest) -> float:
    """Mean energy of one molecule alone, k T: few chains at low pressure ever visit it."""
    possible = np.isfinite(guest.energy)
    weighted = guest.energy.astype(float)
    energies = (weighted + guest.log_weights[:, None])[possible]
    return float(np.average(energies, weights=np.exp(-weighted[possible])))


def climb(host: Host, fugacities: Sequence[float] | NDArray[np.float64], moves: int, seed: int) -> Ladder:
    """A ladder of chains, each of which goes on where the one before ended.

    Args:
        host: the framework; its first gas is simulated.
        fugacities: of the rungs, Pa; from low to high, so that the supercell fills up.
        moves: on each rung.
        seed: of all random numbers.
    """
    chain = Chain(host, seed)
    rungs = []
    for rung, fugacity in enumerate(fugacities):
        doing(f"Monte Carlo of {host.guests[0].molecule.name}, fugacity {rung + 1} of {len(fugacities)}")
        at = np.array([fugacity])
        chain.walk(at, int(moves * BURN_IN))
        rungs.append([chain.walk(at, moves // BLOCKS)[0] for _ in range(BLOCKS)])
    visited: Any = np.array(rungs).swapaxes(0, 1)
    most = int(np.flatnonzero(visited[..., VISITS].any(axis=(0, 1)))[-1])
    return Ladder(host, np.asarray(fugacities, dtype=float), visited[:, :, : most + 2])


def up_to_pairs(host: Host, fugacities: Sequence[float]) -> list[float]:
    """Fugacities (Pa, rising) with one above them where less than a molecule is expected at the highest:
    chains that never hold two molecules cannot tell what a second one changes, and would leave it out."""
    activity = log_activity(host, 0, fugacities[-1])
    one = fugacities[-1] * math.exp(-activity)
    return [*fugacities, one] if activity < 0 and math.isfinite(one) else list(fugacities)


def rungs_between(rungs: NDArray[np.float64], fugacities: Sequence[float]) -> list[float]:
    """Those of evenly spaced rungs that are nearer to each other than to any of some fugacities (Pa), which
    would leave a gap there."""
    step = math.log(rungs[1] / rungs[0])
    apart = np.abs(np.log(rungs[:, None] / np.asarray(fugacities))).min(axis=1)
    return [float(rung) for rung in rungs[apart > 0.5 * step]]


def rungs_up_to(host: Host, highest: float, count: int) -> NDArray[np.float64]:
    """Fugacities (Pa) from where half a molecule is expected up to the highest, evenly in their logarithm."""
    half = highest * 0.5 / math.exp(log_activity(host, 0, highest))
    return np.geomspace(min(half, highest / math.e), highest, count)
