"""The wave vectors of Ewald's sum, and which of them symmetry makes equal.

An operation x -> R x + t that leaves the sites as they are turns the structure factor of h into that of h R,
S(h) = exp(2 pi i h.t) S(h R). The waves of such a star have equal terms. Their structure factors follow from
sums A over one site of every orbit, S(h) = sum_g exp(2 pi i h.t_g) A(h R_g), and where the phases cancel, the
reflection is absent (International Tables for Crystallography B, 1.4).
"""

from __future__ import annotations

import math

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo_cleanup.relax.symmetrise import Symmetry

ABSENT = 1e-6
"""A sum of phases below this is zero."""


@frozen(eq=False)
class Waves:
    """All wave vectors within a sphere, one of each h and -h.

    Args:
        rows: int64 [rows, 3]: h1, h2 and the largest \\|h3\\|.
        vectors: int64 [waves, 3], without zero.
        place: int64 [waves], of each in a table [rows, 2 top + 1] by row and h3 from -top to top.
    """

    rows: NDArray[np.int64]
    vectors: NDArray[np.int64]
    place: NDArray[np.int64]

    @property
    def top(self) -> int:
        """The largest \\|h3\\| of all."""
        return int(self.rows[:, 2].max())


def waves_within(lattice: NDArray[np.float64], longest: float) -> Waves:
    """The multiples of the reciprocal vectors that are shorter than ``longest`` (1/A)."""
    top = np.floor(longest * np.linalg.norm(lattice, axis=1) / (2 * math.pi)).astype(np.int64)
    h1, h2, h3 = np.meshgrid(*(np.arange(-m, m + 1) for m in top), indexing="ij")
    vectors = np.stack([h1, h2, h3], axis=-1).reshape(-1, 3)
    vectors = vectors[len(vectors) // 2 + 1 :]  # what comes after zero is what comes before, times -1
    waves = 2 * math.pi * vectors @ np.linalg.inv(lattice).T
    return _in_rows(vectors[np.einsum("wk,wk->w", waves, waves) < longest**2])


def _in_rows(vectors: NDArray[np.int64]) -> Waves:
    """Waves in lexicographic order."""
    new = np.ones(len(vectors), dtype=bool)
    new[1:] = (vectors[1:, :2] != vectors[:-1, :2]).any(axis=1)
    begin = np.flatnonzero(new)
    highest = np.maximum.reduceat(np.abs(vectors[:, 2]), begin)
    top = highest.max()
    place = (np.cumsum(new) - 1) * (2 * top + 1) + vectors[:, 2] + top
    return Waves(np.column_stack([vectors[begin, :2], highest]), vectors, place)


@frozen(eq=False)
class Stars:
    """One wave of every star, and how its structure factor follows from the sums over unique sites.

    Args:
        waves: those whose sums are needed.
        first: int64 [stars, 3], one wave of each star.
        size: [stars], waves in each, of h and -h one.
        start: int64 [stars + 1], the sums that each needs.
        place: int64 [sums], where they are in the table of ``waves``.
        turn: [sums, 2, 2], which takes their real and imaginary parts to their parts in the structure factor.
    """

    waves: Waves
    first: NDArray[np.int64]
    size: NDArray[np.float64]
    start: NDArray[np.int64]
    place: NDArray[np.int64]
    turn: NDArray[np.float64]


def stars_of(waves: Waves, lattice: NDArray[np.float64], symmetry: Symmetry | None) -> Stars:
    """The stars of waves; those that are absent, or reach out of the sphere by rounding, are left out.

    Args:
        waves: of the lattice.
        lattice: [3, 3], symmetric.
        symmetry: None where every wave is a star.
    """
    if symmetry is None:
        count = len(waves.vectors)
        turn = np.broadcast_to(np.eye(2), (count, 2, 2))
        return Stars(
            waves,
            waves.vectors,
            np.ones(count),
            np.arange(count + 1),
            waves.place,
            np.ascontiguousarray(turn),
        )
    inverse = np.linalg.inv(lattice)
    # x R^T for rows x of fractional coordinates, h R for rows h
    rotations = np.rint(lattice @ symmetry.rotations @ inverse).astype(np.int64).transpose(0, 2, 1)
    distinct = np.unique(rotations, axis=0)
    find = _Finder(waves.vectors)
    members = np.stack([find(waves.vectors @ rotation)[0] for rotation in distinct], axis=1)
    own = np.arange(len(members))
    first = own[(members.min(axis=1) == own)]  # where an image is missing, the least is -1
    size = np.bincount(members.min(axis=1)[members.min(axis=1) >= 0], minlength=len(members))[first]
    h = waves.vectors[first]
    phase = 2 * math.pi * h @ symmetry.translations.T
    image, sign = find((h @ rotations).transpose(1, 0, 2).reshape(-1, 3))
    cosine, sine, sign = np.cos(phase).ravel(), np.sin(phase).ravel(), sign.astype(np.float64)
    parts = np.stack([cosine, -sign * sine, sine, sign * cosine], axis=1)
    star = np.repeat(np.arange(len(first)), len(rotations))
    code, back = np.unique(star * len(own) + image, return_inverse=True)
    turn = np.column_stack([np.bincount(back, part, len(code)) for part in parts.T])
    kept = np.abs(turn).max(axis=1) > ABSENT
    star, image, turn = code[kept] // len(own), code[kept] % len(own), turn[kept]
    present, star = np.unique(star, return_inverse=True)
    needed, image = np.unique(image, return_inverse=True)
    table = _in_rows(waves.vectors[needed])
    start = np.searchsorted(star, np.arange(len(present) + 1))
    return Stars(
        table,
        h[present],
        size[present].astype(np.float64),
        start,
        table.place[image],
        turn.reshape(-1, 2, 2),
    )


class _Finder:
    """Finds waves, or their opposites, among some."""

    def __init__(self, vectors: NDArray[np.int64]) -> None:
        self._top = np.abs(vectors).max(axis=0)
        self._numbers = np.full(2 * self._top + 1, -1)
        self._signs = np.zeros(2 * self._top + 1, dtype=np.int64)
        for sign in (-1, 1):
            at = tuple((sign * vectors + self._top).T)
            self._numbers[at], self._signs[at] = np.arange(len(vectors)), sign

    def __call__(self, vectors: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Number of each wave, -1 where there is none, and 1 where it is that one, -1 its opposite."""
        inside = (np.abs(vectors) <= self._top).all(axis=1)
        at = tuple(np.where(inside[:, None], vectors + self._top, 0).T)
        return np.where(inside, self._numbers[at], -1), self._signs[at]
