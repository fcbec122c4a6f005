"""Fit a surrogate: a member for each part of the frameworks, which is held out from it and calibrates it.

Intervals are conformal: they are widened until 90 % of what was held out lies within (J. Lei et al., J. Am.
Stat. Assoc. 113 (2018) 1094), with the deviation that a member tells as the scale, and each of the members
judged by its own part, as in cross-conformal prediction (V. Vovk, Ann. Math. Artif. Intell. 74 (2015) 9).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from zeo.errors import ConfigError
from zeo_surrogate.learner import Effort, Learner
from zeo_surrogate.model import Domain, Model
from zeo_surrogate.stated import CERTAIN, HeldOut

PARTS = 4
"""Members, and parts of the frameworks, one held out from each."""

FEWEST_INSIDE = 2
"""Of which there is a correlation."""

OUTLIER = 6.0
"""Spreads; what is farther from the centre is learned as if it were so far."""

CERTAINTY = 0.9

Report = Callable[[int, int, str], None]


@frozen(eq=False)
class Examples:
    """Frameworks whose quantity is known.

    Args:
        frameworks: as a learner sees them.
        values: [n] of the quantity.
        lineages: of each, its first ancestor; relatives are held out together.
    """

    frameworks: Sequence[Any] = field(repr=False)
    values: NDArray[np.float64]
    lineages: Sequence[str]

    def where(self, mask: NDArray[np.bool_]) -> list[Any]:
        """The frameworks at which a mask [n] is true."""
        return [each for each, chosen in zip(self.frameworks, mask, strict=True) if chosen]

    def part(self, number: int) -> NDArray[np.bool_]:
        """Which of them are held out from a member."""
        digests = [hashlib.blake2b(each.encode(), digest_size=8).digest() for each in self.lineages]
        return np.array([int.from_bytes(digest, "big") % PARTS == number for digest in digests])


def fitted(learner: Learner[Any, Any], examples: Examples, effort: Effort, report: Report) -> Model:
    """A surrogate of some examples, calibrated by those of them that each member did not see.

    Raises:
        ConfigError: nearly all are descendants of one framework, so that a member would see nothing.
    """
    parts = [examples.part(number) for number in range(PARTS)]
    if any(part.all() for part in parts):
        raise ConfigError(
            "all frameworks to learn from descend from one, or from few, and relatives are held out together:"
            " learn from a data set of several lineages"
        )
    low, centre, high = np.quantile(examples.values, (1 / 6, 0.5, 5 / 6))
    scale = float(high - low) / 2 or float(examples.values.std()) or 1.0
    goals = (examples.values - centre) / scale
    members: list[Any] = []
    scores: list[NDArray[np.float64]] = []
    for number in range(PARTS):
        out = parts[number]

        def told(step: int, how: str, number: int = number) -> None:
            done = number * effort.steps + step
            report(done, PARTS * effort.steps, f"{number + 1} of {PARTS}, {how}")

        seen, wanted = examples.where(~out), np.clip(goals[~out], -OUTLIER, OUTLIER)
        members.append(learner.learned(seen, wanted, effort, number, told))
        if out.any():
            mean, deviation = learner.ask(members[-1], examples.where(out))
            scores.append(np.abs(goals[out] - mean) / deviation)
    together = np.concatenate(scores)
    rank = min(CERTAINTY * (1 + 1 / len(together)), 1.0)
    widening = float(np.quantile(together, rank)) / CERTAIN
    domain = Domain.of(np.stack([learner.summary(each) for each in examples.frameworks]))
    return Model(learner, tuple(members), float(centre), scale, widening, domain)


def judged(model: Model, examples: Examples) -> HeldOut | None:
    """How a surrogate does on frameworks that neither its members nor its intervals have seen; None where it
    refuses nearly all of them."""
    inside = np.array([model.has(each) for each in examples.frameworks])
    if inside.sum() < FEWEST_INSIDE:
        return None
    values = examples.values[inside]
    told, error = model.tell(examples.where(inside))
    miss = np.abs(told - values)
    return HeldOut(
        frameworks=len(inside),
        r=float(np.corrcoef(told, values)[0, 1]),
        mae=float(miss.mean()),
        coverage=float((miss <= CERTAIN * error).mean()),
        refused=float(1.0 - inside.mean()),
    )
