"""Electrostatic potential of a framework of point charges on a grid, by Ewald's reciprocal sum.

Each charge is a Gaussian so narrow (SCREENING) that it looks like a point from the distances at which a
molecule can be: the potential of a unit charge differs from that of a point by 2 K per unit charge of the
molecule at 2.3 angstrom and by 0.05 K at 2.7. Ewald's real-space sum therefore drops out, and what is left is
a Fourier series whose coefficients are computed once; moving the grid costs one phase factor per axis.
"""

from __future__ import annotations

import math

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.neighbours import require_bounded
from zeo.errors import InputError

SCREENING = 1.3
"""Ewald's alpha, 1/angstrom."""

WAVE_CUTOFF = 3.5
"""Waves up to 2 alpha times this count; the rest is below exp(-12)."""

COULOMB = 14.399645478 / 8.617333262e-5
"""e^2 / (4 pi epsilon_0 k_B) in kelvin angstrom, from CODATA 2018 (eV angstrom over eV per kelvin)."""

NEUTRAL_WITHIN = 1e-6
"""Elementary charges per cell."""

ATOMS_AT_ONCE = 64


@frozen(eq=False)
class FourierPotential:
    """A periodic potential as the real part of sum_h c_h exp(2 pi i h.x), x fractional.

    Args:
        coefficients: complex [2 p + 1, 2 q + 1, r + 1], kelvin per elementary charge, of h = (-p..p, -q..q,
            0..r); those with h_z > 0 stand for their conjugates too.
    """

    coefficients: NDArray[np.complex128]

    def on_grid(self, shape: tuple[int, int, int], shift: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values [X, Y, Z] at the points (i/X, j/Y, k/Z) + shift, in kelvin per elementary charge."""
        x, y, z = (
            np.exp(2j * np.pi * np.outer(np.arange(n) / n + offset, waves))
            for n, offset, waves in zip(shape, shift, _waves(self.coefficients.shape), strict=True)
        )
        along_z = self.coefficients @ z.T
        along_yz = y @ along_z
        planes = along_yz.reshape(len(along_yz), -1)
        values: NDArray[np.float64] = x.real @ planes.real - x.imag @ planes.imag
        return values.reshape(shape)

    def felt_by(self, offsets: NDArray[np.float64], charges: NDArray[np.float64]) -> FourierPotential:
        """The energy, kelvin, of charges [s] (elementary charges) at fractional offsets [s, 3] from a point,
        as a function of that point.
        """
        phases = np.zeros(self.coefficients.shape, dtype=np.complex128)
        for offset, charge in zip(offsets, charges, strict=True):
            x, y, z = (
                np.exp(2j * np.pi * along * waves)
                for along, waves in zip(offset, _waves(self.coefficients.shape), strict=True)
            )
            phases += (charge * x)[:, None, None] * y[:, None] * z
        return FourierPotential(self.coefficients * phases)


def framework_potential(
    lattice: NDArray[np.float64], frac_coords: NDArray[np.float64], charges: NDArray[np.float64]
) -> FourierPotential:
    """The potential of charges [n] (elementary charges) at fractional coordinates [n, 3].

    Raises:
        InputError: a cell with a net charge, whose potential is infinite, or one that is badly skewed.
    """
    net = float(charges.sum())
    if abs(net) > NEUTRAL_WITHIN:
        raise InputError(
            f"the framework is not neutral: its charges sum to {net:+.3f} e per cell;"
            " gases with charges need a whole SiO2 framework, or a force_field whose charges cancel"
        )
    return potential_of(lattice, frac_coords, charges)


def potential_of(
    lattice: NDArray[np.float64], frac_coords: NDArray[np.float64], charges: NDArray[np.float64]
) -> FourierPotential:
    """The same of any charges; a net charge is balanced by a uniform background."""
    longest = 2 * SCREENING * WAVE_CUTOFF
    p, q, r = (math.ceil(longest * length / (2 * np.pi)) for length in np.linalg.norm(lattice, axis=1))
    shape = (2 * p + 1, 2 * q + 1, r + 1)
    require_bounded(math.prod(shape), lattice)
    hx, hy, hz = _waves(shape)
    reciprocal = 2 * np.pi * np.linalg.inv(lattice).T
    k = (
        hx[:, None, None, None] * reciprocal[0]
        + hy[:, None, None] * reciprocal[1]
        + hz[:, None] * reciprocal[2]
    )
    k2 = (k**2).sum(axis=-1)
    k2[p, q, 0] = np.inf  # no constant term: the cell is neutral, with its background
    volume = abs(np.linalg.det(lattice))
    weight = 4 * np.pi * COULOMB / volume * np.exp(-k2 / (4 * SCREENING**2)) / k2
    weight[k2 > longest**2] = 0.0
    weight[:, :, 1:] *= 2.0
    return FourierPotential(weight * _structure_factor(frac_coords, charges, shape))


def _waves(shape: tuple[int, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Indices h along each axis of coefficients of this shape."""
    p, q = shape[0] // 2, shape[1] // 2
    return np.arange(-p, p + 1), np.arange(-q, q + 1), np.arange(shape[2])


def _structure_factor(
    frac_coords: NDArray[np.float64], charges: NDArray[np.float64], shape: tuple[int, int, int]
) -> NDArray[np.complex128]:
    """sum over atoms of charge times exp(-2 pi i h.x)."""
    total = np.zeros((shape[0] * shape[1], shape[2]), dtype=np.complex128)
    for start in range(0, len(charges), ATOMS_AT_ONCE):
        some = slice(start, start + ATOMS_AT_ONCE)
        x, y, z = (
            np.exp(-2j * np.pi * np.outer(frac_coords[some, axis], waves))
            for axis, waves in enumerate(_waves(shape))
        )
        plane = (charges[some, None] * x)[:, :, None] * y[:, None, :]
        total += plane.reshape(len(plane), -1).T @ z
    return total.reshape(shape)
