"""A number of successes among a number of trials, and how well it fixes the probability of one."""

from __future__ import annotations

from attrs import frozen


@frozen
class Share:
    """So many of so many.

    Args:
        count: of successes.
        of: of trials.
        independent: whether the trials are draws of their own. The number of distinct nets, say, is not a
            sum over such draws, and has no interval.
    """

    count: int
    of: int
    independent: bool = True

    @property
    def share(self) -> float | None:
        """Between 0 and 1; None of nothing."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's score interval for the probability of a success, at 95 %; None of nothing."""
        return wilson(self.count, self.of) if self.of and self.independent else None


def wilson(count: int, of: int) -> tuple[float, float]:
    """The score interval for a binomial proportion, which also holds for few trials and rare successes.

    E. B. Wilson, J. Am. Stat. Assoc. 1927, 22, 209.

    Args:
        count: of successes.
        of: of trials, at least one.

    Returns:
        Its ends, at 95 %.
    """
    from scipy.stats import binomtest  # slow to import

    interval = binomtest(count, of).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)
