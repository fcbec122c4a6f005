"""A Markov chain of the grand-canonical ensemble, of one gas or of several, on the points of a grid.

Insertions and deletions (Frenkel and Smit, Understanding Molecular Simulation, 2002, section 5.6) propose
states by the alias tables of :class:`zeo_adsorption.host.Guest`; molecules move to points near by, turn where
they are, or go anywhere; in mixtures they also change their identity in place. Energies are in units of k T.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from zeo.errors import InputError
from zeo.tools.compiled import njit
from zeo_adsorption.host import FLATNESS, Host

FAST_MATH = {"contract", "reassoc", "arcp", "nsz"}

SWAPS = 0.7
"""Share of the moves that insert or delete."""

IDENTITIES = 0.1
"""Share of the moves of a mixture that turn a molecule into one of another gas."""

NEARBY = 0.7
"""Share of the other moves that go to a point near by or turn; the rest go anywhere."""

FULL = 4096
"""Molecules that a supercell has room for."""

OVERLAP = 60.0
"""k T, beyond which two molecules are said to overlap and no more pairs are summed."""

MOST_SITES = 3
"""Of a molecule."""

DELETED, DELETIONS, INSERTED, INSERTIONS, ENERGY, VISITS = range(6)
"""Columns of what is collected for each number of molecules: the sum of the probabilities of acceptance of
deletions and their number, the same of insertions, the sum of the energies, and the states visited."""

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
    _places: NDArray[np.int32] = field(init=False, factory=lambda: np.zeros((5, FULL), np.int32))
    _sites: NDArray[np.float32] = field(init=False)
    _numbers: NDArray[np.int64] = field(init=False)
    _arguments: tuple[Any, ...] = field(init=False)
    _energy: float = field(init=False, default=0.0)

    def __attrs_post_init__(self) -> None:
        self._stream = np.random.default_rng(self.seed)
        self._sites = np.zeros((FULL, MOST_SITES, 3), np.float32)
        self._numbers = np.zeros(len(self.host.guests), np.int64)
        guests = self.host.guests
        offsets = np.zeros((len(guests), max(len(g.offsets) for g in guests), MOST_SITES, 3), np.float32)
        log_weights = np.zeros(offsets.shape[:2])
        kinds = np.full((len(guests), MOST_SITES), -1, np.int64)
        for number, guest in enumerate(guests):
            offsets[number, : len(guest.offsets), : guest.offsets.shape[1]] = guest.offsets
            log_weights[number, : len(guest.offsets)] = guest.log_weights
            kinds[number, : len(guest.site_kinds)] = guest.site_kinds
        self._arguments = (
            np.concatenate([guest.states for guest in guests]),
            np.concatenate([guest.proposal.chance for guest in guests]),
            np.concatenate([guest.proposal.alias for guest in guests]),
            np.cumsum([0, *(len(guest.states) for guest in guests)]),
            np.concatenate([guest.energy.ravel() for guest in guests]),
            np.cumsum([0, *(guest.energy.size for guest in guests)]),
            self.host.tables,
            np.array([guest.log_proposal for guest in guests]),
            log_weights,
            offsets,
            kinds,
            np.array([len(guest.offsets) for guest in guests]),
            self.host.shape,
            self.host.repeats,
            self.host.reach,
        )

    def walk(self, fugacities: NDArray[np.float64], moves: int) -> tuple[Any, Any]:
        """Go on for some moves.

        Args:
            fugacities: [k], Pa.
            moves: how many.

        Returns:
            float64 [FULL + 1, 6], what was collected for each total number of molecules, see :data:`DELETED`,
            and [k], the mean number of molecules of each gas.

        Raises:
            InputError: more than :data:`FULL` molecules.
        """
        collected = np.zeros((FULL + 1, 6))
        sums = np.zeros(len(self.host.guests))
        activities = np.array([log_activity(self.host, kind, f) for kind, f in enumerate(fugacities)])
        self._energy = _walk(
            *self._arguments,
            activities,
            np.log(fugacities),
            moves,
            self._stream,
            self._places,
            self._sites,
            self._numbers,
            self._energy,
            collected,
            sums,
        )
        if collected[FULL, VISITS]:
            raise InputError(
                f"more than {FULL:,} molecules in the simulated cell: simulate a smaller one or less pressure"
            )
        return collected, sums / moves


@njit(fastmath=FAST_MATH, error_model="numpy")
def _interpolated(table: Any, x: Any, y: Any, z: Any) -> Any:
    """Linearly between the points of a periodic table, at a displacement of less than a period."""
    nx, ny, nz = np.int32(table.shape[0]), np.int32(table.shape[1]), np.int32(table.shape[2])
    zero, one = np.float32(0.0), np.float32(1.0)
    x += np.float32(nx) if x < zero else zero
    y += np.float32(ny) if y < zero else zero
    z += np.float32(nz) if z < zero else zero
    i, j, k = int(x), int(y), int(z)
    a, b, c = x - np.float32(i), y - np.float32(j), z - np.float32(k)
    i, j, k = (0 if i >= nx else i), (0 if j >= ny else j), (0 if k >= nz else k)
    i2, j2, k2 = (i + 1 if i + 1 < nx else 0), (j + 1 if j + 1 < ny else 0), (k + 1 if k + 1 < nz else 0)
    low = (table[i, j, k] * (one - c) + table[i, j, k2] * c) * (one - b)
    low += (table[i, j2, k] * (one - c) + table[i, j2, k2] * c) * b
    high = (table[i2, j, k] * (one - c) + table[i2, j, k2] * c) * (one - b)
    high += (table[i2, j2, k] * (one - c) + table[i2, j2, k2] * c) * b
    return low * (one - a) + high * a


@njit(fastmath=FAST_MATH, error_model="numpy")
def _interaction(
    tables: Any, kinds: Any, kind: Any, molecule: Any, places: Any, sites: Any, count: Any
) -> Any:
    """Of a molecule, by its sites [3, 3], with the first ``count`` others; large where two overlap."""
    total = np.float32(0.0)
    for other in range(count):
        other_kind = places[0, other]
        for first in range(MOST_SITES):
            if kinds[kind, first] < 0:
                break
            for second in range(MOST_SITES):
                if kinds[other_kind, second] < 0:
                    break
                total += _interpolated(
                    tables[kinds[kind, first], kinds[other_kind, second]],
                    molecule[first, 0] - sites[other, second, 0],
                    molecule[first, 1] - sites[other, second, 1],
                    molecule[first, 2] - sites[other, second, 2],
                )
        if total > OVERLAP:
            return np.float32(1e6)
    return total


@njit(fastmath=FAST_MATH, error_model="numpy")
def _interaction_of_spheres(
    tables: Any, kinds: Any, kind: Any, x: Any, y: Any, z: Any, places: Any, count: Any
) -> Any:
    """The same of a sphere on a point of the grid, where the tables have a point for each displacement."""
    nx, ny, nz = np.int32(tables.shape[2]), np.int32(tables.shape[3]), np.int32(tables.shape[4])
    own = tables[kinds[kind, 0]]
    total = np.float32(0.0)
    for other in range(count):
        dx, dy, dz = x - places[2, other], y - places[3, other], z - places[4, other]
        dx += nx if dx < 0 else 0
        dy += ny if dy < 0 else 0
        dz += nz if dz < 0 else 0
        total += own[kinds[places[0, other], 0], dx, dy, dz]
    return total


@njit(forceinline=True)
def _place_sites(molecule: Any, offsets: Any, x: Any, y: Any, z: Any, grid: Any, fine: Any) -> None:
    """The sites, inside of the supercell, of a molecule centred on a point, in steps of the fine table."""
    for site in range(MOST_SITES):
        for axis, point in ((0, x), (1, y), (2, z)):
            place = point * (fine[axis] // grid[axis]) + offsets[site, axis]
            molecule[site, axis] = place - fine[axis] * math.floor(place / fine[axis])


@njit()
def _walk(
    states: Any,
    chance: Any,
    alias: Any,
    starts: Any,
    energy: Any,
    energy_starts: Any,
    tables: Any,
    log_proposal: Any,
    log_weights: Any,
    offsets: Any,
    kinds: Any,
    directions: Any,
    shape: Any,
    repeats: Any,
    reach: Any,
    log_activities: Any,
    log_fugacities: Any,
    moves: Any,
    stream: Any,
    places: Any,
    sites: Any,
    numbers: Any,
    total_energy: Any,
    collected: Any,
    sums: Any,
) -> Any:
    """Changes ``places`` (gas, direction, x, y, z), ``sites`` and ``numbers``; adds to ``collected`` and
    ``sums``; returns the energy.

    An insertion picks one of k gases, a deletion one of n molecules: hence n / k in their acceptance.
    """
    gases = len(starts) - 1
    cells = repeats[0] * repeats[1] * repeats[2]
    volume = shape[0] * shape[1] * shape[2]
    grid = (shape[0] * repeats[0], shape[1] * repeats[1], shape[2] * repeats[2])
    fine = tables.shape[2:]
    spheres = grid == fine and directions.max() == 1
    molecule = np.empty((MOST_SITES, 3), np.float32)
    count = numbers.sum()
    identities = IDENTITIES if gases > 1 else 0.0
    for _ in range(moves):
        move = stream.random()
        inserts = move < 0.5 * SWAPS
        deletes = not inserts and move < SWAPS
        if inserts or count > 0:
            last = count if inserts else count - 1
            if inserts:
                kind = int(stream.random() * gases) if gases > 1 else 0
            else:
                item = int(stream.random() * count)
                for column in range(5):
                    places[column, item], places[column, last] = places[column, last], places[column, item]
                for site in range(0 if spheres else MOST_SITES):
                    for axis in range(3):
                        held = sites[item, site, axis]
                        sites[item, site, axis] = sites[last, site, axis]
                        sites[last, site, axis] = held
                kind = places[0, last]
            direction, x, y, z = places[1, last], places[2, last], places[3, last], places[4, last]
            host = guests = 0.0
            if not inserts:
                point = (x % shape[0] * shape[1] + y % shape[1]) * shape[2] + z % shape[2]
                host = float(energy[energy_starts[kind] + direction * volume + point])
                guests = float(
                    _interaction_of_spheres(tables, kinds, kind, x, y, z, places, last)
                    if spheres
                    else _interaction(tables, kinds, kind, sites[last], places, sites, last)
                )
            if deletes:
                log_ratio = math.log(count / gases) - log_activities[kind] - log_proposal[kind]
                log_ratio += guests + (1.0 - FLATNESS) * host
                acceptance = 1.0 if log_ratio >= 0 else math.exp(log_ratio)
                collected[count, DELETED] += acceptance
                collected[count, DELETIONS] += 1.0
                if stream.random() < acceptance:
                    numbers[kind] -= 1
                    count -= 1
                    total_energy -= host + log_weights[kind, direction] + guests
            elif starts[kind + 1] > starts[kind]:
                old, old_direction = kind, direction
                turns = not inserts and move < SWAPS + identities
                anywhere = not turns and (inserts or stream.random() >= NEARBY)
                if turns:
                    kind = int(stream.random() * gases)
                    direction = int(stream.random() * directions[kind])
                elif anywhere:
                    scaled = stream.random() * (starts[kind + 1] - starts[kind])
                    state = int(scaled)
                    if scaled - state > chance[starts[kind] + state]:
                        state = alias[starts[kind] + state]
                    state = states[starts[kind] + state]
                    cell = int(stream.random() * cells)
                    direction, point = state // volume, state % volume
                    x = point // (shape[1] * shape[2]) + shape[0] * (cell // (repeats[1] * repeats[2]))
                    y = point // shape[2] % shape[1] + shape[1] * (cell // repeats[2] % repeats[1])
                    z = point % shape[2] + shape[2] * (cell % repeats[2])
                elif stream.random() < 0.5 and directions[kind] > 1:
                    direction = int(stream.random() * directions[kind])
                else:
                    x = (x + int(stream.random() * (2 * reach + 1)) - reach) % grid[0]
                    y = (y + int(stream.random() * (2 * reach + 1)) - reach) % grid[1]
                    z = (z + int(stream.random() * (2 * reach + 1)) - reach) % grid[2]
                point = (x % shape[0] * shape[1] + y % shape[1]) * shape[2] + z % shape[2]
                new_host = float(energy[energy_starts[kind] + direction * volume + point])
                if new_host < np.inf:
                    if spheres:
                        new_guests = float(
                            _interaction_of_spheres(
                                tables, kinds, kind, np.int32(x), np.int32(y), np.int32(z), places, last
                            )
                        )
                    else:
                        _place_sites(molecule, offsets[kind, direction], x, y, z, grid, fine)
                        new_guests = float(_interaction(tables, kinds, kind, molecule, places, sites, last))
                    share = 1.0 - FLATNESS if anywhere else 1.0
                    log_ratio = share * (host - new_host) + guests - new_guests
                    if turns:
                        log_ratio += log_fugacities[kind] - log_fugacities[old]
                        log_ratio += math.log(directions[kind] / directions[old])
                    if inserts:
                        log_ratio += log_activities[kind] + log_proposal[kind]
                        log_ratio -= math.log((count + 1.0) / gases)
                    acceptance = 1.0 if log_ratio >= 0 else math.exp(log_ratio)
                    if inserts:
                        collected[count, INSERTED] += acceptance
                        collected[count, INSERTIONS] += 1.0
                    if stream.random() < acceptance and last < places.shape[1]:
                        places[0, last], places[1, last] = kind, direction
                        places[2, last], places[3, last], places[4, last] = x, y, z
                        if not spheres:
                            sites[last] = molecule
                        total_energy += new_host + log_weights[kind, direction] + new_guests
                        if not inserts:
                            total_energy -= host + log_weights[old, old_direction] + guests
                        numbers[kind] += 1
                        if inserts:
                            count += 1
                        else:
                            numbers[old] -= 1
        collected[count, ENERGY] += total_energy
        collected[count, VISITS] += 1.0
        for kind in range(gases):
            sums[kind] += numbers[kind]
    return total_energy
