"""What a training learns from, what validates it, and what is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from attrs import field, frozen

from zeo.data.known.frameworks import Framework
from zeo.errors import ConfigError

LEAST_SPLIT = 40
"""Frameworks, below which none is spared for the validation."""

VALIDATION_SIZE = 32
"""Frameworks that validate a training where the data set has no validation split, about."""

Item = TypeVar("Item")

Admit = Callable[[Framework], Item | str]
"""From a framework to the same as a generator learns from it, or in words why it does not."""


@frozen(eq=False)
class Split(Generic[Item]):
    """Frameworks, as a generator learns from them.

    Args:
        train: to learn from.
        validation: of which nothing is learned, unless there are very few frameworks.
        left_out: why frameworks are neither, and how many of those that were to be learned from.
    """

    train: Sequence[Item]
    validation: Sequence[Item]
    left_out: Mapping[str, int] = field(factory=dict)

    @property
    def given(self) -> int:
        """How many frameworks there were to learn from, those spared for the validation aside."""
        return len(self.train) + sum(self.left_out.values())

    @classmethod
    def admitted(
        cls, train: Iterable[Framework], validation: Iterable[Framework], admit: Admit[Item]
    ) -> Split[Item]:
        """Those of some frameworks that are admitted.

        Raises:
            ConfigError: none to learn from.
        """
        usable, left_out = _admitted(train, admit)
        if not usable:
            raise ConfigError(f"no framework to learn from: left out {shown(left_out)}")
        return cls.of(usable, _admitted(validation, admit)[0], left_out)

    @classmethod
    def of(
        cls, usable: Sequence[Item], validation: Sequence[Item], left_out: Mapping[str, int] | None = None
    ) -> Split[Item]:
        """The validation split of the data set; without one, some of the frameworks; of very few, the same.

        Args:
            usable: to learn from.
            validation: the validation split of their data set; may be empty.
            left_out: see above.
        """
        left_out = left_out or {}
        if validation or len(usable) < LEAST_SPLIT:
            return cls(usable, validation or usable, left_out)
        every = max(20, len(usable) // VALIDATION_SIZE)
        learned = [item for k, item in enumerate(usable) if k % every]
        return cls(learned, usable[::every], left_out)

    def __str__(self) -> str:
        """``learning from 2 of 3 frameworks; left out 1 with more than max_t=80 T atoms``."""
        learned = len(self.train)
        if self.left_out:
            return f"learning from {learned:,} of {self.given:,} frameworks; left out {shown(self.left_out)}"
        return f"learning from {learned:,} framework{'s' * (learned != 1)}"


def shown(left_out: Mapping[str, int]) -> str:
    """Numbers and reasons, the commonest first."""
    ordered = sorted(left_out.items(), key=lambda item: -item[1])
    return ", ".join(f"{number:,} {reason}" for reason, number in ordered)


def _admitted(frameworks: Iterable[Framework], admit: Admit[Item]) -> tuple[list[Item], Counter[str]]:
    found, left_out = [], Counter[str]()
    for framework in frameworks:
        answer = admit(framework)
        if isinstance(answer, str):
            left_out[answer] += 1
        else:
            found.append(answer)
    return found, left_out
