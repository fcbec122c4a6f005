"""The largest spheres between the atoms of a crystal, and the ways from one to the next.

The Voronoi vertices of the atoms are the centres of spheres that touch at least four of them and hold none;
the Voronoi edges are the ways between them that keep as far from the atoms as can be (T. F. Willems et al.,
Microporous Mesoporous Mater. 149 (2012) 134). All atoms here have one radius, so that both follow exactly
from the Delaunay tetrahedra: a vertex is a circumcentre, and an edge joins those of two tetrahedra that
share a face.

The periodic tetrahedra are those of a finite piece of the crystal with their circumcentre in the cell. In
symmetric crystals many atoms lie on one sphere, which divides into tetrahedra in several ways, and the images
of the cell need not agree on one. A random :data:`JITTER` of the atoms and a strain of the cell leave a
single way.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from scipy.spatial import Delaunay, QhullError

from zeo.crystal.lattice import short_basis
from zeo.crystal.neighbours import margin_within
from zeo.errors import InputError
from zeo.tools.compiled import njit

JITTER = 1e-6
"""Largest shift of an atom (angstrom) and largest strain, far less than positions and cells are known to."""

MARGINS = (4.5, 6.5, 10.0, 15.0, 25.0)
"""How far around the cell atoms are taken (angstrom). At the latest, a margin as wide as the radius of the
largest empty sphere is enough."""

BORDER = 1e-3
"""Circumcentres this close to the border of the cell (fractional) count on both sides."""

FACES = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])
"""The corners of a tetrahedron that each of its faces has."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@frozen(eq=False)
class PoreNetwork:
    """Empty spheres that touch the centres of four atoms, and the ways between them.

    Args:
        radii: [V], angstrom.
        ends: int64 [E, 2], the two spheres that each way joins.
        shifts: int64 [E, 3], lattice offset of the second one.
        bottlenecks: [E], distance of each way to the nearest atom centre, angstrom.
    """

    radii: Floats
    ends: Ints
    shifts: Ints
    bottlenecks: Floats

    def largest(self) -> float:
        """Radius of the largest empty sphere, angstrom."""
        return float(self.radii.max())

    def largest_free(self) -> float:
        """Radius of the largest empty sphere that can move through the crystal without end, angstrom."""
        order = np.argsort(-self.bottlenecks, kind="stable")
        last = _first_endless(len(self.radii), self.ends[order], self.shifts[order])
        return float(self.bottlenecks[order[last]])


@frozen(eq=False)
class _Tetrahedra:
    """Four atoms each, sorted by number and then by cell.

    Args:
        centres: [V, 3], circumcentres, Cartesian.
        atoms: int64 [V, 4].
        cells: int64 [V, 4, 3], of the atoms.
    """

    centres: Floats
    atoms: Ints
    cells: Ints


def pore_network(lattice: Floats, frac_coords: Floats) -> PoreNetwork:
    """The network between atoms of one kind in a cell of any shape.

    Args:
        lattice: [3, 3], rows a, b, c in angstrom.
        frac_coords: [n, 3] with n at least 1.

    Raises:
        InputError: a void too wide for the largest of :data:`MARGINS`, or a cell that has collapsed.
    """
    basis = short_basis(lattice)
    cell = basis @ lattice
    for attempt, margin in enumerate(MARGINS):
        rng = np.random.default_rng(attempt)
        strained = cell @ (np.eye(3) + rng.uniform(-JITTER, JITTER, (3, 3)))
        moves = rng.uniform(-JITTER, JITTER, frac_coords.shape)
        coords = (frac_coords @ np.linalg.inv(basis) + moves @ np.linalg.inv(strained)) % 1.0
        tetrahedra = _tetrahedra(strained, coords, margin)
        if tetrahedra is not None:
            network = _joined(tetrahedra, coords, strained)
            if network is not None:
                return network
    raise InputError(f"a void is too wide: no atom within {MARGINS[-1]:g} A of its centre")


def _tetrahedra(cell: Floats, coords: Floats, margin: float) -> _Tetrahedra | None:
    """Those centred in the cell, each once, made of the atoms within a margin of it."""
    index, image = _images(coords, margin_within(cell, margin, len(coords)) + BORDER)
    try:
        delaunay = Delaunay((coords[index] + image) @ cell)
    except (QhullError, ValueError):  # too few atoms
        return None
    # a tetrahedron lifted onto the paraboloid has twice its circumcentre as slope
    planes = delaunay.equations
    with np.errstate(divide="ignore", invalid="ignore"):
        centres = planes[:, :3] / (-2.0 * delaunay.paraboloid_scale * planes[:, 3:4])
    inside = (np.abs(centres @ np.linalg.inv(cell) - 0.5) < 0.5 + BORDER).all(axis=1)
    centres, corners = centres[inside], delaunay.simplices[inside]
    corners = np.sort(corners, axis=1)  # images are listed by atom and then by cell
    atoms, cells = index[corners], image[corners]
    _, once = np.unique(_translation_invariant(atoms, cells), axis=0, return_index=True)
    return _Tetrahedra(centres[once], atoms[once], cells[once])


def _images(coords: Floats, margin: Floats) -> tuple[Ints, Ints]:
    """Atom [m] and cell [m, 3] of the images within a fractional margin of the cell, in that order."""
    steps = [np.arange(-np.ceil(m), np.ceil(m) + 1) for m in margin]
    cells = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1).reshape(-1, 3).astype(np.int64)
    points = coords[:, None, :] + cells
    index, which = np.nonzero(((points > -margin) & (points < 1.0 + margin)).all(axis=2))
    return index, cells[which]


def _translation_invariant(atoms: Ints, cells: Ints) -> Ints:
    """What tells sets of k atoms [m, k] in cells [m, k, 3] apart but for lattice translations: [m, k]."""
    relative = cells - cells[:, :1]
    digits = 2 * int(np.abs(relative).max(initial=0)) + 1
    numbers: Ints = ((atoms * digits + relative[..., 0]) * digits + relative[..., 1]) * digits
    return numbers + relative[..., 2]


def _joined(tetrahedra: _Tetrahedra, coords: Floats, cell: Floats) -> PoreNetwork | None:
    """The network of tetrahedra that share a face; None unless each face is shared by exactly two.

    If so they fill space, so that no empty sphere is missing.
    """
    atoms = tetrahedra.atoms[:, FACES].reshape(-1, 3)
    cells = tetrahedra.cells[:, FACES].reshape(-1, 3, 3)
    keys = _translation_invariant(atoms, cells)
    order = np.lexsort(keys.T)
    keys = keys[order]
    shared = (keys[1:] == keys[:-1]).all(axis=1)
    if len(keys) == 0 or len(keys) % 2 or not shared[::2].all() or shared[1::2].any():
        return None
    first, second = order[::2], order[1::2]
    shifts = cells[first, 0] - cells[second, 0]
    start = tetrahedra.centres[first // 4]
    stop = tetrahedra.centres[second // 4] + shifts @ cell
    corner = (coords[atoms[first, 0]] + cells[first, 0]) @ cell
    own = (coords[tetrahedra.atoms[:, 0]] + tetrahedra.cells[:, 0]) @ cell
    return PoreNetwork(
        radii=np.linalg.norm(tetrahedra.centres - own, axis=1),
        ends=np.column_stack([first // 4, second // 4]),
        shifts=shifts,
        bottlenecks=_distance_to_segment(corner, start, stop),
    )


def _distance_to_segment(points: Floats, start: Floats, stop: Floats) -> Floats:
    """Of each point [m, 3] to the segment between two others."""
    along = stop - start
    length2 = np.maximum(np.einsum("ij,ij->i", along, along), 1e-300)
    place = np.clip(np.einsum("ij,ij->i", points - start, along) / length2, 0.0, 1.0)
    distances: Floats = np.linalg.norm(points - start - place[:, None] * along, axis=1)
    return distances


@njit()
def _first_endless(n: Any, ends: Any, shifts: Any) -> Any:
    """The first edge that, with those before it, joins a vertex to an image of itself; -1 if none does.

    Union-find in which each vertex knows the cell it lies in as seen from its parent.
    """
    parent = np.arange(n)
    cell = np.zeros((n, 3), np.int64)
    for e in range(len(ends)):
        one, other = ends[e]
        _hang_on_root(parent, cell, one)
        _hang_on_root(parent, cell, other)
        top, other_top = parent[one], parent[other]
        from_top = cell[one] + shifts[e] - cell[other]
        if top != other_top:
            parent[other_top] = top
            cell[other_top] = from_top
        elif from_top.any():
            return e
    return -1


@njit()
def _hang_on_root(parent: Any, cell: Any, vertex: Any) -> None:
    """Make the root of a vertex its parent, and halve the way of those that it passes."""
    while parent[parent[vertex]] != parent[vertex]:
        above = parent[vertex]
        cell[vertex] += cell[above]
        parent[vertex] = parent[above]
