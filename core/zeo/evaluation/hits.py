"""How well samples meet a wish."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from zeo.evaluation.groups import frameworks_of, is_drawn
from zeo.evaluation.sampled import Sampled
from zeo.evaluation.share import Share
from zeo.plugin.catalogue import Catalogue
from zeo.plugin.framework import FRAMEWORK
from zeo.running.wanted import targets_of, wanted_of, wishes_of
from zeo.wishes.wish import Wish

OF_FRAMEWORKS = frozenset(quantity.name for quantity in FRAMEWORK)


@frozen(kw_only=True)
class Hits:
    """How some samples meet a wish.

    Args:
        hit: those that meet it, within the tolerance of its single value; an undefined value misses.
        above: those above its single value; None for all other wishes.
        mean: of the defined values; None of nothing, and of texts.
        miss: median distance of the defined values from the range or the single value; None likewise.
    """

    hit: Share
    above: Share | None
    mean: float | None
    miss: float | None


@frozen(kw_only=True)
class Aim:
    """A wish and how a run meets it.

    Args:
        wish: asked for.
        aimed: whether the generator was steered toward it.
        drawn: the grids as drawn; None where the run has none, or they cannot tell.
        frameworks: see :func:`zeo.evaluation.groups.frameworks`; None where nothing measured them.
    """

    wish: Wish
    aimed: bool
    drawn: Hits | None
    frameworks: Hits | None


def all_wishes(runs: Sequence[Sampled], more: Iterable[str], unblocked: bool = False) -> list[Wish]:
    """The wishes of all runs and those given besides, each once.

    Args:
        runs: each with the wishes that it was begun with.
        more: such as ``"qst=18..22 kJ/mol"``.
        unblocked: whether those given besides count all pores, and not those alone that run through the
            crystal.

    Raises:
        ConfigError: text that is no wish, or a wish given besides that speaks of what no run has measured,
            in another unit, or that could mean several quantities.
    """
    own = [wish for run in runs for wish in own_wishes(run)]
    columns = {column.name: column for run in runs for column in run.plan.columns}
    catalogue = Catalogue(tuple(columns.values()), unblocked)
    further = wishes_of(wanted_of(list(more), catalogue), catalogue)
    return list({(str(wish), wish.tolerance): wish for wish in (*own, *further)}.values())


def own_wishes(run: Sampled) -> list[Wish]:
    """What a run was to find."""
    return wishes_of(run.plan.wishes, run.plan.catalogue)


def aim(run: Sampled, wish: Wish) -> Aim:
    """How a run meets a wish, whether it was its own or not."""
    columns = run.plan.columns
    measured = {column.name for column in columns}
    names = set(wish.formula.names)
    grids = [outcome for outcome in run.outcomes if is_drawn(outcome)]
    final = [{**outcome.facts, **outcome.final} for outcome in frameworks_of(run)]
    told = names <= frozenset[str]().union(*(grid.measured for grid in grids))
    return Aim(
        wish=wish,
        aimed=run.plan.is_steered and bool(targets_of([wish], columns)) and _is_own(run, wish),
        drawn=hits(wish, [grid.drawn for grid in grids]) if told else None,
        frameworks=hits(wish, final) if names <= measured | OF_FRAMEWORKS else None,
    )


def _is_own(run: Sampled, wish: Wish) -> bool:
    return any((str(own), own.tolerance) == (str(wish), wish.tolerance) for own in own_wishes(run))


@frozen
class _Judged:
    """A sample as a wish sees it: the value of what is asked about, NaN where undefined or a text."""

    value: float
    met: bool

    @classmethod
    def of(cls, wish: Wish, values: Mapping[str, Any]) -> _Judged:
        """From the quantities of a sample, by name."""
        value = math.nan if wish.text is not None else wish.formula.of(values)
        return cls(value, wish.met_by(values))


def hits(wish: Wish, samples: Sequence[Mapping[str, Any]]) -> Hits:
    """How samples meet a wish.

    Args:
        wish: wanted.
        samples: what is defined of each.
    """
    undefined = dict.fromkeys(wish.formula.names, math.nan)
    known = [undefined | dict(sample) for sample in samples]
    judged = [_Judged.of(wish, values) for values in known]
    defined = [each.value for each in judged if not math.isnan(each.value)]
    misses = [
        float(wish.miss(values))
        for values, each in zip(known, judged, strict=True)
        if not math.isnan(each.value)
    ]
    is_single = wish.text is None and wish.relation == "=" and wish.low == wish.high
    return Hits(
        hit=Share(sum(each.met for each in judged), len(samples)),
        above=Share(sum(value > wish.low for value in defined), len(samples)) if is_single else None,
        mean=statistics.fmean(defined) if defined else None,
        miss=statistics.median(misses) if misses else None,
    )
