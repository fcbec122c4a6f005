"""The command that repeats a run, as its report shows it: read again, it gives the same plan."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from click.testing import CliRunner

from zeo.cli import interpolate as cli_interpolate
from zeo.cli import run as cli_run
from zeo.plugin.registry import installed_plugins
from zeo.running.command import command_of
from zeo.running.config import make_config, merge_options, parse_settings
from zeo.running.enough import goal_of
from zeo.running.planning import plan_of

COMMANDS = [
    "--generator dataset --probe methane -n 20 --seed 0",
    "--generator dataset --probe methane --probe pores -n 7 --seed 3 --relax none --identify none",
    "--generator dataset -n 20 --seed 0 --set dataset.noise=0.25 --set dataset.shift=true",
    "--generator search --probe methane -n 30 --seed 1 --target 'qst=18..22 kJ/mol' --target largest_ring=12",
    "--generator search --probe methane -n 2000 --seed 0 --until 20 --new --target 'methane.qst>20' --screen",
    "--generator zeosym --probe methane -n 10 --seed 0 --maximise methane.qst --minimise energy",
    "--generator zeosym --probe methane -n 10 --seed 0 --target void_fraction=0.2 --conditioner none",
    "--generator zeosym -n 10 --seed 0 --target 'energy<16' --conditioner none",
    "--generator zeosym -n 10 --seed 0 --target 'energy<16' --conditioner cfg",
    "--generator zeosym -n 10 --seed 0 --target 'energy<16'",
    "--generator zeosym -n 10 --seed 0 --conditioner concat",
    "--generator search --probe methane -n 10 --seed 0 --conditioner none",
    "--generator search --probe methane -n 10 --seed 0 --target methane.qst=20 --unblocked",
    "--generator search --probe 'methane[T=350 K]' -n 10 --seed 0 --target 'methane.qst[T=350 K]=20'",
    "--generator zeogan --probe methane -n 16 --seed 0 --preset zeogan-2020 --batch-size 8",
    "--generator zeosym -n 10 --seed 0 --set zeosym.space_group=225,229 --set relax.max_iterations=50",
    "--generator dataset --probe co2 -n 20 --seed 0 --set co2.temperature=350 --relax none",
]


def plan_and_goal(line: str) -> tuple[Any, Any, int]:
    """What ``zeo run`` makes of its arguments."""
    context = cli_run.run.make_context("run", shlex.split(line))
    given = {key: value for key, value in context.params.items() if value not in (None, ())}
    others = ("settings", "jobs", "top", "form", "with_page", "as_json", "as_csv", "wide")
    settings = given.get("settings", ())
    choices = {key: value for key, value in given.items() if key not in others}
    config = make_config(choices)
    config = make_config({**choices, "options": merge_options(config.options, parse_settings(settings))})
    return plan_of(config, installed_plugins()), goal_of(config), config.n


@pytest.mark.parametrize("line", COMMANDS)
def test_the_command_of_a_plan_makes_that_plan(line: str) -> None:
    plan, goal, n = plan_and_goal(line)
    command = command_of(plan, n, goal, installed_plugins())
    assert command.startswith("zeo run ")
    again = plan_and_goal(command.removeprefix("zeo run "))
    assert again == (plan, goal, n)


def test_what_a_run_has_anyway_is_left_out() -> None:
    line = COMMANDS[0]
    plan, goal, n = plan_and_goal(line)
    assert command_of(plan, n, goal, installed_plugins()) == f"zeo run {line}"


def test_an_interpolation_is_repeated_by_its_own_command() -> None:
    choices = {"generator": "zeodiff", "between": ("LTA", "SOD"), "steps": 4, "n": 8, "probes": ("methane",)}
    config = make_config(choices)
    command = command_of(plan_of(config, installed_plugins()), 8, None, installed_plugins())
    words = shlex.split(command)
    assert words[:4] == ["zeo", "interpolate", "LTA", "SOD"]
    context = cli_interpolate.interpolate.make_context("interpolate", words[2:])
    assert (context.params["steps"], context.params["paths"]) == (4, 2)
    assert CliRunner().invoke(cli_interpolate.interpolate, ["--help"]).exit_code == 0
