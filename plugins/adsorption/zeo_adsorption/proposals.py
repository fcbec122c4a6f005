"""Where a move would take a molecule."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zeo.tools.compiled import njit
from zeo_adsorption.alias import draw
from zeo_adsorption.host import Host
from zeo_adsorption.supercell import Place


class Proposals(NamedTuple):
    """What the places of molecules of k gases are drawn from.

    Args:
        shape: grid points of the unit cell along a, b, c.
        repeats: unit cells in the supercell along a, b, c.
        reach: grid points that a displacement spans at most, along each axis.
        directions: int64 [k], how many each gas has.
        states: int64, ``Guest.states`` of all gases, one after the other; likewise the next.
        chance: float32, of the alias tables by which states are drawn.
        alias: int32, of the same.
        starts: int64 [k + 1], where the states of each gas begin.
        log_sums: float64 [k], ``Guest.log_proposal``.
    """

    shape: tuple[int, int, int]
    repeats: tuple[int, int, int]
    reach: int
    directions: NDArray[np.int64]
    states: NDArray[np.int64]
    chance: NDArray[np.float32]
    alias: NDArray[np.int32]
    starts: NDArray[np.int64]
    log_sums: NDArray[np.float64]


def proposals_of(host: Host) -> Proposals:
    """Those of a framework and the gases in it."""
    guests = host.guests
    return Proposals(
        shape=host.shape,
        repeats=host.repeats,
        reach=host.reach,
        directions=np.array([len(guest.offsets) for guest in guests]),
        states=np.concatenate([guest.states for guest in guests]),
        chance=np.concatenate([guest.proposal.chance for guest in guests]),
        alias=np.concatenate([guest.proposal.alias for guest in guests]),
        starts=np.cumsum([0, *(len(guest.states) for guest in guests)]),
        log_sums=np.array([guest.log_proposal for guest in guests]),
    )


@njit(forceinline=True)
def any_gas(proposals: Proposals, stream: np.random.Generator) -> int:
    """One of the gases."""
    gases = len(proposals.directions)
    return int(stream.random() * gases) if gases > 1 else 0


@njit(forceinline=True)
def finds_pores(proposals: Proposals, gas: int) -> bool:
    """Whether there is a state to draw for a gas."""
    return bool(proposals.starts[gas] < proposals.starts[gas + 1])


@njit(forceinline=True, error_model="numpy")
def anywhere(proposals: Proposals, gas: int, stream: np.random.Generator) -> Place:
    """In any unit cell, in a state drawn by its weight to the power FLATNESS."""
    first, last = proposals.starts[gas], proposals.starts[gas + 1]
    drawn = draw(proposals.chance[first:last], proposals.alias[first:last], stream)
    (nx, ny, nz), (a, b, c) = proposals.shape, proposals.repeats
    direction, point = divmod(proposals.states[first + drawn], nx * ny * nz)
    cell = int(stream.random() * (a * b * c))
    x = point // (ny * nz) + nx * (cell // (b * c))
    y = point // nz % ny + ny * (cell // c % b)
    z = point % nz + nz * (cell % c)
    return Place(gas, direction, x, y, z)


@njit(forceinline=True, error_model="numpy")
def displaced(proposals: Proposals, place: Place, stream: np.random.Generator) -> Place:
    """On a point near by."""
    (nx, ny, nz), (a, b, c), reach = proposals.shape, proposals.repeats, proposals.reach
    x = (place.x + int(stream.random() * (2 * reach + 1)) - reach) % (nx * a)
    y = (place.y + int(stream.random() * (2 * reach + 1)) - reach) % (ny * b)
    z = (place.z + int(stream.random() * (2 * reach + 1)) - reach) % (nz * c)
    return Place(place.gas, place.direction, x, y, z)


@njit(forceinline=True)
def rotated(proposals: Proposals, place: Place, stream: np.random.Generator) -> Place:
    """Along any direction of its gas."""
    direction = int(stream.random() * proposals.directions[place.gas])
    return Place(place.gas, direction, place.x, place.y, place.z)


@njit(forceinline=True)
def of_any_gas(proposals: Proposals, place: Place, stream: np.random.Generator) -> Place:
    """Of any gas, along any direction of that."""
    gas = any_gas(proposals, stream)
    direction = int(stream.random() * proposals.directions[gas])
    return Place(gas, direction, place.x, place.y, place.z)
