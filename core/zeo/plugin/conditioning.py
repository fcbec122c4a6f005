"""What passes between a generator and the conditioner that steers it toward targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from attrs import evolve, field, frozen

from zeo.errors import ConfigError, NotSteerableError
from zeo.plugin.targets import Target
from zeo.wishes.naming import ACCESSIBLE

if TYPE_CHECKING:
    from zeo.plugin.interfaces import Conditioner

BEYOND = 0.01
"""A target may lie outside of a training set by this share of its range: messages are rounded."""

TARGET_STREAM = int.from_bytes(b"target")
"""Sets the numbers that targets take from a seed apart from those that the generator takes."""


@frozen(kw_only=True)
class Span:
    """The values of a quantity in a training set.

    Args:
        least: of all.
        low: nearly all lie above it.
        high: nearly all lie below it.
        most: of all.
    """

    least: float
    low: float
    high: float
    most: float

    def narrowed(self, target: Target) -> Target:
        """The part of a target's range that the training set covers; one value stays as it is. Of a range
        that lies just beyond it, the nearest value.

        Raises:
            ConfigError: it lies outside of the training set.
        """
        margin = BEYOND * (self.most - self.least)
        if target.low > self.most + margin or target.high < self.least - margin:
            raise ConfigError(
                f"the target {target} lies outside of what the generator was trained on"
                f" ({self.least:.3g} to {self.most:.3g})"
            )
        for least, most in ((self.low, self.high), (self.least, self.most)):
            low, high = max(target.low, least), min(target.high, most)
            if low <= high:
                return evolve(target, low=low, high=high) if target.low < target.high else target
        nearest = target.low if target.low > self.most else target.high
        return evolve(target, low=nearest, high=nearest)


@frozen(kw_only=True)
class Known:
    """What a loaded generator can be steered by.

    Args:
        inputs: quantities that its network can be told, such as ``"methane.qst"``.
        spans: of the quantities that its training set knows.
        channels: of its grids.
    """

    inputs: tuple[str, ...] = ()
    spans: Mapping[str, Span] = field(factory=dict)
    channels: tuple[str, ...] = ()

    def narrowed(self, targets: Sequence[Target], steered: Sequence[str], by: str) -> list[Target]:
        """Targets with their ranges narrowed to what the training set covers.

        One on the pores that run through the crystal becomes one on all pores where that is all that can be
        steered by.

        Args:
            targets: each with its probe.
            steered: names of the quantities that can be.
            by: what steers, for the error.

        Raises:
            NotSteerableError: a target on another quantity, or an open one on what no training set knows.
            ConfigError: no target, two on the same quantity, or one outside of what the training set has.
        """
        if not targets:
            raise ConfigError(
                "there is nothing to steer toward: add a --target, or leave out the conditioner"
            )
        targets = [_on_what_is_steered(target, steered) for target in targets]
        names = [target.name for target in targets]
        for target in targets:
            if target.name not in steered:
                others = ", ".join(steered) or "nothing"
                raise NotSteerableError(f"{by} can be steered by {others}, not by the target {target}")
            if target.is_open and target.name not in self.spans:
                raise NotSteerableError(f"{by} needs both bounds of the target {target}")
            if names.count(target.name) > 1:
                raise ConfigError(f"there are several targets on {target.name}: give one")
        return [
            self.spans[target.name].narrowed(target) if target.name in self.spans else target
            for target in targets
        ]


def _on_what_is_steered(target: Target, steered: Sequence[str]) -> Target:
    of_all_pores = evolve(target, quantity=target.quantity.removesuffix(ACCESSIBLE))
    return of_all_pores if target.name not in steered and of_all_pores.name in steered else target


@frozen(eq=False, kw_only=True)
class Condition:
    """Targets that a conditioner has taken on.

    Args:
        conditioner: what steers.
        parts: which of its parts the generator is to call.
        targets: each with its probe, as the conditioner can steer by them.
        wanted: what they are cut from: the same as the user asked, by which samples are judged.
    """

    conditioner: Conditioner
    parts: tuple[str, ...]
    targets: tuple[Target, ...]
    wanted: tuple[Target, ...] = field()

    @wanted.default
    def _the_targets(self) -> tuple[Target, ...]:
        return self.targets

    def values(self, seed: int) -> dict[str, float]:
        """What one sample aims at: for each target a value uniform in its range, from the sample's seed."""
        import numpy as np

        stream = np.random.default_rng((seed, TARGET_STREAM))
        return {target.name: float(stream.uniform(target.low, target.high)) for target in self.targets}

    def embedded(self, values: Mapping[str, float]) -> Mapping[str, float]:
        """What the network is told of these values."""
        return self.conditioner.embedding(values) if "embedding" in self.parts else {}


@frozen(eq=False, kw_only=True)
class Drawing:
    """A batch of grids that a generator draws in training, as a conditioner can judge it.

    Args:
        channel: from the name of a channel to its values [B, X, Y, Z] in its own unit; differentiable.
        targets: each with its probe.
    """

    channel: Callable[[str], Any]
    targets: tuple[Target, ...]


@frozen(eq=False, kw_only=True)
class Penalty:
    """What a conditioner adds to the loss of a generator in training.

    Args:
        value: a scalar tensor with a gradient.
        measured: scalar tensors for the learning curve, by name.
    """

    value: Any
    measured: Mapping[str, Any] = field(factory=dict)


@frozen(eq=False, kw_only=True)
class Latent:
    """The latent space of a generator, in which a conditioner can search for targets.

    Args:
        lacking: from latent vectors [B, D] to how far the quantities that their samples aim at are from the
            aims, [B, K], in standard deviations of the training set; differentiable.
        away: from latent vectors [B, D] to how far they are from what was learned, [B]: about 1 where
            frameworks of the training set lie, more where nothing is known; differentiable.
    """

    lacking: Callable[[Any], Any]
    away: Callable[[Any], Any]


Move = Callable[[Any], Any]
"""From latent vectors [B, D] to others nearer to the targets, in the tensors of the generator's library."""


Noisy = TypeVar("Noisy")
"""What a network sees of a noisy batch: grids [B, C, X, Y, Z], or atoms and lattices of nets by name."""

Level = TypeVar("Level")
"""How noisy it is: levels [B], or one number for all."""

Clean = TypeVar("Clean")
"""What a network makes of it, as one tensor of the generator's library: the clean grids, or the noise of
nets. Either is linear in the score, so that estimates may be mixed."""

Seen = TypeVar("Seen", contravariant=True)
At = TypeVar("At", contravariant=True)
Found = TypeVar("Found", covariant=True)


class Estimate(Protocol[Seen, At, Found]):
    """A network's estimate of a noisy batch; see :data:`Noisy`, :data:`Level` and :data:`Clean`."""

    def __call__(self, noisy: Seen, level: At, /) -> Found:
        """Of the batch at this level of noise."""


@frozen(eq=False, kw_only=True)
class Denoising(Generic[Noisy, Level, Clean]):
    """A batch on its way from noise, as a conditioner can steer it.

    Args:
        conditional: the estimate of a network that is told what the conditioner embeds.
        unconditional: the estimate of the same network, told no target.
        channel: from an estimate and the name of one of ``channels`` to its values [B, X, Y, Z] in their own
            unit; differentiable.
        values: what each sample aims at, by quantity.
        channels: of the grids; none where samples are no grids.
    """

    conditional: Estimate[Noisy, Level, Clean]
    unconditional: Estimate[Noisy, Level, Clean]
    channel: Callable[[Clean, str], Any]
    values: Sequence[Mapping[str, float]]
    channels: tuple[str, ...] = ()
