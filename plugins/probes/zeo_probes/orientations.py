"""Averages over the orientations of a molecule that turns freely."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import lebedev_rule

from zeo.tools.compiled import njit
from zeo_probes.lattice_sum import upright_cell

LEBEDEV_ORDERS = ("3", "5", "7", "9", "11", "15", "17", "19", "21", "23", "29", "31", "35", "41")
"""Rules with positive weights only: 13, 25 and 27 have others, and the rest up to 41 do not exist."""


def half_sphere(order: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Directions [k, 3] of a Lebedev rule, one of each opposite pair, and their weights [k], of sum 1."""
    points, weights = lebedev_rule(order)
    x, y, z = np.round(points, 12)
    upper = (z > 0) | ((z == 0) & ((y > 0) | ((y == 0) & (x > 0))))
    return points[:, upper].T, weights[upper] / weights[upper].sum()


def standing(lattice: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rotation [3, 3] of row vectors from a frame with c along z and b in the yz plane to the cell's, so
    that a rule over directions lies alike in the same cell however it is turned.
    """
    rotation: NDArray[np.float64] = np.linalg.inv(upright_cell(lattice)) @ lattice
    return rotation


class OrientationAverage:
    """Free and mean energy of a molecule that turns freely, from one orientation after another.

    Args:
        points: how many there are.
        temperature: kelvin.
    """

    def __init__(self, points: int, temperature: float) -> None:
        self._temperature = temperature
        # the lowest energy is taken out, so that the exponentials neither overflow nor all vanish
        self._lowest = np.full(points, np.inf, np.float32)
        self._partition, self._mean = np.zeros(points), np.zeros(points)

    def add(self, energies: NDArray[np.float32], weight: float) -> None:
        """Energies [m] in kelvin in an orientation; all weights sum to 1."""
        _add(self._lowest, self._partition, self._mean, energies, weight, self._temperature)

    @property
    def free_energy(self) -> NDArray[np.float32]:
        """-T ln <exp(-E/T)>, [m]."""
        free: NDArray[np.float64] = self._lowest - self._temperature * np.log(self._partition)
        return free.astype(np.float32)

    @property
    def mean_energy(self) -> NDArray[np.float32]:
        """<E>, each orientation weighted by exp(-E/T), [m]."""
        mean: NDArray[np.float64] = self._mean / self._partition
        return mean.astype(np.float32)


@njit()
def _add(lowest: Any, partition: Any, mean: Any, energies: Any, weight: Any, temperature: Any) -> None:
    for p in range(len(energies)):
        energy = energies[p]
        if energy < lowest[p]:
            shrunk = math.exp((np.float64(energy) - lowest[p]) / temperature)
            partition[p] = partition[p] * shrunk + weight
            mean[p] = mean[p] * shrunk + weight * energy
            lowest[p] = energy
        else:
            boltzmann = weight * math.exp((np.float64(lowest[p]) - energy) / temperature)
            partition[p] += boltzmann
            mean[p] += boltzmann * energy
