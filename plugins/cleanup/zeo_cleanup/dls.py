"""Distance least squares: the geometry that a given net takes up in a given cell.

W. M. Meier & H. Villiger, Z. Kristallogr. 1969, 129, 411: the coordinates minimise the weighted squares of
the deviations of the Si-O, O..O (in one tetrahedron) and Si..Si (across one bridge) distances from their
ideal values. The bonds are given and never change. A one-sided term keeps atoms that are not bonded apart.

The minimiser is Levenberg-Marquardt. Its linear system, J^T J + damping, is solved matrix-free by conjugate
gradients, since a term touches six coordinates only: on 40 to 112 T atoms that takes a quarter of the time of
L-BFGS-B and a seventh of that of a sparse factorisation.
"""

from __future__ import annotations

import math

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.neighbours import each_once, pairs_within
from zeo.crystal.structure import Structure
from zeo.tools.compiled import njit
from zeo_cleanup.bonds import Bonds, bonds_within, bridges

SI_O, O_O, SI_SI = 1.605, 2.621, 3.09
"""Ideal distances, angstrom."""

WEIGHT_SI_O, WEIGHT_O_O, WEIGHT_SI_SI = 30.0, 6.0, 1.0
"""Weights of the squared deviations (as force constants, eV per square angstrom)."""

CONTACT_O_O, CONTACT_SI_O, WEIGHT_CONTACT = 2.6, 2.8, 6.0
"""No closer than this, angstrom, unless bonded to a common silicon (O..O) or bonded (Si-O).

In the IZA frameworks the shortest such distances are 2.68 (1st percentile) and 3.00 angstrom.
"""

CONTACT_REACH = 1.0
"""Pairs this much, angstrom, beyond the contact distance at the start are watched."""

MAX_ITERATIONS = 100
GRADIENT_TOLERANCE = 1e-3
"""eV per angstrom, largest component."""


SI_O_RANGE = (1.45, 1.80)
"""Angstrom; bonds outside mean that the cell has no room for regular tetrahedra (IZA: 1.56 to 1.63)."""


@frozen(eq=False, kw_only=True)
class Regularised:
    """The outcome of distance least squares.

    Args:
        structure: same cell and species; coordinates are not wrapped, so the bonds' offsets stay valid.
        converged: whether the gradient fell below the tolerance.
        iterations: accepted and refused steps.
        rms_si_o: root mean square deviation from the ideal distance, angstrom; likewise the next two.
        rms_o_o: see ``rms_si_o``.
        rms_si_si: see ``rms_si_o``.
        si_o_range: shortest and longest bond, angstrom.
        largest_shift: farthest that any atom moved, angstrom.
        largest_t_shift: farthest that any silicon moved, angstrom.
    """

    structure: Structure
    converged: bool
    iterations: int
    rms_si_o: float
    rms_o_o: float
    rms_si_si: float
    si_o_range: tuple[float, float]
    largest_shift: float
    largest_t_shift: float


@frozen(eq=False)
class _Terms:
    """Distances restrained: pairs (i, j) with the offset of j in cartesian angstrom."""

    i: NDArray[np.int64]
    j: NDArray[np.int64]
    offset: NDArray[np.float64]
    target: NDArray[np.float64]
    weight: NDArray[np.float64]
    contact: NDArray[np.bool_]


def regularise(structure: Structure, bonds: Bonds, max_iterations: int = MAX_ITERATIONS) -> Regularised:
    """Minimise the deviation from the ideal distances at fixed cell and fixed bonds.

    Args:
        structure: silicon and oxygen in any order; any cell. The bonds need not look like bonds yet.
        bonds: four for every silicon, two for every oxygen.
        max_iterations: of Levenberg-Marquardt.

    Raises:
        ValueError: a silicon without four bonds or an oxygen without two.
    """
    pairs = _bonded_pairs(structure, bonds)
    terms = _terms(structure, pairs)
    start = structure.cart_coords
    coords, iterations, converged = _levenberg_marquardt(
        start,
        terms.i,
        terms.j,
        terms.offset,
        terms.target,
        np.sqrt(terms.weight),
        terms.contact,
        max_iterations,
        GRADIENT_TOLERANCE,
    )
    moved = np.linalg.norm(coords - start, axis=1)
    silicon = np.array(structure.species) == "Si"
    distances = np.linalg.norm(coords[terms.j] - coords[terms.i] + terms.offset, axis=1)
    si_o, o_o, si_si = np.split(distances[~terms.contact], np.cumsum([len(pair[0]) for pair in pairs[:2]]))
    return Regularised(
        structure=Structure(structure.lattice, structure.species, coords @ np.linalg.inv(structure.lattice)),
        converged=bool(converged),
        iterations=int(iterations),
        rms_si_o=_rms(si_o - SI_O),
        rms_o_o=_rms(o_o - O_O),
        rms_si_si=_rms(si_si - SI_SI),
        si_o_range=(float(si_o.min()), float(si_o.max())),
        largest_shift=float(moved.max()),
        largest_t_shift=float(moved[silicon].max()),
    )


def geometry_fault(regular: Regularised, bonds: Bonds) -> str:
    """What is wrong with a regularised framework; empty when it is sound.

    Besides sane bonds, the 2.5 angstrom rule must read the same bonds back from the atoms.
    """
    shortest, longest = regular.si_o_range
    if shortest < SI_O_RANGE[0] or longest > SI_O_RANGE[1]:
        return f"Si-O distances from {shortest:.2f} to {longest:.2f} A"
    if bonds_within(regular.structure).as_set() != bonds.as_set():
        return "atoms that are not bonded come within 2.5 A"
    return ""


def _rms(deviation: NDArray[np.float64]) -> float:
    return math.sqrt(float(deviation @ deviation) / len(deviation))


_Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def _bonded_pairs(structure: Structure, bonds: Bonds) -> tuple[_Pairs, _Pairs, _Pairs]:
    """Si-O, O..O and Si..Si pairs (i, j, offset of j) that the bonds imply."""
    species = np.array(structure.species)
    counts = bonds.counts(len(structure))
    if not ((counts == 4) == (species == "Si")).all() or not ((counts == 2) == (species == "O")).all():
        raise ValueError("distance least squares needs four bonds at every Si and two at every O")
    order = np.argsort(bonds.si, kind="stable").reshape(-1, 4)
    one, other = np.triu_indices(4, k=1)
    o_first, o_second = order[:, one].ravel(), order[:, other].ravel()
    o_o = bonds.o[o_first], bonds.o[o_second], bonds.shifts[o_second] - bonds.shifts[o_first]
    return (bonds.si, bonds.o, bonds.shifts), o_o, bridges(bonds)


def _terms(structure: Structure, pairs: tuple[_Pairs, _Pairs, _Pairs]) -> _Terms:
    si_o, o_o, si_si = pairs
    kinds = [
        (si_o, SI_O, WEIGHT_SI_O, False),
        (o_o, O_O, WEIGHT_O_O, False),
        (si_si, SI_SI, WEIGHT_SI_SI, False),
        (_contacts(structure, "O", "O", CONTACT_O_O, o_o), CONTACT_O_O, WEIGHT_CONTACT, True),
        (_contacts(structure, "Si", "O", CONTACT_SI_O, si_o), CONTACT_SI_O, WEIGHT_CONTACT, True),
    ]
    sizes = [len(pair[0]) for pair, *_ in kinds]
    return _Terms(
        np.concatenate([pair[0] for pair, *_ in kinds]),
        np.concatenate([pair[1] for pair, *_ in kinds]),
        np.concatenate([pair[2] for pair, *_ in kinds]) @ structure.lattice,
        np.repeat([target for _, target, _, _ in kinds], sizes),
        np.repeat([weight for *_, weight, _ in kinds], sizes),
        np.repeat([contact for *_, contact in kinds], sizes),
    )


def _contacts(structure: Structure, first: str, second: str, distance: float, bonded: _Pairs) -> _Pairs:
    """Pairs that might come too close: near ones that are not among the ``bonded``."""
    species = np.array(structure.species)
    a, b = np.flatnonzero(species == first), np.flatnonzero(species == second)
    coords = structure.frac_coords
    i, j, shifts, _ = pairs_within(structure.lattice, coords[a], coords[b], distance + CONTACT_REACH)
    i, j = a[i], b[j]
    if first == second:
        once = each_once(i, j, shifts)
        i, j, shifts = i[once], j[once], shifts[once]
    known = np.concatenate([_codes(*bonded), _codes(bonded[1], bonded[0], -bonded[2])])
    free = ~np.isin(_codes(i, j, shifts), known)
    return i[free], j[free], shifts[free]


def _codes(i: NDArray[np.int64], j: NDArray[np.int64], shifts: NDArray[np.int64]) -> NDArray[np.int64]:
    """One integer for each pair; offsets of up to 511 cells and 65535 atoms fit."""
    offset = shifts + 512
    return (((i << 16 | j) << 10 | offset[:, 0]) << 10 | offset[:, 1]) << 10 | offset[:, 2]


@njit()
def _linearise(x, i, j, offset, target, root_weight, contact, residual, slope):
    """Fill residuals [T] and their derivatives [T, 3] by atom j; return half the sum of squares."""
    total = 0.0
    for t in range(len(i)):
        d0 = x[j[t], 0] - x[i[t], 0] + offset[t, 0]
        d1 = x[j[t], 1] - x[i[t], 1] + offset[t, 1]
        d2 = x[j[t], 2] - x[i[t], 2] + offset[t, 2]
        d = max(math.sqrt(d0 * d0 + d1 * d1 + d2 * d2), 1e-6)
        if contact[t] and d > target[t]:
            residual[t] = 0.0
            slope[t, :] = 0.0
            continue
        residual[t] = root_weight[t] * (d - target[t])
        scale = root_weight[t] / d
        slope[t, 0], slope[t, 1], slope[t, 2] = scale * d0, scale * d1, scale * d2
        total += 0.5 * residual[t] ** 2
    return total


@njit()
def _gradient_and_diagonal(i, j, residual, slope, gradient, diagonal):
    gradient[:] = 0.0
    diagonal[:] = 0.0
    for t in range(len(i)):
        for k in range(3):
            push = residual[t] * slope[t, k]
            gradient[j[t], k] += push
            gradient[i[t], k] -= push
            diagonal[j[t], k] += slope[t, k] ** 2
            diagonal[i[t], k] += slope[t, k] ** 2


@njit()
def _normal_product(i, j, slope, damping, v, out):
    """out = (J^T J + damping) v."""
    for a in range(len(v)):
        for k in range(3):
            out[a, k] = damping * v[a, k]
    for t in range(len(i)):
        along = 0.0
        for k in range(3):
            along += slope[t, k] * (v[j[t], k] - v[i[t], k])
        for k in range(3):
            out[j[t], k] += along * slope[t, k]
            out[i[t], k] -= along * slope[t, k]


@njit()
def _damped_step(i, j, slope, damping, gradient, diagonal, tolerance):
    """Solve (J^T J + damping) step = -gradient by conjugate gradients, preconditioned by the diagonal."""
    step = np.zeros_like(gradient)
    r = -gradient
    z = r / (diagonal + damping)
    direction = z.copy()
    product = np.empty_like(gradient)
    rz = (r * z).sum()
    goal = tolerance * tolerance * rz
    for _ in range(3 * len(gradient)):
        if rz <= goal:
            break
        _normal_product(i, j, slope, damping, direction, product)
        alpha = rz / (direction * product).sum()
        step += alpha * direction
        r -= alpha * product
        z = r / (diagonal + damping)
        rz, previous = (r * z).sum(), rz
        direction = z + (rz / previous) * direction
    return step


@njit()
def _levenberg_marquardt(
    start, i, j, offset, target, root_weight, contact, max_iterations, gradient_tolerance
):
    """Nielsen's update of the damping (Madsen, Nielsen & Tingleff 2004, algorithm 3.16).

    Returns the coordinates [n, 3], the number of steps tried and whether the gradient is small.
    """
    x = start.copy()
    residual, slope = np.empty(len(i)), np.empty((len(i), 3))
    trial_residual, trial_slope = np.empty(len(i)), np.empty((len(i), 3))
    gradient, diagonal = np.empty_like(x), np.empty_like(x)
    energy = _linearise(x, i, j, offset, target, root_weight, contact, residual, slope)
    _gradient_and_diagonal(i, j, residual, slope, gradient, diagonal)
    damping, growth = 1.0, 2.0
    for iteration in range(max_iterations):
        if np.abs(gradient).max() < gradient_tolerance:
            return x, iteration, True
        step = _damped_step(i, j, slope, damping, gradient, diagonal, 0.2)
        trial = x + step
        trial_energy = _linearise(
            trial, i, j, offset, target, root_weight, contact, trial_residual, trial_slope
        )
        predicted = 0.5 * (step * (damping * step - gradient)).sum()
        gain = (energy - trial_energy) / predicted
        if gain > 0.0:
            x, energy = trial, trial_energy
            residual, trial_residual = trial_residual, residual
            slope, trial_slope = trial_slope, slope
            _gradient_and_diagonal(i, j, residual, slope, gradient, diagonal)
            damping = max(1e-2, damping * max(1.0 / 3.0, 1.0 - (2.0 * gain - 1.0) ** 3))
            growth = 2.0
        else:
            damping *= growth
            growth *= 2.0
    return x, max_iterations, np.abs(gradient).max() < gradient_tolerance
