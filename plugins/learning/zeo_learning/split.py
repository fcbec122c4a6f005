"""What a training learns from, and what validates it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from attrs import frozen

LEAST_SPLIT = 40
"""Frameworks, below which none is spared for the validation."""

VALIDATION_SIZE = 32
"""Frameworks that validate a training where the data set has no validation split, about."""

Item = TypeVar("Item")


@frozen(eq=False)
class Split(Generic[Item]):
    """Frameworks, as a generator learns from them.

    Args:
        train: to learn from.
        validation: of which nothing is learned, unless there are very few frameworks.
    """

    train: Sequence[Item]
    validation: Sequence[Item]

    @classmethod
    def of(cls, usable: Sequence[Item], validation: Sequence[Item]) -> Split[Item]:
        """The validation split of the data set; without one, some of the frameworks; of very few, the same.

        Args:
            usable: to learn from.
            validation: the validation split of their data set; may be empty.
        """
        if validation or len(usable) < LEAST_SPLIT:
            return cls(usable, validation or usable)
        every = max(20, len(usable) // VALIDATION_SIZE)
        return cls([item for k, item in enumerate(usable) if k % every], usable[::every])
