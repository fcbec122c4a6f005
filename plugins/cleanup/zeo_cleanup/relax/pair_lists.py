"""Pairs of sites within reach of each other, over all periodic images: one list for each kind of pair."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.tools.compiled import njit
from zeo_cleanup.relax.orbits import Orbits

SKIN = 0.5
"""Angstrom that lists reach beyond the cutoffs, so that they stay complete while sites move a little."""


@frozen(eq=False)
class PairKind:
    """Pairs of a site of one block with an image of a site of another, or of the same, block.

    Args:
        first: first and last + 1 site of the block.
        second: likewise; equal to ``first`` for pairs within a block.
        cutoff: angstrom.
        same_atom: whether the k-th sites of both blocks are core and shell of one atom and do not interact.
    """

    first: tuple[int, int]
    second: tuple[int, int]
    cutoff: float
    same_atom: bool = False


@frozen(eq=False)
class PairLists:
    """Rows of pairs of one site with images of others, kind after kind.

    Args:
        start: int64 [rows + 1], the pairs of each row.
        site: int64 [rows], the site.
        kind: int64 [rows].
        weight: [rows], how often each pair of the row counts.
        partner: uint32 [pairs], the image, as a position in the next two.
        image_site: int64 [images], of which site.
        image_cell: int64 [images, 3], in which cell.
    """

    start: NDArray[np.int64]
    site: NDArray[np.int64]
    kind: NDArray[np.int64]
    weight: NDArray[np.float64]
    partner: NDArray[np.uint32]
    image_site: NDArray[np.int64]
    image_cell: NDArray[np.int64]


def pair_lists(
    sites: NDArray[np.float64],
    lattice: NDArray[np.float64],
    kinds: Sequence[PairKind],
    orbits: Orbits | None = None,
) -> PairLists:
    """The pairs closer than the cutoff of their kind plus :data:`SKIN`.

    Without symmetry each pair is listed once. With symmetry, those of one site of every orbit are, each with
    the weight that makes their sum that over all pairs.

    Args:
        sites: cartesian [n, 3]; may lie outside the cell.
        lattice: [3, 3], rows a, b, c in angstrom.
        kinds: of pairs.
        orbits: of the sites; None without symmetry.
    """
    inverse = np.linalg.inv(lattice)
    margin = (max(kind.cutoff for kind in kinds) + SKIN) * np.linalg.norm(inverse, axis=0)
    symmetric = orbits is not None
    one_of_each = orbits or Orbits.trivial(len(sites))
    chosen, multiplicity = one_of_each.first, one_of_each.multiplicity
    frac = sites @ inverse
    inside = frac[chosen]
    image_site, image_cell, home = _images(frac, inside.min(axis=0) - margin, inside.max(axis=0) + margin)
    images = sites[image_site] + image_cell @ lattice
    first_image = np.searchsorted(image_site, np.arange(len(sites) + 1))
    rows, kind_of, weights, ranges, skipped = [], [], [], [], []
    for number, kind in enumerate(kinds):
        own = (chosen >= kind.first[0]) & (chosen < kind.first[1])
        site = chosen[own]
        within = kind.first == kind.second
        # of the images of its own block, a site without symmetry meets those after itself
        low = home[site] if within and not symmetric else np.full(len(site), first_image[kind.second[0]])
        ranges.append(np.column_stack([low, np.full(len(site), first_image[kind.second[1]])]))
        other = site if within else site - kind.first[0] + kind.second[0]
        skipped.append(home[other] if within or kind.same_atom else np.full(len(site), -1))
        weights.append(multiplicity[own] / (2.0 if within and symmetric else 1.0))
        rows.append(site)
        kind_of.append(np.full(len(site), number))
    row_site, row_kind = np.concatenate(rows), np.concatenate(kind_of)
    reach = np.array([kind.cutoff + SKIN for kind in kinds])[row_kind]
    start, partner, met = _listed(
        sites[row_site], images, np.concatenate(ranges), np.concatenate(skipped), reach
    )
    return PairLists(
        start, row_site, row_kind, np.concatenate(weights), partner, image_site[met], image_cell[met]
    )


@njit()
def _images(frac, low, high):
    """Sites and cells of all images between two corners, in this order, and where those in the cell are."""
    total = 0
    for j in range(len(frac)):
        count = 1
        for k in range(3):
            count *= math.floor(high[k] - frac[j, k]) - math.ceil(low[k] - frac[j, k]) + 1
        total += count
    site, cell, home = np.empty(total, np.int64), np.empty((total, 3), np.int64), np.full(len(frac), -1)
    place = 0
    for j in range(len(frac)):
        x, y, z = frac[j]
        for a in range(math.ceil(low[0] - x), math.floor(high[0] - x) + 1):
            for b in range(math.ceil(low[1] - y), math.floor(high[1] - y) + 1):
                for c in range(math.ceil(low[2] - z), math.floor(high[2] - z) + 1):
                    if a == 0 and b == 0 and c == 0:
                        home[j] = place
                    site[place], cell[place, 0], cell[place, 1], cell[place, 2] = j, a, b, c
                    place += 1
    return site, cell, home


@njit()
def _listed(sites, images, ranges, skipped, reach):
    """The images within reach of each row's site, of those in the row's range but for one.

    Returns where each row begins, the images, numbered among those that any row meets, and which these are.
    """
    start = np.zeros(len(sites) + 1, np.int64)
    partner = np.empty(64 * len(sites), np.uint32)
    found = 0
    for row in range(len(sites)):
        low, high = ranges[row]
        if found + high - low > len(partner):
            longer = np.empty(2 * len(partner) + high - low, np.uint32)
            longer[:found] = partner[:found]
            partner = longer
        x, y, z = sites[row]
        square = reach[row] * reach[row]
        for k in range(low, high):
            dx, dy, dz = images[k, 0] - x, images[k, 1] - y, images[k, 2] - z
            partner[found] = k
            found += (dx * dx + dy * dy + dz * dz < square) & (k != skipped[row])
        start[row + 1] = found
    met = np.zeros(len(images), np.bool_)
    for pair in range(found):
        met[partner[pair]] = True
    number = np.cumsum(met) - 1
    for pair in range(found):
        partner[pair] = number[partner[pair]]
    return start, partner[:found].copy(), met
