"""What distance least squares asks of a framework: the distances around its unique atoms, and their ideals.

The terms are those of :mod:`zeo_cleanup.dls` (W. M. Meier & H. Villiger, Z. Kristallogr. 1969, 129, 411),
each counted for one unique atom and multiplied by the number of its images.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo_cleanup import dls
from zeo_zeosym.operations import Array
from zeo_zeosym.pairs import near_pairs
from zeo_zeosym.silica import Integers, Silica


@frozen(eq=False)
class Restraints:
    """Distances between atoms of the cell, p of them.

    Args:
        i: int64 [p], an atom.
        j: int64 [p], another.
        shift: int64 [p, 3], lattice offset of the other.
        target: [p], angstrom.
        weight: [p].
        contact: bool [p], whether it counts only where it is shorter than its target.
    """

    i: Integers
    j: Integers
    shift: Integers
    target: Array
    weight: Array
    contact: NDArray[np.bool_]


@frozen(eq=False)
class _Pairs:
    """Atoms i and j, the latter at a lattice offset, and how many such pairs of the cell each stands for."""

    i: Integers
    j: Integers
    shift: Integers
    many: NDArray[Any]


def restraints(silica: Silica) -> Restraints:
    """The distances that the bonds of a framework imply, and those of atoms that might come too near."""
    o_o, si_si, near_o_o = _around_oxygen(silica)
    si_o, near_si_o = _around_silicon(silica)
    kinds = (
        (si_o, dls.SI_O, dls.WEIGHT_SI_O, False),
        (o_o, dls.O_O, dls.WEIGHT_O_O, False),
        (si_si, dls.SI_SI, dls.WEIGHT_SI_SI, False),
        (near_o_o, dls.CONTACT_O_O, dls.WEIGHT_CONTACT, True),
        (near_si_o, dls.CONTACT_SI_O, dls.WEIGHT_CONTACT, True),
    )
    sizes = [len(pairs.i) for pairs, *_ in kinds]
    return Restraints(
        i=np.concatenate([pairs.i for pairs, *_ in kinds]),
        j=np.concatenate([pairs.j for pairs, *_ in kinds]),
        shift=np.concatenate([pairs.shift for pairs, *_ in kinds]),
        target=np.repeat([target for _, target, *_ in kinds], sizes),
        weight=np.concatenate([weight * pairs.many for pairs, _, weight, _ in kinds]),
        contact=np.repeat([contact for *_, contact in kinds], sizes),
    )


def _around_silicon(silica: Silica) -> tuple[_Pairs, _Pairs]:
    """Si-O: bonded, and near without a bond."""
    atoms, n = silica.atoms, len(silica.oxygen)
    first, many = silica.atoms.first[: silica.t_sites], atoms.multiplicities[: silica.t_sites]
    coords = atoms.t_coords
    bonded = _Pairs(
        np.repeat(first, 4),
        n + silica.oxygen[first].ravel(),
        silica.shift[first].reshape(-1, 3),
        np.repeat(many, 4),
    )
    reach = dls.CONTACT_SI_O + dls.CONTACT_REACH
    t, o, shift, _ = near_pairs(atoms.lattice, coords[first], coords[n:], reach)
    own = (o[:, None] == silica.oxygen[first[t]]) & (shift[:, None] == silica.shift[first[t]]).all(axis=2)
    free = ~own.any(axis=1)
    return bonded, _Pairs(first[t[free]], n + o[free], shift[free], many[t[free]])


def _around_oxygen(silica: Silica) -> tuple[_Pairs, _Pairs, _Pairs]:
    """O..O of one tetrahedron, Si..Si of one bridge, and O..O of atoms that only come near."""
    atoms, n = silica.atoms, len(silica.oxygen)
    first, many = silica.atoms.first[silica.t_sites :], atoms.multiplicities[silica.t_sites :]
    coords = atoms.t_coords
    ends = np.argsort(silica.oxygen.ravel(), kind="stable").reshape(-1, 2)[first - n]  # [m, 2]
    t, back = ends // 4, silica.shift.reshape(-1, 3)[ends]  # the T atoms of each oxygen are at -back
    bridge = _Pairs(t[:, 0], t[:, 1], back[:, 0] - back[:, 1], many)
    partner = silica.oxygen[t]  # [m, 2, 4], itself among them
    offset = silica.shift[t] - back[:, :, None]
    other = (partner != (first - n)[:, None, None]) | (offset != 0).any(axis=3)
    which = np.nonzero(other)[0]
    tetrahedron = _Pairs(first[which], n + partner[other], offset[other], 0.5 * many[which])
    reach = dls.CONTACT_O_O + dls.CONTACT_REACH
    one, o, shift, _ = near_pairs(atoms.lattice, coords[first], coords[n:], reach)
    known = (o[:, None] == partner.reshape(-1, 8)[one]) & (
        shift[:, None] == offset.reshape(-1, 8, 3)[one]
    ).all(axis=2)
    free = ~known.any(axis=1)
    return tetrahedron, bridge, _Pairs(first[one[free]], n + o[free], shift[free], 0.5 * many[one[free]])
