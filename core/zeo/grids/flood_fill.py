"""Atoms of a density by volumes: the assignment of Kim, Lee & Kim, Sci. Adv. 2020, 6, eaax9324 (supplement).

A flood fill finds the volumes above 0.6. Where one holds several volumes above 0.7, each of these is an atom;
otherwise the whole volume is one. The atom sits at the mean of the volume's points, weighted by the density.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_position

from zeo.grids.components import periodic_components

DETECTION = 0.6
SEPARATION = 0.7


def find_atoms(density: NDArray[np.float32]) -> NDArray[np.float64]:
    """The atoms of one element: fractional coordinates [n, 3] in [0, 1).

    Args:
        density: [X, Y, Z], a sum of Gaussians of amplitude 1.
    """
    volumes, n_volumes = periodic_components(density > DETECTION, neighbours=6)
    cores, n_cores = periodic_components(density > SEPARATION, neighbours=6)
    volume_of_core = np.zeros(n_cores + 1, dtype=np.intp)
    volume_of_core[cores.ravel()] = volumes.ravel()
    volume_of_core[0] = 0
    cores_in_volume = np.bincount(volume_of_core[1:], minlength=n_volumes + 1)
    several = cores_in_volume > 1
    atoms = np.where(several[volumes], np.where(cores > 0, n_volumes + cores, 0), volumes)
    return _weighted_means(density, atoms)


def _weighted_means(density: NDArray[np.float32], regions: NDArray[np.intp]) -> NDArray[np.float64]:
    """The centre of each labelled region, [n, 3], its periodic images taken nearest to its highest point."""
    labels = np.unique(regions[regions > 0])
    if len(labels) == 0:
        return np.empty((0, 3))
    shape = np.array(density.shape)
    highest = np.array(maximum_position(density, regions, labels))
    numbers = np.searchsorted(labels, regions)
    inside = np.argwhere(regions > 0)
    owners = numbers[regions > 0]
    weights = density[regions > 0].astype(float)
    offsets = (inside - highest[owners]) / shape
    offsets -= np.round(offsets)
    total = np.bincount(owners, weights)
    means = [np.bincount(owners, weights * offsets[:, k]) / total for k in range(3)]
    centres: NDArray[np.float64] = (highest / shape + np.stack(means, axis=1)) % 1.0
    return centres
