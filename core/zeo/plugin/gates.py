"""Which decoded atoms Kim, Lee & Kim repair (Sci. Adv. 2020, 6, eaax9324); the others they give up."""

from __future__ import annotations

LOWEST_RATIO, HIGHEST_RATIO = 0.45, 0.55
"""Open bounds of Si:O."""

LOWEST_CONNECTIVITY = 0.75
"""Least share of atoms with the proper number of bonds."""


def in_window(si: int, o: int) -> bool:
    """Whether Si:O lies between the bounds; False without oxygen."""
    return LOWEST_RATIO * o < si < HIGHEST_RATIO * o
