"""A shard of a run: the whole batches that one process computes, apart from those that compute the others."""

from __future__ import annotations

import re

from attrs import field, frozen
from attrs.validators import ge

from zeo.errors import ConfigError

_TEXT = re.compile(r"(\d{1,9})/(\d{1,9})")


@frozen
class Shard:
    """One of several parts of a run, as ``3/64``.

    Args:
        number: of the part, from 1.
        count: of the parts that the run is cut into.
    """

    number: int = field(validator=ge(1))
    count: int = field(validator=ge(1))

    @number.validator
    def _is_one_of_them(self, _attribute: object, number: int) -> None:
        if number > self.count:
            raise ValueError(f"there is no part {number} of {self.count}")

    @classmethod
    def parse(cls, text: str) -> Shard:
        """The one that a text such as ``3/64`` names.

        Raises:
            ConfigError: it names none.
        """
        match = _TEXT.fullmatch(text.strip())
        number, count = map(int, match.groups()) if match else (0, 0)
        if not 1 <= number <= count:
            raise ConfigError(f"shard {text!r}: give NUMBER/COUNT from 1/COUNT to COUNT/COUNT, such as 3/64")
        return cls(number, count)

    def indices(self, n: int, batch_size: int) -> range:
        """The samples of the shard: batches are shared out in order, as evenly as whole ones can be.

        Args:
            n: samples of the run.
            batch_size: samples drawn together.
        """
        batches = number_of_batches(n, batch_size)
        first, last = (batches * part // self.count for part in (self.number - 1, self.number))
        return range(min(first * batch_size, n), min(last * batch_size, n))

    def require_samples(self, n: int, batch_size: int) -> None:
        """Raise an error where a run has fewer batches than shards.

        Raises:
            ConfigError: it has.
        """
        if (batches := number_of_batches(n, batch_size)) < self.count:
            raise ConfigError(
                f"shard {self}: {n} samples in batches of {batch_size} can be cut into {batches} at most;"
                " give fewer shards, more samples or a smaller batch size"
            )

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def number_of_batches(n: int, batch_size: int) -> int:
    """How many batches some samples are drawn in."""
    return -(-n // batch_size)
