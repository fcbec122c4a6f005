"""From a draft to a framework: bonds, checks of the net, distance least squares, checks of the geometry."""

from __future__ import annotations

from collections.abc import Container

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.tools.arrays import float64_array
from zeo.tools.compiled import njit
from zeo_search.bridging_oxygen import BridgingOxygen
from zeo_search.draft import Draft
from zeo_search.edge_dls import Relaxed, relax_with_edges
from zeo_search.t_net import TNet

SI_O_RANGE = (1.55, 1.70)
"""Angstrom."""

LARGEST_ANGLE_ERROR = 15.0
"""Degrees that an O-Si-O angle may be off the tetrahedral one."""

LEAST_SI_O_SI = 120.0
"""Degrees."""

TETRAHEDRAL = float(np.degrees(np.arccos(-1.0 / 3.0)))


@frozen(kw_only=True)
class Limits:
    """What a framework must keep to be accepted.

    Args:
        t_atoms: least and most T atoms in the cell.
        edges: shortest and longest edge of the cell, angstrom.
        density: least and greatest framework density, T atoms per 1000 cubic angstrom.
        residual: greatest residual of distance least squares, square angstrom per T atom.
        three_ring_share: greatest share of T atoms in a ring of three.
    """

    t_atoms: tuple[int, int] = (4, 100)
    edges: tuple[float, float] = (4.5, 32.0)
    density: tuple[float, float] = (10.0, 22.0)
    residual: float = 0.02
    three_ring_share: float = 1.0

    def allow_cell(self, t_atoms: int, lengths: NDArray[np.float64], tolerance: float = 0.0) -> bool:
        """Whether a cell has an allowed size.

        Args:
            t_atoms: in the cell.
            lengths: [3], its edges in angstrom.
            tolerance: share by which edges may miss, for a cell that is still to be relaxed.
        """
        shortest, longest = self.edges
        return bool(
            self.t_atoms[0] <= t_atoms <= self.t_atoms[1]
            and lengths.min() >= shortest * (1.0 - tolerance)
            and lengths.max() <= longest * (1.0 + tolerance)
        )


@frozen(eq=False, kw_only=True)
class Finished:
    """An accepted framework.

    Args:
        lengths: [3], edges a, b, c of the orthogonal cell in angstrom.
        t_coords: [n, 3], fractional, of silicon.
        o_coords: [2n, 3], fractional, of oxygen.
        residual: of distance least squares, square angstrom per T atom.
        quick_key: see :attr:`~zeo_search.t_net.TNet.quick_key`.
        three_ring_share: share of T atoms in a ring of three.
        draft: what it was made from.
    """

    lengths: NDArray[np.float64] = field(converter=float64_array)
    t_coords: NDArray[np.float64] = field(converter=float64_array)
    o_coords: NDArray[np.float64] = field(converter=float64_array)
    residual: float
    quick_key: str
    three_ring_share: float
    draft: Draft

    @property
    def structure(self) -> Structure:
        """All atoms, silicon first."""
        return Structure.from_si_o(np.diag(self.lengths), self.t_coords, self.o_coords)

    @property
    def density(self) -> float:
        """T atoms per 1000 cubic angstrom."""
        return float(1000.0 * len(self.t_coords) / self.lengths.prod())


@frozen
class Refused:
    """A draft that makes no acceptable framework.

    Args:
        reason: one of a few constant phrases.
        quick_key: of the net, where there is one.
    """

    reason: str
    quick_key: str | None = None


def finish(draft: Draft, limits: Limits, known: Container[str] = ()) -> Finished | Refused:
    """The framework that a draft makes, or why it makes none.

    Args:
        draft: T atoms.
        limits: that the framework must keep.
        known: quick keys of nets that are not wanted again; they are refused before the costly part.
    """
    net = TNet.from_distances(draft.lengths, draft.coords % 1.0)
    if net is None:
        return Refused("not four-connected")
    if fault := _fault_of_net(net, limits):
        return Refused(fault)
    if net.quick_key in known:
        return Refused("known net", net.quick_key)
    oxygen = BridgingOxygen.of(net)
    relaxed = relax_with_edges(net, oxygen)
    if fault := _fault_of_geometry(relaxed, oxygen, limits):
        return Refused(fault, net.quick_key)
    return Finished(
        lengths=relaxed.lengths,
        t_coords=relaxed.t_coords % 1.0,
        o_coords=relaxed.o_coords % 1.0,
        residual=relaxed.residual,
        quick_key=net.quick_key,
        three_ring_share=net.three_ring_share,
        draft=draft,
    )


def _fault_of_net(net: TNet, limits: Limits) -> str:
    """What is wrong with a net; empty when nothing is."""
    if not limits.t_atoms[0] <= len(net) <= limits.t_atoms[1]:
        return "number of T atoms"
    if net.cycle_lattice_index == -1:
        return "several nets"
    if net.cycle_lattice_index == 0:
        return "not three-periodic"
    if net.cycle_lattice_index > 1:
        return "interpenetrating"
    if net.three_ring_share > limits.three_ring_share:
        return "rings of three"
    return ""


def _fault_of_geometry(relaxed: Relaxed, oxygen: BridgingOxygen, limits: Limits) -> str:
    """What is wrong with a relaxed net; empty when nothing is."""
    if not relaxed.residual < limits.residual:
        return "residual"
    if not limits.allow_cell(len(relaxed.t_coords), relaxed.lengths):
        return "edges"
    density = 1000.0 * len(relaxed.t_coords) / relaxed.lengths.prod()
    if not limits.density[0] <= density <= limits.density[1]:
        return "density"
    shortest, longest, angle_error, si_o_si = _extremes(
        relaxed.lengths, relaxed.t_coords, relaxed.o_coords, oxygen.index, oxygen.shifts
    )
    if shortest < SI_O_RANGE[0] or longest > SI_O_RANGE[1]:
        return "Si-O distance"
    if angle_error > LARGEST_ANGLE_ERROR:
        return "O-Si-O angle"
    if si_o_si < LEAST_SI_O_SI:
        return "Si-O-Si angle"
    if TNet.from_distances(relaxed.lengths, relaxed.t_coords) is None:
        return "T atoms too close"
    return ""


@njit()
def _extremes(lengths, t_coords, o_coords, oxygen, oxygen_shifts):
    """Shortest and longest Si-O (A), greatest error of O-Si-O and least Si-O-Si (degrees)."""
    n = len(t_coords)
    unit = np.empty((n, 4, 3))  # from each T atom to its oxygen
    other_end = np.full((2 * n, 3), np.nan)  # from each oxygen to its first T atom
    shortest, longest, angle_error, least = np.inf, 0.0, 0.0, 180.0
    for a in range(n):
        for q in range(4):
            o = oxygen[a, q]
            bond = (o_coords[o] + oxygen_shifts[a, q] - t_coords[a]) * lengths
            length = np.sqrt((bond**2).sum())
            shortest, longest = min(shortest, length), max(longest, length)
            unit[a, q] = bond / length
            for p in range(q):
                angle = _degrees_between(unit[a, p], unit[a, q])
                angle_error = max(angle_error, abs(angle - TETRAHEDRAL))
            if np.isnan(other_end[o, 0]):
                other_end[o] = unit[a, q]
            else:
                least = min(least, _degrees_between(unit[a, q], other_end[o]))
    return shortest, longest, angle_error, least


@njit()
def _degrees_between(a, b):
    return np.degrees(np.arccos(min(1.0, max(-1.0, (a * b).sum()))))
