"""The net of a framework: its T atoms and the oxygen bridges between them, as a periodic graph.

A bridge (i, j, s) joins T atom i of the home cell to T atom j of the cell at lattice offset s. Each bridge is
stored once, in one of its two directions.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from zeo.crystal.lattice import short_basis
from zeo.crystal.neighbours import images_within, margin_within, wrapped
from zeo.errors import InputError
from zeo.tools.arrays import int64_array

if TYPE_CHECKING:
    import networkx as nx

    from zeo.crystal.structure import Structure

MAX_BOND = 3.0
"""Farthest T-O pair (angstrom) that can be a bond. In the IZA frameworks other pairs are farther, and all of
their nets survive 0.2 A of noise, which 2.5 A would not allow."""

MIN_THIRD = 2.0
"""An O with a third T atom nearer than this (angstrom) is no bridge; in stishovite it is at 1.8."""


class NetError(InputError):
    """A structure or a net that is no framework.

    Args:
        reason: one of a few constant phrases, which the funnel counts.
        detail: the atoms and numbers.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class NotFourConnectedError(NetError):
    """Atoms that are not TO4 tetrahedra sharing corners: every T with four O, every O with two T."""

    def __init__(self, detail: str) -> None:
        super().__init__("not four-connected", detail)


@frozen(eq=False)
class HalfEdges:
    """Every bridge of a net seen from both of its ends, grouped by the T atom it starts from.

    Args:
        start: int64 [n + 1]; T atom v owns the half-edges start[v] to start[v + 1].
        target: int64 [2E], the T atom at the other end.
        shift: int64 [2E, 3], its lattice offset.
    """

    start: NDArray[np.int64]
    target: NDArray[np.int64]
    shift: NDArray[np.int64]

    @property
    def n(self) -> int:
        """Number of T atoms."""
        return len(self.start) - 1

    @cached_property
    def source(self) -> NDArray[np.int64]:
        """The T atom that each half-edge starts from, [2E]."""
        return np.repeat(np.arange(self.n), np.diff(self.start))


@frozen(eq=False)
class Net:
    """A periodic graph of T atoms.

    Args:
        n: number of T atoms in the cell.
        edges: int64 [E, 2], the two T atoms of each bridge.
        shifts: int64 [E, 3], lattice offset of the second T atom.
    """

    n: int
    edges: NDArray[np.int64] = field(converter=int64_array)
    shifts: NDArray[np.int64] = field(converter=int64_array)

    @property
    def degrees(self) -> NDArray[np.int64]:
        """Bridges of each T atom, [n]; a bridge from a T atom to its own image counts twice."""
        return np.bincount(self.edges.ravel(), minlength=self.n)

    @classmethod
    def from_structure(cls, structure: Structure) -> Net:
        """The net of a framework of any cell, however small or skewed.

        Each O is bonded to its two nearest T atoms: that survives more noise than a distance cutoff. T atoms
        and bridges are numbered in the order of ``structure.framework``, which leaves out what is in the
        pores, and the shifts hold for the coordinates as they are written, wrapped into the cell or not.

        Raises:
            NotFourConnectedError: a T atom without exactly four O or an O without exactly two T atoms,
                tetrahedra that share an edge, or no such atoms.
        """
        bridges = _checked_bridges(structure)
        net = cls(len(structure.framework.t), bridges.t, bridges.offset[:, 1] - bridges.offset[:, 0])
        wrong = np.flatnonzero(net.degrees != 4)
        if len(wrong):
            atoms = structure.framework.t[wrong]
            raise NotFourConnectedError(
                f"{_atom(structure, atoms[0])} has {_coordination(net.degrees[wrong[0]])} bridging oxygen"
                + _and_others(structure, atoms)
            )
        _refuse_shared_edges(net, structure)
        return net

    @classmethod
    def of_bridges(cls, structure: Structure, max_bond: float = 2.5) -> Net:
        """The net of the oxygen that do bridge two T atoms, whatever is wrong elsewhere.

        This is the net of an interrupted framework, whose terminal oxygen it leaves out.

        Args:
            structure: of any elements.
            max_bond: longest bond, in angstrom. Terminal oxygen come nearer to other T atoms than bridging
                ones do, so that noise is harder to tell from a missing bond.

        Raises:
            NotFourConnectedError: there are no T atoms, or no oxygen.
        """
        _require_framework(structure)
        bridges = _nearest_t(structure)
        good = bridges.distance[:, 1] < max_bond
        offset = bridges.offset[good]
        return cls(len(structure.framework.t), bridges.t[good], offset[:, 1] - offset[:, 0])

    def half_edges(self) -> HalfEdges:
        """The net as every T atom sees it."""
        source = self.edges.T.ravel()
        order = np.argsort(source, kind="stable")
        start = np.concatenate([[0], np.cumsum(self.degrees)])
        target = self.edges[:, ::-1].T.ravel()[order]
        return HalfEdges(start, target, np.concatenate([self.shifts, -self.shifts])[order])

    def to_networkx(self) -> nx.MultiGraph[int]:
        """A multigraph of the T atoms whose edges carry ``shift`` from the smaller to the larger node."""
        import networkx as nx

        graph: nx.MultiGraph[int] = nx.MultiGraph()
        graph.add_nodes_from(range(self.n))
        for (i, j), shift in zip(self.edges.tolist(), self.shifts.tolist(), strict=True):
            if i <= j:
                graph.add_edge(i, j, shift=tuple(shift))
            else:
                graph.add_edge(j, i, shift=tuple(-s for s in shift))
        return graph


@frozen(eq=False)
class _Bridges:
    """The two nearest T atoms of each oxygen.

    Args:
        t: int64 [m, 2], numbers among the T atoms.
        offset: int64 [m, 2, 3], lattice offset of each T atom from the oxygen.
        distance: [m, 3], in angstrom, to the third T atom too; infinite beyond :data:`MAX_BOND`.
    """

    t: NDArray[np.int64]
    offset: NDArray[np.int64]
    distance: NDArray[np.float64]


def _nearest_t(structure: Structure) -> _Bridges:
    # In a short basis the images within reach of the cell are few, even when the cell is badly skewed.
    basis = short_basis(structure.lattice)
    to_basis = np.rint(np.linalg.inv(basis)).astype(np.int64)
    lattice = basis @ structure.lattice
    t, home_t = wrapped(structure.frac_coords[structure.framework.t] @ to_basis)
    oxygen, home_o = wrapped(structure.frac_coords[structure.framework.oxygen] @ to_basis)
    index, cell = images_within(t, margin_within(lattice, MAX_BOND, len(t)))
    points = (t[index] + cell) @ lattice
    tree = cKDTree(points)
    nearest = tree.query(oxygen @ lattice, k=3, distance_upper_bound=MAX_BOND)
    distance, found = np.asarray(nearest[0]), np.asarray(nearest[1])
    found = np.minimum(found[:, :2], len(points) - 1)  # a T atom out of reach: its distance is infinite
    offset = (cell - home_t[index])[found] + home_o[:, None]
    return _Bridges(index[found], offset @ basis, distance)


def _require_framework(structure: Structure) -> None:
    if not len(structure.framework.t):
        raise NotFourConnectedError("it contains no T atom (Si, Al, P, Ge, ...)")
    if not len(structure.framework.oxygen):
        raise NotFourConnectedError("it contains no oxygen between T atoms")


def _checked_bridges(structure: Structure) -> _Bridges:
    """The bridges of a structure whose oxygen are all in order."""
    _require_framework(structure)
    bridges, oxygen = _nearest_t(structure), structure.framework.oxygen
    bonded = np.isfinite(bridges.distance[:, :2]).sum(axis=1)
    lacking = np.flatnonzero(bonded < 2)
    if len(lacking):
        raise NotFourConnectedError(
            f"{_atom(structure, oxygen[lacking[0]])} has {'only one' if bonded[lacking[0]] else 'no'}"
            f" {_t_name(structure)} within {MAX_BOND:g} A{_and_others(structure, oxygen[lacking])}"
        )
    crowded = np.flatnonzero(bridges.distance[:, 2] < MIN_THIRD)
    if len(crowded):
        raise NotFourConnectedError(
            f"{_atom(structure, oxygen[crowded[0]])} has three {_t_name(structure)} within {MIN_THIRD:g} A"
            + _and_others(structure, oxygen[crowded])
        )
    return bridges


def _refuse_shared_edges(net: Net, structure: Structure) -> None:
    """Two tetrahedra that share two oxygen are two bridges between the same images."""
    there = np.column_stack([net.edges, net.shifts])
    back = np.column_stack([net.edges[:, ::-1], -net.shifts])
    rows = np.concatenate([there, back])
    rows = rows[np.lexsort(rows.T[::-1])]
    shared = np.flatnonzero((rows[1:] == rows[:-1]).all(axis=1))
    if len(shared):
        one, other = (_atom(structure, atom) for atom in structure.framework.t[rows[shared[0], :2]])
        raise NotFourConnectedError(f"{one} and {other} share two oxygen (edge-sharing tetrahedra)")


def _atom(structure: Structure, atom: int) -> str:
    """What people call an atom, such as ``Si 3``: its element, and its number among those of the element."""
    element = structure.species[atom]
    return f"{element} {structure.species[: atom + 1].count(element)}"


def _coordination(bridges: int) -> str:
    return f"{bridges}" if bridges < 4 else f"{bridges} (a tetrahedron has 4)"


def _t_name(structure: Structure) -> str:
    """The element of the T atoms, where there is just one."""
    elements = {structure.species[atom] for atom in structure.framework.t}
    return elements.pop() if len(elements) == 1 else "T atom"


def _and_others(structure: Structure, wrong: NDArray[np.int64]) -> str:
    elements = {structure.species[atom] for atom in wrong}
    what = elements.pop() if len(elements) == 1 else "T atoms"
    return f" ({len(wrong)} {what} are wrong)" if len(wrong) > 1 else ""
