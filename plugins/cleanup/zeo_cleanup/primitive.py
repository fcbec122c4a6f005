"""The smallest quotient graph of a net: T atoms that a translation of it maps onto each other become one."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.lattice import shortening
from zeo.crystal.net import HalfEdges, Net
from zeo_cleanup.hermite import hermite_rows
from zeo_cleanup.modular import PRIME, signed
from zeo_cleanup.placement import UnstableNetError, bond_vectors
from zeo_cleanup.spanning import spanning_tree


@frozen(eq=False)
class PrimitiveNet:
    """A net over its full translation lattice, in a basis in which the shifts are short.

    Args:
        half: its half-edges.
        vector: int64 [2E, 3], residues of the barycentric bond vectors, in some basis.
        image: int64 [n of the original net], the T atom here that each original one is an image of.
    """

    half: HalfEdges
    vector: NDArray[np.int64]
    image: NDArray[np.int64]


def primitive_net(net: Net) -> PrimitiveNet:
    """Reduce a net to its smallest cell.

    Raises:
        DisconnectedError, NotThreePeriodicError, UnstableNetError: see :mod:`zeo_cleanup.placement`.
    """
    half = net.half_edges()
    vector = bond_vectors(half)
    half, vector, name = _sorted_stars(half, vector)
    image = _translation_classes(half, name)
    copies = half.n // (image.max() + 1)
    if copies == 1:
        shift = spanning_tree(half).shift
        image = np.arange(half.n)
    else:
        half, vector = _one_of_each_class(half, vector, image)
        shift = _shifts_of_finer_lattice(half, vector, copies)
    short = shortening(shift.T @ shift)
    return PrimitiveNet(HalfEdges(half.start, half.target, shift @ short.T), vector, image)


def _sorted_stars(
    half: HalfEdges, vector: NDArray[np.int64]
) -> tuple[HalfEdges, NDArray[np.int64], NDArray[np.int64]]:
    """Number the different bond vectors, and sort the bonds of each T atom by that number.

    Raises:
        UnstableNetError: two bonds of one T atom with the same vector.
    """
    order = np.lexsort((*vector.T[::-1],))
    ordered = vector[order]
    name = np.empty(len(order), dtype=np.int64)
    name[order] = np.concatenate([[0], (ordered[1:] != ordered[:-1]).any(axis=1).cumsum()])
    order = np.lexsort((name, half.source))
    name = name[order]
    if ((name[1:] == name[:-1]) & (half.source[1:] == half.source[:-1])).any():
        raise UnstableNetError("two bonds of one T atom coincide")
    return HalfEdges(half.start, half.target[order], half.shift[order]), vector[order], name


def _translation_classes(half: HalfEdges, name: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which T atoms see the same net in the same orientation: [n], numbered from 0.

    T atoms are told apart by their bond vectors, then by their neighbours' class along each bond, until
    nothing changes (Moore's minimisation of an automaton; the bond vectors are its alphabet).
    """
    bond = np.full((half.n, int(np.diff(half.start).max())), -1)
    slot = np.arange(len(name)) - half.start[half.source]
    bond[half.source, slot] = name
    signature, found = bond, 0
    while True:
        _, image, sizes = np.unique(signature, axis=0, return_inverse=True, return_counts=True)
        if sizes.min() == 1:  # translations leave no T atom in place, so all classes have equal size
            return np.arange(half.n)
        if len(sizes) == found:
            return image
        found = len(sizes)
        neighbour = np.full_like(bond, -1)
        neighbour[half.source, slot] = image[half.target]
        signature = np.column_stack([image, neighbour])


def _one_of_each_class(
    half: HalfEdges, vector: NDArray[np.int64], image: NDArray[np.int64]
) -> tuple[HalfEdges, NDArray[np.int64]]:
    """The quotient by the classes; its shifts are still to be found."""
    _, chosen = np.unique(image, return_index=True)
    bonds = np.concatenate([np.arange(half.start[v], half.start[v + 1]) for v in chosen])
    start = np.concatenate([[0], np.cumsum(np.diff(half.start)[chosen])])
    return HalfEdges(start, image[half.target[bonds]], np.zeros((len(bonds), 3), np.int64)), vector[bonds]


def _shifts_of_finer_lattice(half: HalfEdges, vector: NDArray[np.int64], copies: int) -> NDArray[np.int64]:
    """Shifts [2E, 3] in a basis of the net's full translation lattice, from the sums of vectors along cycles.

    That lattice contains the old one ``copies`` times as densely, so ``copies`` times a sum is an integer
    vector of the old one.

    Raises:
        UnstableNetError: two T atoms in one place look alike, so that merging them was no translation.
    """
    walked = spanning_tree(HalfEdges(half.start, half.target, vector)).shift  # sums of vectors: residues
    cycles = signed(walked % PRIME * copies)
    lattice = hermite_rows(cycles)
    if np.prod(np.diag(lattice)) != copies**2:
        raise UnstableNetError("T atoms of the same surroundings coincide")
    return np.rint(cycles @ np.linalg.inv(lattice)).astype(np.int64)
