"""What to try after a run in which nothing is as it was wanted, from what became of its samples."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any

from attrs import frozen

from zeo.plugin.declare import GeneratorSpec
from zeo.plugin.discovery import Entry
from zeo.plugin.registry import Plugins
from zeo.records.record import Record
from zeo.records.values import final_values, screened_values
from zeo.running.plan import SCREEN, SCREEN_NETS, Plan
from zeo.running.summary import Summary
from zeo.running.wanted import relative_miss
from zeo.wishes.units import DIMENSIONLESS
from zeo.wishes.wish import Wish

DIGITS = 3
"""Of the bounds of wider ranges."""

KNOWN_ONLY = "dataset"
"""The generator whose frameworks are all known."""


@frozen
class Near:
    """The sample that came nearest to the wishes.

    Args:
        record: of it.
        values: its quantities, by name.
        missed: the wishes that it misses, of those that are known of it.
    """

    record: Record
    values: Mapping[str, Any]
    missed: tuple[Wish, ...]


def advice(summary: Summary, records: Iterable[Record], plan: Plan, plugins: Plugins, more: str) -> str:
    """What happened, the nearest sample, and what to try; empty where something is on target.

    Args:
        summary: of the run.
        records: of all its samples.
        plan: of the run.
        plugins: the installed ones.
        more: the command that draws more samples.
    """
    if not summary.drawn or (summary.on_target if summary.wishes else len(summary.survivors)):
        return ""
    near = _nearest(summary, records, plan) if summary.wishes else None
    lines = [_what_happened(summary)]
    if near is not None:
        lines += [_shown(near)]
    tries = [*(_wider(near, plan) if near is not None else ()), _other_way(summary, plan, plugins)]
    tries.append(f"more samples: {more}")
    return "\n".join([*lines, *(f"  Try {text}" for text in tries)])


def _what_happened(summary: Summary) -> str:
    if not len(summary.survivors):
        lost = {(stage.stage, why): n for stage in summary.funnel for why, n in stage.lost.items()}
        (_, why), most = max(lost.items(), key=lambda item: item[1])
        return f"None of {summary.drawn} samples came through; {most} had: {why}."
    found = f"{len(summary.survivors)} frameworks"
    if summary.feasibility_known:
        found += f", {summary.achieved[0].frameworks.count} of them feasible"
    return f"Nothing on target among {summary.drawn} samples: {found}."


def _nearest(summary: Summary, records: Iterable[Record], plan: Plan) -> Near | None:
    """The best survivor or, without survivors, what was dropped nearest to the wishes before relaxation."""
    if len(summary.survivors):
        record = summary.rows[0].record
        return _near(record, final_values(record, plan.columns), summary.wishes)
    screened = (record for record in records if record.history[-1].stage in (SCREEN, SCREEN_NETS))
    near = []
    for record in screened:
        values = screened_values(record, plan.columns)
        known = [wish for wish in summary.wishes if not _is_undefined(wish, values)]
        if known:
            near.append(_near(record, values, known))
    return min(near, key=_distance, default=None)


def _near(record: Record, values: Mapping[str, Any], wishes: Iterable[Wish]) -> Near:
    return Near(record, values, tuple(wish for wish in wishes if not wish.met_by(values)))


def _distance(near: Near) -> tuple[int, float]:
    return len(near.missed), sum(relative_miss(wish, near.values) for wish in near.missed)


def _is_undefined(wish: Wish, values: Mapping[str, Any]) -> bool:
    if wish.text is not None:
        return not isinstance(values[wish.formula.names[0]], str)
    return math.isnan(wish.formula.of(values))


def _shown(near: Near) -> str:
    """The nearest sample with the values by which it misses."""
    found = []
    for wish in near.missed:
        if _is_undefined(wish, near.values):
            shown = "undefined"
        elif wish.text is not None:
            shown = str(near.values[wish.formula.names[0]])
        else:
            shown = f"{wish.formula.of(near.values):.4g}{_unit(wish)}"
        found.append(f"{wish.formula.text} is {shown}, wanted: {wish}")
    return f"  Nearest: {near.record.id}, whose {'; whose '.join(found)}"


def _unit(wish: Wish) -> str:
    return "" if wish.formula.unit == DIMENSIONLESS else f" {wish.formula.unit}"


def _wider(near: Near, plan: Plan) -> list[str]:
    """The wishes with bounds that the nearest sample would meet."""
    wider = []
    for wish in near.missed:
        numbers = wish.text is None and wish.relation != "!="
        if numbers and not _is_undefined(wish, near.values):
            bounds = "..".join(_wider_bounds(wish, wish.formula.of(near.values)))
            wider.append(shlex.quote(f"{wish.formula.text}={bounds}{_unit(wish)}"))
    flag = " --unblocked" if plan.unblocked else ""
    return [f"a wider range: --target {' --target '.join(wider)}{flag}"] if wider else []


def _wider_bounds(wish: Wish, value: float) -> Iterator[str]:
    """The bounds of a wish, the nearer one moved out to a value with few digits; empty where infinite."""
    for bound, beyond, rounding in (
        (wish.low, value <= wish.low, ROUND_FLOOR),
        (wish.high, value >= wish.high, ROUND_CEILING),
    ):
        if beyond:
            yield f"{float(Context(prec=DIGITS, rounding=rounding).create_decimal(Decimal(value))):g}"
        else:
            yield f"{bound:g}" if math.isfinite(bound) else ""


def _other_way(summary: Summary, plan: Plan, plugins: Plugins) -> str:
    """By steering, or by another generator."""
    if not summary.wishes or not plan.targets:
        return f"another generator: --generator {_others(plan, plugins, steered=False)}"
    if not plan.is_steered and _is_steered(plugins.find("generator", plan.generator), plugins):
        return "the same with steering: without --conditioner none"
    return f"another generator that is steered: --generator {_others(plan, plugins, steered=True)}"


def _others(plan: Plan, plugins: Plugins, steered: bool) -> str:
    """Names of the other generators that draw new frameworks."""
    names = [
        plugins.shown_name(entry)
        for entry in plugins.entries("generator")
        if not steered or _is_steered(entry, plugins)
    ]
    return " or ".join(name for name in names if name not in (plan.generator, KNOWN_ONLY))


def _is_steered(entry: Entry, plugins: Plugins) -> bool:
    """Whether a generator is steered in drawing; some learn the targets in training alone."""
    spec: GeneratorSpec = entry.spec
    if spec.conditioner is None:
        return spec.takes_targets
    return bool(plugins.find("conditioner", spec.conditioner).spec.parts != ("loss",))
