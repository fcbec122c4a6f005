"""The exact key of a net: a short text, equal for two nets if and only if they are the same net."""

from __future__ import annotations

import hashlib

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.net import HalfEdges, Net
from zeo_cleanup.canonical import canonical_form
from zeo_cleanup.coordination import SHELLS, coordination_sequences
from zeo_cleanup.primitive import primitive_net


def digest(canonical: Net) -> str:
    """The key of a net that is already in canonical form: its T atoms, and a 128-bit digest of its bonds."""
    rows = np.column_stack([canonical.edges, canonical.shifts]).astype("<i4")
    return f"{canonical.n}-{hashlib.blake2b(rows.tobytes(), digest_size=16).hexdigest()}"


@frozen(eq=False)
class Topology:
    """What the bonds alone say about a framework.

    Args:
        key: exact key.
        canonical: the canonical form that the key is the digest of.
        orbit: int64 [n of the original net]: for each T atom the number of its kind; two T atoms are of one
            kind exactly if an automorphism of the net maps one onto the other. Kinds are numbered in the
            order in which they first occur.
        half: the net over its primitive cell.
        sites: int64 [kinds], a T atom of ``half`` for each kind.
        sequences: int64 [kinds, 12], coordination sequences.
        multiplicities: int64 [kinds], T atoms of each kind in the original cell.
        symmetries: order of the net's point group.
    """

    key: str
    canonical: Net
    orbit: NDArray[np.int64]
    half: HalfEdges
    sites: NDArray[np.int64]
    sequences: NDArray[np.int64]
    multiplicities: NDArray[np.int64]
    symmetries: int


def topology_of(net: Net) -> Topology:
    """Reduce, number and describe a net.

    Raises:
        DisconnectedError: several nets.
        NotThreePeriodicError: a sheet, chain or molecule.
        UnstableNetError: a net whose barycentric placement collapses.
    """
    primitive = primitive_net(net)
    sequences = coordination_sequences(primitive.half, SHELLS)
    form = canonical_form(primitive, sequences)
    orbit_of_atom = form.orbit[primitive.image]
    _, first, inverse, multiplicities = np.unique(
        orbit_of_atom, return_index=True, return_inverse=True, return_counts=True
    )
    by_occurrence = np.argsort(first)
    number = np.empty(len(first), dtype=np.int64)
    number[by_occurrence] = np.arange(len(first))
    sites = primitive.image[first[by_occurrence]]
    return Topology(
        key=digest(form.net),
        canonical=form.net,
        orbit=number[inverse],
        half=primitive.half,
        sites=sites,
        sequences=sequences[sites],
        multiplicities=multiplicities[by_occurrence],
        symmetries=form.symmetries,
    )
