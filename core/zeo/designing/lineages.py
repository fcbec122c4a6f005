"""What came of the descendants of each ancestor, and how many hits one may have: a design does not end with
the descendants of a few."""

from __future__ import annotations

from collections import Counter

from attrs import define, field

CREDIT = 2.0
"""Shaken frameworks that a lineage is taken to have had, with the luck of all."""

PER_LINEAGE, SHARE_OF_LINEAGE = 4, 0.2
"""Hits with one ancestor, and the share of all that are wanted; its descendants are then left alone."""

SCARCE_AFTER, SCARCE_SHARE = 5, 0.4
"""Rounds after which hits are scarce, and the share from then on: few ancestors have any, and a design that
leaves the best of them alone costs up to three times as much."""


@define
class Lineages:
    """How many descendants of each ancestor hit, and how many would have, had they not fallen when shaken."""

    _hits: Counter[str] = field(factory=Counter)
    _fell: Counter[str] = field(factory=Counter)

    def hit(self, lineage: str) -> None:
        """A descendant hit."""
        self._hits[lineage] += 1

    def fell(self, lineage: str) -> None:
        """A descendant would have hit, and did not once it was shaken."""
        self._fell[lineage] += 1

    def hits_of(self, lineage: str) -> int:
        return self._hits[lineage]

    def firmness(self, lineage: str) -> float:
        """How much more often than others the descendants of an ancestor stay as they are when they are
        shaken: saddle points run in families."""
        hits, fell = self._hits[lineage], self._fell[lineage]
        overall = (1 + self._hits.total()) / (1 + self._hits.total() + self._fell.total())
        return (hits + CREDIT * overall) / (hits + fell + CREDIT) / overall

    def firmnesses(self) -> dict[str, float]:
        """Those that are not 1."""
        return {lineage: self.firmness(lineage) for lineage in {*self._hits, *self._fell}}


def most_of_lineage(wanted: int, rounds: int) -> int:
    """Hits that one ancestor may have.

    Args:
        wanted: in all.
        rounds: done so far.
    """
    share = SHARE_OF_LINEAGE if rounds < SCARCE_AFTER else SCARCE_SHARE
    return max(PER_LINEAGE, round(share * wanted))


@define
class Room:
    """For further hits of each ancestor in a round.

    Args:
        lineages: before the round.
        most: hits with which an ancestor has no more room.
    """

    lineages: Lineages
    most: int
    _expected: Counter[str] = field(factory=Counter)

    def is_left(self, lineage: str) -> bool:
        return self.lineages.hits_of(lineage) + self._expected[lineage] < self.most

    def take(self, lineage: str, chance: float) -> None:
        """A descendant is tried that hits by this chance."""
        self._expected[lineage] += chance > 0.5
