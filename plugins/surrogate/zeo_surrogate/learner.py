"""What a surrogate learns with: what is seen of a framework, and what is told of it in return."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

import numpy as np
from attrs import field, frozen
from attrs.validators import ge
from numpy.typing import NDArray
from torch import Tensor

from zeo.crystal.structure import Structure

Numbers = NDArray[np.float64]

Seen = TypeVar("Seen")
"""A framework in numbers."""

Member = TypeVar("Member")
"""One of the several that a surrogate is made of, each of which was held out another part."""

Told = Callable[[int, str], None]
"""Is told the steps done and a few words on how the learning goes."""


@frozen(kw_only=True)
class Effort:
    """How long is learned.

    Args:
        steps: of each member, where learning takes steps.
        seed: of all chance.
    """

    steps: int = field(validator=ge(1))
    seed: int = 0


class Learner(ABC, Generic[Seen, Member]):
    """A way to learn a quantity whose spread is one."""

    @abstractmethod
    def seen(self, structure: Structure) -> Seen:
        """A framework in numbers, which depend neither on its cell nor on the order of its atoms.

        Raises:
            InputError: it is not four-connected.
        """

    @abstractmethod
    def summary(self, framework: Seen) -> Numbers:
        """What tells frameworks of another kind, [k]."""

    @abstractmethod
    def learned(
        self, frameworks: Sequence[Seen], goals: Numbers, effort: Effort, number: int, told: Told
    ) -> Member:
        """A member that has learned from some frameworks.

        Args:
            frameworks: as they were seen.
            goals: [n], their values.
            effort: how long is learned.
            number: of the member.
            told: of the progress.
        """

    @abstractmethod
    def ask(self, member: Member, frameworks: Sequence[Seen]) -> tuple[Numbers, Numbers]:
        """Means [n] and deviations [n] that a member tells."""

    @abstractmethod
    def tensors(self, member: Member) -> Mapping[str, Tensor]:
        """What a file keeps of a member."""

    @abstractmethod
    def restored(self, tensors: Mapping[str, Tensor]) -> Member:
        """What :meth:`tensors` gave."""
