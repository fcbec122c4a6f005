"""Where proposals come from, and which source is asked next: a bandit whose reward is hits a second.

Seconds are nominal, so that a design is the same on any machine and with any number of processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from attrs import define, field, frozen

from zeo.plugin.registry import Plugins

KNOWN, FOUND, ANEW, DRAWN = "from known", "from found", "anew", "drawn"
"""Known frameworks or those found are changed, an exploration begins from nothing, or samples are drawn."""

EXPECTED = {KNOWN: 2.0, FOUND: 2.0, ANEW: 20.0, DRAWN: 8.0}
"""Nominal seconds that a hit is thought to cost at first."""

EACH = {KNOWN: 0.02, FOUND: 0.02, ANEW: 0.3}
"""Nominal seconds that a proposal of an exploration costs; what a sample costs, its generator declares."""

SCREENED, RELAXED, CONFIRMED = 0.02, 0.003, 0.01
"""Nominal seconds to identify and measure a proposal before relaxation; to relax one and to confirm a hit,
for each T atom."""

FADING = 0.9
"""Of what an arm yielded before, each time it is asked: its source dries up."""

LEAST_FOUND = 3
"""Frameworks found before they are changed."""


@frozen
class Arm:
    """A source of proposals.

    Args:
        generator: by name.
        way: :data:`KNOWN`, :data:`FOUND`, :data:`ANEW` or :data:`DRAWN`.
        seconds: nominal, that a proposal costs.
    """

    generator: str
    way: str
    seconds: float

    @property
    def name(self) -> str:
        return f"{self.generator} {self.way}"


def arms_of(generators: Iterable[str], plugins: Plugins) -> tuple[Arm, ...]:
    """Those of some generators: what explores does so from parents and anew, others draw.

    Raises:
        PluginError: there is no generator of some name.
    """
    arms = []
    for name in generators:
        spec = plugins.find("generator", name).spec
        costs = EACH if spec.explores else {DRAWN: spec.seconds}
        arms += [Arm(name, way, seconds) for way, seconds in costs.items()]
    return tuple(arms)


@define
class Bandit:
    """Thompson sampling: each arm's hits a second are drawn from their gamma distribution.

    W. R. Thompson, Biometrika 25 (1933) 285.
    """

    arms: Sequence[Arm]
    _hits: dict[str, float] = field(factory=dict)
    _seconds: dict[str, float] = field(factory=dict)

    def choose(self, stream: np.random.Generator, ready: Sequence[Arm]) -> Arm:
        """One of some arms."""
        rates = [
            stream.gamma(1.0 + self._hits.get(arm.name, 0.0))
            / (EXPECTED[arm.way] + self._seconds.get(arm.name, 0.0))
            for arm in ready
        ]
        return ready[int(np.argmax(rates))]

    def reward(self, arm: str, hits: int, seconds: float) -> None:
        """What came of asking an arm."""
        self._hits[arm] = FADING * self._hits.get(arm, 0.0) + hits
        self._seconds[arm] = FADING * self._seconds.get(arm, 0.0) + seconds
