"""What to do about sites that several elements share, or that are not always occupied: in words."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

FULL = 0.01
"""Occupancies this close to 1 are full."""


@frozen
class Occupant:
    """An element on a site.

    Args:
        label: of the site.
        element: symbol.
        occupancy: 0 to 1.
    """

    label: str
    element: str
    occupancy: float

    @property
    def is_full(self) -> bool:
        return abs(self.occupancy - 1.0) < FULL


def complaint(occupants: Sequence[Occupant]) -> str | None:
    """Why a place in the crystal is not one whole atom, and what to do; None where it is.

    Args:
        occupants: all that are listed at that place; one at least.
    """
    first, *others = occupants
    if others and any(other.element != first.element for other in others):
        shares = " and ".join(f"{each.element} {each.occupancy:g}" for each in occupants)
        return (
            f"site {first.label} is mixed ({shares}): write one element with occupancy 1 on it"
            " (for the net alone, either will do)"
        )
    if not first.is_full:
        return (
            f"site {first.label}: occupancy {first.occupancy:g}; zeo needs fully occupied sites:"
            " leave out what is in the pores and partly there, or write an ordered cell"
        )
    return None
