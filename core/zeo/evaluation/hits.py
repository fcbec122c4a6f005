"""How well samples meet a target."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from zeo.errors import ConfigError
from zeo.evaluation.groups import frameworks_of, is_drawn
from zeo.evaluation.outcome import Values
from zeo.evaluation.sampled import Sampled
from zeo.evaluation.share import Share
from zeo.plugin.targets import Target, parse_target


@frozen(kw_only=True)
class Hits:
    """How some samples meet a target.

    Args:
        hit: those in the target's range, or within the tolerance of its single value; an undefined value
            misses.
        above: those above its single value; None for a range.
        mean: of the defined values; None of nothing.
        miss: median distance of the defined values from the range or the single value; None of nothing.
    """

    hit: Share
    above: Share | None
    mean: float | None
    miss: float | None


@frozen(kw_only=True)
class Aim:
    """A target and how a run meets it.

    Args:
        target: asked for.
        aimed: whether the generator was steered toward it.
        drawn: the grids as drawn; None where the run has none.
        frameworks: see :func:`zeo.evaluation.groups.frameworks`; None where nothing measured them.
    """

    target: Target
    aimed: bool
    drawn: Hits | None
    frameworks: Hits | None


def all_targets(runs: Sequence[Sampled], more: Iterable[str]) -> list[Target]:
    """The targets of all runs and those given besides, each once.

    Raises:
        ConfigError: text that is no target, or a target given besides that no run has measured.
    """
    given = [parse_target(text) for text in more]
    for target in given:
        if all(measured_name(target, run.units) is None for run in runs):
            known = ", ".join(dict.fromkeys(name for run in runs for name in run.units)) or "nothing"
            raise ConfigError(f"nothing measured the target {target}; these runs measured {known}")
    own = [parse_target(text) for run in runs for text in run.config.targets]
    return list(dict.fromkeys([*own, *given]))


def aim(run: Sampled, target: Target) -> Aim:
    """How a run meets a target, whether it was its own or not.

    Raises:
        ConfigError: a target that could mean several quantities that were measured, or in another unit.
    """
    name = measured_name(target, run.units)
    grids = [outcome.drawn for outcome in run.outcomes if is_drawn(outcome)]
    final = [outcome.final for outcome in frameworks_of(run)]
    return Aim(
        target=target,
        aimed=run.steered and target in map(parse_target, run.config.targets),
        drawn=hits(target, name, grids) if name and any(name in values for values in grids) else None,
        frameworks=hits(target, name, final) if name else None,
    )


def measured_name(target: Target, units: Mapping[str, str]) -> str | None:
    """The quantity that a target speaks of, ``"methane.qst"``; None when it was not measured.

    Args:
        target: to find.
        units: of what was measured.

    Raises:
        ConfigError: several quantities could be meant, or it has another unit.
    """
    named = [name.rpartition(".") for name in units]
    found = [
        f"{probe}.{quantity}"
        for probe, _, quantity in named
        if quantity == target.quantity and target.probe in (None, probe)
    ]
    if len(found) > 1:
        raise ConfigError(f"the target {target} is ambiguous: write {' or '.join(found)}")
    if found and target.unit not in (None, units[found[0]]):
        raise ConfigError(f"the target {target} is measured in {units[found[0]]!r}, not {target.unit!r}")
    return found[0] if found else None


def hits(target: Target, name: str, samples: Sequence[Values]) -> Hits:
    """How samples meet a target.

    Args:
        target: wanted.
        name: of its quantity.
        samples: what is defined of each.
    """
    values = [sample[name] for sample in samples if name in sample]
    misses = [target.distance(value) for value in values]
    return Hits(
        hit=Share(sum(map(target.hit_by, values)), len(samples)),
        above=(
            Share(sum(value > target.low for value in values), len(samples))
            if target.low == target.high
            else None
        ),
        mean=statistics.fmean(values) if values else None,
        miss=statistics.median(misses) if misses else None,
    )
