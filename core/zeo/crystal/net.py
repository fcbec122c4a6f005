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
"""Farthest Si-O pair (angstrom) that can be a bond. In the IZA frameworks other pairs are farther, and all of
their nets survive 0.2 A of noise, which 2.5 A would not allow."""

MIN_THIRD = 2.0
"""An O with a third silicon nearer than this (angstrom) is no bridge; in stishovite it is at 1.8."""


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
    """Atoms that are not SiO4 tetrahedra sharing corners: every Si with four O, every O with two Si."""

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

        Each O is bonded to its two nearest Si: that survives more noise than a distance cutoff. T atoms are
        numbered in the order of the structure's Si, bridges in the order of its O, and the shifts hold for
        the coordinates as they are written, wrapped into the cell or not.

        Raises:
            NotFourConnectedError: an Si without exactly four O or an O without exactly two Si, tetrahedra
                that share an edge, other elements, or no atoms.
        """
        bridges = _checked_bridges(structure)
        net = cls(structure.count("Si"), bridges.silicon, bridges.offset[:, 1] - bridges.offset[:, 0])
        wrong = np.flatnonzero(net.degrees != 4)
        if len(wrong):
            raise NotFourConnectedError(
                f"Si {wrong[0] + 1} has {net.degrees[wrong[0]]} bridging oxygen{_and_others(wrong, 'Si')}"
            )
        _refuse_shared_edges(net)
        return net

    @classmethod
    def of_bridges(cls, structure: Structure, max_bond: float = 2.5) -> Net:
        """The net of the oxygen that do bridge two silicon, whatever is wrong elsewhere.

        This is the net of an interrupted framework, whose terminal oxygen it leaves out.

        Args:
            structure: of silicon and oxygen.
            max_bond: longest bond, in angstrom. Terminal oxygen come nearer to other silicon than bridging
                ones do, so that noise is harder to tell from a missing bond.

        Raises:
            NotFourConnectedError: other elements, or no atoms.
        """
        _require_silica(structure)
        bridges = _nearest_silicon(structure)
        good = bridges.distance[:, 1] < max_bond
        offset = bridges.offset[good]
        return cls(structure.count("Si"), bridges.silicon[good], offset[:, 1] - offset[:, 0])

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
    """The two nearest silicon of each oxygen.

    Args:
        silicon: int64 [m, 2].
        offset: int64 [m, 2, 3], lattice offset of each silicon from the oxygen.
        distance: [m, 3], in angstrom, to the third silicon too; infinite beyond :data:`MAX_BOND`.
    """

    silicon: NDArray[np.int64]
    offset: NDArray[np.int64]
    distance: NDArray[np.float64]


def _nearest_silicon(structure: Structure) -> _Bridges:
    # In a short basis the images within reach of the cell are few, even when the cell is badly skewed.
    basis = short_basis(structure.lattice)
    to_basis = np.rint(np.linalg.inv(basis)).astype(np.int64)
    lattice = basis @ structure.lattice
    silicon, home_si = wrapped(structure.coords_of("Si") @ to_basis)
    oxygen, home_o = wrapped(structure.coords_of("O") @ to_basis)
    index, cell = images_within(silicon, margin_within(lattice, MAX_BOND, len(silicon)))
    points = (silicon[index] + cell) @ lattice
    tree = cKDTree(points)
    nearest = tree.query(oxygen @ lattice, k=3, distance_upper_bound=MAX_BOND)
    distance, found = np.asarray(nearest[0]), np.asarray(nearest[1])
    found = np.minimum(found[:, :2], len(points) - 1)  # a silicon out of reach: its distance is infinite
    offset = (cell - home_si[index])[found] + home_o[:, None]
    return _Bridges(index[found], offset @ basis, distance)


def _require_silica(structure: Structure) -> None:
    others = sorted(set(structure.species) - {"Si", "O"})
    if others:
        raise NotFourConnectedError(f"it contains {', '.join(others)}; only Si and O are understood")
    for element in ("Si", "O"):
        if element not in structure.species:
            raise NotFourConnectedError(f"it contains no {element}")


def _checked_bridges(structure: Structure) -> _Bridges:
    """The bridges of a structure whose oxygen are all in order."""
    _require_silica(structure)
    bridges = _nearest_silicon(structure)
    bonded = np.isfinite(bridges.distance[:, :2]).sum(axis=1)
    lacking = np.flatnonzero(bonded < 2)
    if len(lacking):
        raise NotFourConnectedError(
            f"O {lacking[0] + 1} has {'only one' if bonded[lacking[0]] else 'no'} Si within {MAX_BOND:g} A"
            + _and_others(lacking, "O")
        )
    crowded = np.flatnonzero(bridges.distance[:, 2] < MIN_THIRD)
    if len(crowded):
        raise NotFourConnectedError(
            f"O {crowded[0] + 1} has three Si within {MIN_THIRD:g} A{_and_others(crowded, 'O')}"
        )
    return bridges


def _refuse_shared_edges(net: Net) -> None:
    """Two tetrahedra that share two oxygen are two bridges between the same images."""
    there = np.column_stack([net.edges, net.shifts])
    back = np.column_stack([net.edges[:, ::-1], -net.shifts])
    rows = np.concatenate([there, back])
    rows = rows[np.lexsort(rows.T[::-1])]
    shared = np.flatnonzero((rows[1:] == rows[:-1]).all(axis=1))
    if len(shared):
        i, j = rows[shared[0], :2] + 1
        raise NotFourConnectedError(f"Si {i} and Si {j} share two oxygen (edge-sharing tetrahedra)")


def _and_others(wrong: NDArray[np.int64], element: str) -> str:
    return f" ({len(wrong)} {element} are wrong)" if len(wrong) > 1 else ""
