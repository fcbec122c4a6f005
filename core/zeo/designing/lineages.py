"""How many hits may have one ancestor, so that a design does not end with the descendants of a few."""

from __future__ import annotations

from collections import Counter

from attrs import define, field

from zeo.designing.pool import Pool
from zeo.designing.rounds import Considered

PER_LINEAGE, SHARE_OF_LINEAGE = 4, 0.2
"""Hits with one ancestor, and the share of all that are wanted; its descendants are then left alone."""

SCARCE_AFTER, SCARCE_SHARE = 5, 0.4
"""Rounds after which hits are scarce, and the share from then on: few ancestors have any, and a design that
leaves the best of them alone costs up to three times as much."""


def most_of_lineage(wanted: int, rounds: int) -> int:
    """Hits that one ancestor may have.

    Args:
        wanted: in all.
        rounds: done so far.
    """
    share = SHARE_OF_LINEAGE if rounds < SCARCE_AFTER else SCARCE_SHARE
    return max(PER_LINEAGE, round(share * wanted))


@define
class Lineages:
    """How many hits have one ancestor, those to be expected included.

    Args:
        pool: knows those so far.
        most: with which a lineage is left alone.
    """

    pool: Pool
    most: int
    _expected: Counter[str] = field(factory=Counter)

    def have_room(self, lineage: str) -> bool:
        return self.pool.hits_of(lineage) + self._expected[lineage] < self.most

    def count(self, told: Considered) -> None:
        """One is tried."""
        self._expected[told.lineage] += told.chance > 0.5
