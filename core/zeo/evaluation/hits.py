"""How well samples meet a target."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

from attrs import frozen

from zeo.errors import ConfigError
from zeo.evaluation.groups import frameworks_of, is_drawn
from zeo.evaluation.outcome import Values
from zeo.evaluation.sampled import Sampled
from zeo.evaluation.share import Share
from zeo.plugin.targets import Target
from zeo.running.wanted import targets_of, wanted_of, wishes_of


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
    """The targets of all runs and those given besides, each once and with the probe that measures it.

    Raises:
        ConfigError: text that is no target, or a target given besides that no run has measured, in another
            unit, or that could mean several quantities, or that is none of one measured quantity.
    """
    columns = {column.name: column for run in runs for column in run.plan.columns}
    own = [target for run in runs for target in run.plan.targets]
    measured = tuple(columns.values())
    wishes = wishes_of(wanted_of(list(more), measured), measured)
    if other := [wish for wish in wishes if not targets_of([wish], measured)]:
        raise ConfigError(f"zeo evaluate counts ranges of what probes measure, not {other[0]}: leave it out")
    return list(dict.fromkeys([*own, *targets_of(wishes, measured)]))


def aim(run: Sampled, target: Target) -> Aim:
    """How a run meets a target, whether it was its own or not."""
    name = target.name
    is_measured = name in {column.name for column in run.plan.columns}
    grids = [outcome.drawn for outcome in run.outcomes if is_drawn(outcome)]
    final = [outcome.final for outcome in frameworks_of(run)]
    return Aim(
        target=target,
        aimed=run.plan.is_steered and target in run.plan.targets,
        drawn=hits(target, name, grids) if is_measured and any(name in values for values in grids) else None,
        frameworks=hits(target, name, final) if is_measured else None,
    )


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
