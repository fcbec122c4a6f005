"""The command that repeats a run: its plan written as the flags that make it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any

import attrs

from zeo.plugin.registry import Plugins
from zeo.running.config import RunConfig
from zeo.running.enough import Goal
from zeo.running.plan import SCREEN, Plan, Step
from zeo.running.planning import used_plugins
from zeo.running.shard import Shard
from zeo.running.wanted import framework_targets_of, wishes_of

NONE = "none"
"""Leaves out what a flag names."""


def command_of(plan: Plan, n: int, goal: Goal | None, plugins: Plugins, shard: Shard | None = None) -> str:
    """What a shell is told to draw the same samples again; what the plugins have of themselves is left out.

    Args:
        plan: of the run.
        n: samples wanted; at most so many with a goal.
        goal: of the run.
        plugins: the installed ones.
        shard: the part of the run; None for all of it.

    Raises:
        ZeoError: a plugin of the run is not installed.
    """
    words = ["zeo", "interpolate", *plan.between] if plan.between else ["zeo", "run"]
    words += ["--generator", plan.generator]
    for probe in plan.probes:
        words += ["--probe", probe]
    words += _samples(plan, n, goal)
    if shard is not None:
        words += ["--shard", str(shard)]
    for wish in plan.wishes:
        words += ["--target", wish.text]
    for objective in plan.objectives:
        words += [f"--{objective.direction}", objective.text]
    words += _choices(plan, plugins)
    for name, option, value in _settings(plan, plugins):
        words += ["--set", f"{name}.{option}={as_text(value)}"]
    return shlex.join(words)


def _samples(plan: Plan, n: int, goal: Goal | None) -> list[str]:
    """How many, from which seed on."""
    if plan.between:
        words = ["--steps", str(plan.path_steps), "--paths", str(n // plan.path_steps)]
    else:
        words = ["-n", str(n)]
    words += ["--seed", str(plan.seed)]
    if goal is not None:
        words += ["--until", str(goal.until), *["--new"] * goal.new]
    return words


def _choices(plan: Plan, plugins: Plugins) -> Iterator[str]:
    """What is not as the generator and a configuration have it of themselves."""
    usual, spec = RunConfig(), plugins.find("generator", plan.generator).spec
    own = {"repair": spec.repair, "identify": usual.identify, "relax": usual.relax}
    for stage, usually in own.items():
        if (filling := plan.plugin_of(stage)) != usually:
            yield from (f"--{stage}", filling or NONE)
    if (decoding := plan.plugin_of("decode")) != spec.representation and decoding is not None:
        yield from ("--representation", decoding)
    for step in plan.steps:
        if step.stage == "filter":
            yield from ("--filter", step.plugin)
    yield from _steering(plan, spec.conditioner, spec.takes_targets)
    if Step(SCREEN, "zeo") in plan.steps:
        yield "--screen"
    if plan.unblocked and (plan.wishes or plan.objectives):
        yield "--unblocked"
    for flag in ("preset", "checkpoint", "device", "batch_size"):
        if (value := getattr(plan, flag)) != getattr(usual, flag):
            yield from (f"--{flag.replace('_', '-')}", str(value))


def _steering(plan: Plan, own: str | None, takes_targets: bool) -> Iterator[str]:
    """A conditioner that is not the generator's own; that is used as soon as there is something to aim at."""
    usual = own if plan.targets or framework_targets_of(wishes_of(plan.wishes, plan.catalogue)) else None
    if plan.conditioner is not None and plan.conditioner != usual:
        yield from ("--conditioner", plan.conditioner)
    elif (takes_targets and not plan.takes_targets) or (usual is not None and plan.conditioner is None):
        yield from ("--conditioner", NONE)


def _settings(plan: Plan, plugins: Plugins) -> Iterator[tuple[str, str, Any]]:
    """The options that are not those that a plugin has of itself: its name, the option and the value."""
    for kind, name in used_plugins(plan, plugins):
        told = plugins.options_name(kind, name)
        options: Any = plugins.load(kind, name).Options
        usual = json.loads(json.dumps(attrs.asdict(options()), default=str))
        for option, value in plan.options.get(told, {}).items():
            is_a_choice = kind == "generator" and option == "representation"
            if option in usual and value != usual[option] and not is_a_choice:
                yield told, option, value


def as_text(value: Any) -> str:
    """An option as ``--set`` takes it."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(as_text, value)) if isinstance(value, list) else str(value)
