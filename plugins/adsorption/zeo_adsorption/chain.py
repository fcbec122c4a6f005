"""A Markov chain of the grand-canonical ensemble, of one gas or of several, on the points of a grid.

Insertions and deletions (Frenkel and Smit, Understanding Molecular Simulation, 2002, section 5.6) propose
points by the alias tables of :class:`zeo_adsorption.host.Guest`; molecules move to points near by or
anywhere; in mixtures they also change their identity where they are. Energies are in units of k T.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from zeo.tools.compiled import njit
from zeo_adsorption.host import FLATNESS, Host

FAST_MATH = {"contract", "reassoc", "arcp", "nsz"}

SWAPS = 0.7
"""Share of the moves that insert or delete."""

IDENTITIES = 0.1
"""Share of the moves of a mixture that turn a molecule into one of another gas."""

NEARBY = 0.7
"""Share of the displacements that go to a point near by; the others go anywhere."""

FULL = 4096
"""Molecules that a supercell has room for."""

DELETED, DELETIONS, INSERTED, INSERTIONS, ENERGY, VISITS = range(6)
"""Columns of what is collected for each number of molecules: the sum of the probabilities of acceptance of
deletions and their number, the same of insertions, the sum of the energies, and the states visited."""


@frozen(eq=False)
class Tables:
    """The tables of a host in the form that compiled code reads.

    Args:
        points: int64, of all gases, one after another.
        chance: float32, likewise; with ``alias`` the tables to draw points by.
        alias: int32, likewise.
        starts: int64 [k + 1], where each gas begins in these.
        energy: float32 [k, X * Y * Z].
        pairs: float32 [k, k, points of the supercell].
        log_proposal: [k].
        shape: int64 [3].
        repeats: int64 [3].
        reach: grid points.
    """

    points: NDArray[np.int64]
    chance: NDArray[np.float32]
    alias: NDArray[np.int32]
    starts: NDArray[np.int64]
    energy: NDArray[np.float32]
    pairs: NDArray[np.float32]
    log_proposal: NDArray[np.float64]
    shape: NDArray[np.int64]
    repeats: NDArray[np.int64]
    reach: int

    @classmethod
    def of(cls, host: Host) -> Tables:
        guests = host.guests
        return cls(
            points=np.concatenate([guest.points for guest in guests]),
            chance=np.concatenate([guest.proposal.chance for guest in guests]),
            alias=np.concatenate([guest.proposal.alias for guest in guests]),
            starts=np.cumsum([0, *(len(guest.points) for guest in guests)]),
            energy=np.stack([guest.energy for guest in guests]),
            pairs=host.pairs,
            log_proposal=np.array([guest.log_proposal for guest in guests]),
            shape=np.array(host.shape),
            repeats=np.array(host.repeats),
            reach=host.reach,
        )


@define(eq=False)
class Chain:
    """A chain and its present state; it begins with an empty supercell.

    Args:
        host: what it simulates.
        seed: of all random numbers.
    """

    host: Host
    seed: int
    _stream: np.random.Generator = field(init=False)
    _tables: Tables = field(init=False)
    _sites: NDArray[np.int32] = field(init=False, factory=lambda: np.zeros((3, FULL), np.int32))
    _kinds: NDArray[np.int32] = field(init=False, factory=lambda: np.zeros(FULL, np.int32))
    _numbers: NDArray[np.int64] = field(init=False)
    _energy: float = field(init=False, default=0.0)

    def __attrs_post_init__(self) -> None:
        self._stream = np.random.default_rng(self.seed)
        self._tables = Tables.of(self.host)
        self._numbers = np.zeros(len(self.host.guests), np.int64)

    def walk(self, fugacities: NDArray[np.float64], moves: int) -> tuple[Any, Any]:
        """Go on for some moves.

        Args:
            fugacities: [k], Pa.
            moves: how many.

        Returns:
            float64 [FULL + 1, 6], what was collected for each total number of molecules, see :data:`DELETED`,
            and [k], the mean number of molecules of each gas.
        """
        collected = np.zeros((FULL + 1, 6))
        sums = np.zeros(len(self.host.guests))
        tables = self._tables
        self._energy = _walk(
            tables.points,
            tables.chance,
            tables.alias,
            tables.starts,
            tables.energy,
            tables.pairs,
            tables.log_proposal,
            tuple(tables.shape),
            tuple(tables.repeats),
            tables.reach,
            np.array([log_activity(self.host, kind, f) for kind, f in enumerate(fugacities)]),
            np.log([guest.volume or 1.0 for guest in self.host.guests]),
            moves,
            self._stream,
            self._sites,
            self._kinds,
            self._numbers,
            self._energy,
            collected,
            sums,
        )
        return collected, sums / moves


BOLTZMANN = 1.380649e-23
"""J/K, exact."""


def log_activity(host: Host, kind: int, fugacity: float) -> float:
    """ln of the number of molecules of a gas that would be in the supercell if they did not interact: of the
    activity f/(k T) times the volume. Minus infinity where the gas finds no pore.

    Args:
        host: the framework.
        kind: which of its gases.
        fugacity: Pa.
    """
    ideal = fugacity / (BOLTZMANN * host.temperature) * 1e-30
    expected = ideal * host.guests[kind].volume
    return math.log(expected) if expected > 0 else -math.inf


@njit(fastmath=FAST_MATH, error_model="numpy")
def _interaction(pairs: Any, sites: Any, kinds: Any, count: Any, x: Any, y: Any, z: Any, grid: Any) -> Any:
    """Of a molecule at a point with the first ``count`` others; ``pairs`` are those of its gas."""
    nx, ny, nz = grid
    px, py, pz = sites[0], sites[1], sites[2]
    total = np.float32(0.0)
    for other in range(count):
        dx, dy, dz = x - px[other], y - py[other], z - pz[other]
        dx += nx if dx < 0 else 0
        dy += ny if dy < 0 else 0
        dz += nz if dz < 0 else 0
        total += pairs[kinds[other], (dx * ny + dy) * nz + dz]
    return total


@njit(forceinline=True)
def _proposed(stream: Any, points: Any, chance: Any, alias: Any, shape: Any, repeats: Any) -> Any:
    """A point of the supercell, drawn by the alias table of the unit cell."""
    scaled = stream.random() * len(points)
    item = int(scaled)
    if scaled - item > chance[item]:
        item = alias[item]
    point = points[item]
    cell = int(stream.random() * (repeats[0] * repeats[1] * repeats[2]))
    x = point // (shape[1] * shape[2]) + shape[0] * (cell // (repeats[1] * repeats[2]))
    y = point // shape[2] % shape[1] + shape[1] * (cell // repeats[2] % repeats[1])
    z = point % shape[2] + shape[2] * (cell % repeats[2])
    return np.int32(x), np.int32(y), np.int32(z)


@njit(forceinline=True)
def _near(stream: Any, start: Any, reach: Any, points: Any) -> Any:
    """A coordinate at most ``reach`` grid points away, around the supercell."""
    return np.int32((start + int(stream.random() * (2 * reach + 1)) - reach) % points)


@njit(forceinline=True)
def _to_end(sites: Any, kinds: Any, item: Any, last: Any) -> None:
    """Swap two molecules, so that the first ones are all but the last."""
    for axis in range(3):
        sites[axis, item], sites[axis, last] = sites[axis, last], sites[axis, item]
    kinds[item], kinds[last] = kinds[last], kinds[item]


@njit()
def _walk(
    points: Any,
    chance: Any,
    alias: Any,
    starts: Any,
    energy: Any,
    pairs: Any,
    log_proposal: Any,
    shape: Any,
    repeats: Any,
    reach: Any,
    log_activities: Any,
    log_volumes: Any,
    moves: Any,
    stream: Any,
    sites: Any,
    kinds: Any,
    numbers: Any,
    total_energy: Any,
    collected: Any,
    sums: Any,
) -> Any:
    """Changes ``sites``, ``kinds`` and ``numbers``; adds to ``collected`` and ``sums``; returns the energy.

    An insertion picks one of k gases, a deletion one of n molecules: hence n / k in their acceptance.
    """
    gases = len(starts) - 1
    grid = (np.int32(shape[0] * repeats[0]), np.int32(shape[1] * repeats[1]), np.int32(shape[2] * repeats[2]))
    count = numbers.sum()
    identities = IDENTITIES if gases > 1 else 0.0
    for _ in range(moves):
        move = stream.random()
        if move < 0.5 * SWAPS:
            kind = int(stream.random() * gases) if gases > 1 else 0
            if starts[kind + 1] > starts[kind]:
                own = slice(starts[kind], starts[kind + 1])
                x, y, z = _proposed(stream, points[own], chance[own], alias[own], shape, repeats)
                host = energy[kind, (x % shape[0] * shape[1] + y % shape[1]) * shape[2] + z % shape[2]]
                guests = _interaction(pairs[kind], sites, kinds, count, x, y, z, grid)
                log_ratio = log_activities[kind] + log_proposal[kind] - math.log((count + 1.0) / gases)
                log_ratio -= guests + (1.0 - FLATNESS) * host
                acceptance = 1.0 if log_ratio >= 0 else math.exp(log_ratio)
                collected[count, INSERTED] += acceptance
                collected[count, INSERTIONS] += 1.0
                if stream.random() < acceptance and count < len(kinds):
                    sites[0, count], sites[1, count], sites[2, count] = x, y, z
                    kinds[count] = kind
                    numbers[kind] += 1
                    count += 1
                    total_energy += host + guests
        elif count > 0:
            last = count - 1
            _to_end(sites, kinds, int(stream.random() * count), last)
            kind, x, y, z = kinds[last], sites[0, last], sites[1, last], sites[2, last]
            host = energy[kind, (x % shape[0] * shape[1] + y % shape[1]) * shape[2] + z % shape[2]]
            guests = _interaction(pairs[kind], sites, kinds, last, x, y, z, grid)
            if move < SWAPS:
                log_ratio = math.log(count / gases) - log_activities[kind] - log_proposal[kind]
                log_ratio += guests + (1.0 - FLATNESS) * host
                acceptance = 1.0 if log_ratio >= 0 else math.exp(log_ratio)
                collected[count, DELETED] += acceptance
                collected[count, DELETIONS] += 1.0
                if stream.random() < acceptance:
                    numbers[kind] -= 1
                    count -= 1
                    total_energy -= host + guests
            elif move < SWAPS + identities:
                other = int(stream.random() * gases)
                new_host = energy[other, (x % shape[0] * shape[1] + y % shape[1]) * shape[2] + z % shape[2]]
                if other != kind and new_host < np.inf:
                    new_guests = _interaction(pairs[other], sites, kinds, last, x, y, z, grid)
                    change = new_host - host + new_guests - guests
                    log_ratio = log_activities[other] - log_volumes[other] - log_activities[kind]
                    log_ratio += log_volumes[kind] - change
                    if log_ratio >= 0 or stream.random() < math.exp(log_ratio):
                        kinds[last] = other
                        numbers[kind] -= 1
                        numbers[other] += 1
                        total_energy += change
            else:
                nearby = stream.random() < NEARBY
                if nearby:
                    x, y, z = (
                        _near(stream, x, reach, grid[0]),
                        _near(stream, y, reach, grid[1]),
                        _near(stream, z, reach, grid[2]),
                    )
                else:
                    own = slice(starts[kind], starts[kind + 1])
                    x, y, z = _proposed(stream, points[own], chance[own], alias[own], shape, repeats)
                new_host = energy[kind, (x % shape[0] * shape[1] + y % shape[1]) * shape[2] + z % shape[2]]
                if new_host < np.inf:
                    new_guests = _interaction(pairs[kind], sites, kinds, last, x, y, z, grid)
                    log_ratio = (1.0 if nearby else 1.0 - FLATNESS) * (host - new_host) + guests - new_guests
                    if log_ratio >= 0 or stream.random() < math.exp(log_ratio):
                        sites[0, last], sites[1, last], sites[2, last] = x, y, z
                        total_energy += new_host - host + new_guests - guests
        collected[count, ENERGY] += total_energy
        collected[count, VISITS] += 1.0
        for kind in range(gases):
            sums[kind] += numbers[kind]
    return total_energy
