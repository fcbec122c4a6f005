"""Noise for nets: T atoms move in the free directions of their sites, and the lattice is strained as far as
its crystal class allows.

Nothing tells by how many lattice vectors noise has moved a T atom. What a network can predict, and is asked
to, is the mean over all of them (the score of the wrapped normal distribution, as in B. Jing et al.,
*Torsional diffusion for molecular conformer generation*, NeurIPS 2022).
"""

from __future__ import annotations

import numpy as np
from attrs import frozen

from zeo.tools.compiled import njit
from zeo_zeosym.collection import Crystals
from zeo_zeosym.neighbours import inverse, reduced
from zeo_zeosym.operations import Array
from zeo_zeosym.strain import stretched

SMALLEST, LARGEST = 0.02, 8.0
"""Angstrom: range of noise levels. At the largest, T atoms are anywhere in most cells."""

LOG_MEAN, LOG_STD = np.log(0.6), 1.3
"""Of the logarithm of the noise levels in training: nets form between 2 and 0.2 A."""

STRAIN = 0.1
"""Noise of the logarithmic strain for each angstrom of that of the T atoms: points 10 A apart move alike."""


@frozen(eq=False, kw_only=True)
class Noisy:
    """Crystals with noise; m unique T atoms, b crystals.

    Args:
        coords: [m, 3], fractional.
        lattice: [b, 3, 3].
        sigma: [b], the noise level in angstrom.
        noise: [m, 3], of the T atoms, in units of its standard deviation: the mean over all lattice vectors.
        strain_noise: [b, 6], of the strain, likewise.
    """

    coords: Array
    lattice: Array
    sigma: Array
    noise: Array
    strain_noise: Array


def with_noise(crystals: Crystals, sigma: Array, unit: Array, strain_unit: Array) -> Noisy:
    """Crystals at some noise levels.

    Args:
        crystals: without noise.
        sigma: [b], angstrom.
        unit: [m, 3], independent unit noise.
        strain_unit: [b, 6], likewise.
    """
    strain_noise = (crystals.allowed @ strain_unit[:, :, None])[:, :, 0]
    lattice = stretched(crystals.lattice, STRAIN * sigma[:, None] * strain_noise)
    noise = (crystals.projection @ unit[:, :, None])[:, :, 0]
    return Noisy(
        coords=displaced(crystals, crystals.coords, lattice, sigma, noise),
        lattice=lattice,
        sigma=sigma,
        noise=_wrapped(noise, sigma, crystals.projection, lattice, crystals.first_unique),
        strain_noise=strain_noise,
    )


def displaced(crystals: Crystals, coords: Array, lattice: Array, sigma: Array, unit: Array) -> Array:
    """Fractional coordinates [m, 3], moved by sigma [b] times vectors [m, 3] in the lattices [b, 3, 3]."""
    home = crystals.crystal_of_unique
    steps = sigma[home, None] * unit
    moved: Array = coords + (steps[:, None] @ np.linalg.inv(lattice)[home])[:, 0]
    return moved


@njit()
def _wrapped(noise, sigma, projection, lattice, first_unique):
    found = noise.copy()
    reach = np.empty(3, np.int64)
    for b in range(len(lattice)):
        basis = reduced(lattice[b])
        back = inverse(basis)
        if 6.0 * sigma[b] < np.sqrt((basis * basis).sum(axis=1).min()):
            continue  # other lattice vectors have no weight
        for k in range(3):
            spacing = 1.0 / np.sqrt((back[:, k] * back[:, k]).sum())
            reach[k] = min(4, 1 + int(4.0 * sigma[b] / spacing))
        basis /= sigma[b]
        for u in range(first_unique[b], first_unique[b + 1]):
            _mean_over_lattice(noise[u], basis, back * sigma[b], reach, projection[u], found[u])
    return found


@njit()
def _mean_over_lattice(noise, basis, back, reach, projection, mean):
    """The mean over all noise vectors that end at the same point of the torus and stay on the site."""
    nearest = np.round(noise @ back)
    is_free = projection[0, 0] + projection[1, 1] + projection[2, 2] > 2.5
    total, x, y, z = 0.0, 0.0, 0.0, 0.0
    for i in range(-reach[0], reach[0] + 1):
        for j in range(-reach[1], reach[1] + 1):
            for k in range(-reach[2], reach[2] + 1):
                a, b, c = i - nearest[0], j - nearest[1], k - nearest[2]
                dx = a * basis[0, 0] + b * basis[1, 0] + c * basis[2, 0]
                dy = a * basis[0, 1] + b * basis[1, 1] + c * basis[2, 1]
                dz = a * basis[0, 2] + b * basis[1, 2] + c * basis[2, 2]
                if not (is_free or _along(projection, dx, dy, dz)):
                    continue
                dx, dy, dz = dx + noise[0], dy + noise[1], dz + noise[2]
                weight = np.exp(-0.5 * (dx * dx + dy * dy + dz * dz))
                total += weight
                x, y, z = x + weight * dx, y + weight * dy, z + weight * dz
    if total > 0.0:
        mean[0], mean[1], mean[2] = x / total, y / total, z / total


@njit()
def _along(projection, x, y, z):
    """Whether a projection leaves a vector as it is."""
    for i in range(3):
        component = x if i == 0 else (y if i == 1 else z)
        if abs(projection[i, 0] * x + projection[i, 1] * y + projection[i, 2] * z - component) > 1e-3:
            return False
    return True
