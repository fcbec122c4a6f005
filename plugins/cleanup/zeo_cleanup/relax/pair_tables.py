"""Radial functions as piecewise polynomials of the squared distance.

A quintic on every interval of r^2 takes value, first and second derivative from the function at both ends
(quintic Hermite interpolation), so that energies are twice continuously differentiable, forces are their
exact derivatives, and an evaluation needs neither square root nor exponential. The error is below 1e-9 of the
term at any distance beyond 1.3 angstrom.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfc

from zeo_cleanup.relax.parameters import Buckingham

STEP = 0.05
"""Of the squared distance, square angstrom."""

CLOSEST = 0.5
"""Angstrom; atoms closer than this have infinite energy."""

Radial = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""A function of r and its first two derivatives, at some distances."""


def table(radial: Radial) -> NDArray[np.float64]:
    """Coefficients [intervals, 6] in ascending powers of the position in the interval, from 0 to 1.

    Args:
        radial: at the distances of :func:`nodes`.
    """
    r = nodes(len(radial[0]) - 1)
    value, by_r, by_rr = radial
    # with s = r^2: df/ds = f' / 2r, d2f/ds2 = (f'' - f'/r) / 4r^2; here per interval of s
    slope = STEP * by_r / (2 * r)
    bend = STEP**2 * (by_rr - by_r / r) / (4 * r**2)
    f0, f1, d0, d1, b0, b1 = value[:-1], value[1:], slope[:-1], slope[1:], bend[:-1] / 2, bend[1:] / 2
    rise = f1 - f0
    return np.stack(
        [
            f0,
            d0,
            b0,
            10 * rise - 6 * d0 - 4 * d1 - 3 * b0 + b1,
            -15 * rise + 8 * d0 + 7 * d1 + 3 * b0 - 2 * b1,
            6 * rise - 3 * d0 - 3 * d1 - b0 + b1,
        ],
        axis=1,
    )


def with_wall(coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same table with infinite energy below :data:`CLOSEST`."""
    walled = coefficients.copy()
    too_close = round(CLOSEST**2 / STEP)
    walled[:too_close] = 0.0
    walled[:too_close, 0] = np.inf
    return walled


def nodes(intervals: int) -> NDArray[np.float64]:
    """Distances at the ends of the intervals; the first, at zero, is moved off it."""
    squares = STEP * np.arange(intervals + 1)
    squares[0] = STEP / 2
    distances: NDArray[np.float64] = np.sqrt(squares)
    return distances


def intervals_within(cutoff: float) -> int:
    """How many intervals reach up to a cutoff."""
    return round(cutoff**2 / STEP)


def screened_coulomb(alpha: float, cutoff: float, taper: float) -> NDArray[np.float64]:
    """Table of erfc(alpha r) / r, the short-ranged part of Ewald's sum, tapered like the others."""
    r = nodes(intervals_within(cutoff))
    value = erfc(alpha * r) / r
    gauss = 2 * alpha / math.sqrt(math.pi) * np.exp(-((alpha * r) ** 2))
    by_r = -(value + gauss) / r
    by_rr = 2 * (value + gauss) / r**2 + 2 * alpha**2 * gauss
    return table(_tapered((value, by_r, by_rr), r, cutoff, taper))


def buckingham(term: Buckingham, taper: float) -> NDArray[np.float64]:
    """Table of a Buckingham term, tapered over its last ``taper`` angstrom."""
    r = nodes(intervals_within(term.cutoff))
    repulsion = term.A * np.exp(-r / term.rho)
    dispersion = term.C / r**6
    value = repulsion - dispersion
    by_r = -repulsion / term.rho + 6 * dispersion / r
    by_rr = repulsion / term.rho**2 - 42 * dispersion / r**2
    return table(_tapered((value, by_r, by_rr), r, term.cutoff, taper))


def _tapered(radial: Radial, r: NDArray[np.float64], cutoff: float, width: float) -> Radial:
    """Times 1 - 10 x^3 + 15 x^4 - 6 x^5, with x from 0 to 1 over the last ``width`` before the cutoff."""
    if width == 0.0:
        return radial
    value, by_r, by_rr = radial
    x = np.clip((r - (cutoff - width)) / width, 0.0, 1.0)
    t = 1 - x**3 * (10 - 15 * x + 6 * x**2)
    t_r = -30 * x**2 * (1 - x) ** 2 / width
    t_rr = -60 * x * (1 - x) * (1 - 2 * x) / width**2
    return value * t, by_r * t + value * t_r, by_rr * t + 2 * by_r * t_r + value * t_rr
