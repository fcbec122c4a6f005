"""What runs did not do alike, so that their values cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zeo.plugin.conditions import probe_under
from zeo.running.plan import Plan


def unlike(plans: Sequence[Plan]) -> tuple[str, ...]:
    """A line for the relaxation and for each probe that some runs used with other options than the others, or
    relaxed without."""
    ways: dict[str, list[Any]] = {"relaxation": [_way(plan, plan.plugin_of("relax")) for plan in plans]}
    for plan in plans:
        for step in plan.steps:
            if step.stage == "probe":
                ways.setdefault(step.plugin, []).append(_way(plan, step.plugin))
    different = [what for what, found in ways.items() if any(way != found[0] for way in found)]
    return tuple(
        f"{what}: options differ between these runs; its values may not compare" for what in different
    )


def _way(plan: Plan, plugin: str | None) -> Any:
    """A plugin of a run with its options; None where the run goes without one."""
    return None if plugin is None else (plugin, plan.options.get(probe_under(plugin, ())))
