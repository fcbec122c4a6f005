"""Pairs of sites within reach of each other, over all periodic images: one list for each kind of pair."""

from __future__ import annotations

import math

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.tools.compiled import njit

SKIN = 0.5
"""Angstrom that lists reach beyond the cutoffs, so that they stay complete while sites move a little."""


@frozen(eq=False)
class PairKind:
    """Pairs of a site of one block with an image of a site of another, or of the same, block.

    Args:
        first: first and last + 1 site of the block.
        second: likewise; equal to ``first`` for pairs within a block, of which each is listed once.
        cutoff: angstrom.
        same_atom: whether the k-th sites of both blocks are core and shell of one atom and do not interact.
    """

    first: tuple[int, int]
    second: tuple[int, int]
    cutoff: float
    same_atom: bool = False


@frozen(eq=False)
class PairLists:
    """Rows of pairs with one first site each, kind after kind.

    Args:
        start: int64 [rows + 1], the pairs of each row.
        site: int64 [rows], the first site.
        kind: int64 [rows].
        partner: uint32 [pairs], the second site.
        image: uint32 [pairs], its image as an index into :func:`image_offsets` of ``reach``.
        reach: images on either side along a, b and c.
    """

    start: NDArray[np.int64]
    site: NDArray[np.int64]
    kind: NDArray[np.int64]
    partner: NDArray[np.uint32]
    image: NDArray[np.uint32]
    reach: tuple[int, int, int]


def pair_lists(sites: NDArray[np.float64], lattice: NDArray[np.float64], kinds: list[PairKind]) -> PairLists:
    """All pairs closer than the cutoff of their kind plus :data:`SKIN`.

    Args:
        sites: cartesian [n, 3]; may lie outside the cell.
        lattice: [3, 3], rows a, b, c in angstrom.
        kinds: of pairs.
    """
    inverse = np.linalg.inv(lattice)
    frac = sites @ inverse
    heights = 1.0 / np.linalg.norm(inverse, axis=0)
    farthest = max(kind.cutoff for kind in kinds) + SKIN
    reach = np.ceil(farthest / heights + np.ptp(frac, axis=0)).astype(np.int64)
    starts, found, rows, kind_of = [np.zeros(1, np.int64)], [], [], []
    total = 0
    for number, kind in enumerate(kinds):
        arguments = (frac, lattice, heights, kind.first, kind.second, kind.cutoff + SKIN, kind.same_atom)
        nothing = np.empty(0, np.uint32)
        counts = np.zeros(kind.first[1] - kind.first[0], np.int64)
        _visit(*arguments, reach, counts, nothing, nothing, False)
        partner, image = np.empty(counts.sum(), np.uint32), np.empty(counts.sum(), np.uint32)
        _visit(*arguments, reach, counts, partner, image, True)
        starts.append(total + np.cumsum(counts))
        total += len(partner)
        found.append((partner, image))
        rows.append(np.arange(*kind.first))
        kind_of.append(np.full(len(counts), number))
    partners, images = (np.concatenate(parts) for parts in zip(*found, strict=True))
    a, b, c = reach.tolist()
    return PairLists(
        np.concatenate(starts), np.concatenate(rows), np.concatenate(kind_of), partners, images, (a, b, c)
    )


def image_offsets(lattice: NDArray[np.float64], reach: tuple[int, int, int]) -> NDArray[np.float64]:
    """Cartesian offsets [images, 3] of all cells within ``reach``."""
    steps = np.indices([2 * r + 1 for r in reach]).reshape(3, -1).T - np.array(reach)
    offsets: NDArray[np.float64] = steps @ lattice
    return offsets


@njit()
def _visit(frac, lattice, heights, first, second, cutoff, same_atom, reach, counts, partner, image, fill):
    """Count the pairs of each row, or write them down."""
    within = first == second
    wide_b, wide_c = 2 * reach[1] + 1, 2 * reach[2] + 1
    middle = (reach[0] * wide_b + reach[1]) * wide_c + reach[2]
    position = 0
    for row in range(first[1] - first[0]):
        i = first[0] + row
        found = 0
        for j in range(i if within else second[0], second[1]):
            itself = j == i if within else same_atom and j - second[0] == row
            dx, dy, dz = frac[j, 0] - frac[i, 0], frac[j, 1] - frac[i, 1], frac[j, 2] - frac[i, 2]
            ra, rb, rc = cutoff / heights[0], cutoff / heights[1], cutoff / heights[2]
            for a in range(math.ceil(-ra - dx), math.floor(ra - dx) + 1):
                for b in range(math.ceil(-rb - dy), math.floor(rb - dy) + 1):
                    for c in range(math.ceil(-rc - dz), math.floor(rc - dz) + 1):
                        if itself and a == 0 and b == 0 and c == 0:
                            continue
                        if within and j == i and (a, b, c) < (0, 0, 0):
                            continue
                        square = 0.0
                        for k in range(3):
                            along = (
                                (dx + a) * lattice[0, k] + (dy + b) * lattice[1, k] + (dz + c) * lattice[2, k]
                            )
                            square += along * along
                        if square < cutoff * cutoff:
                            if fill:
                                partner[position] = j
                                image[position] = middle + (a * wide_b + b) * wide_c + c
                                position += 1
                            found += 1
        counts[row] = found
