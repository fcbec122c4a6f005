"""Working conditions, as expressions of quantities under conditions."""

from __future__ import annotations

import json
import math
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from kept import records_of

from zeo.cli import main

PAGE = (Path(__file__).parents[2] / "docs" / "adsorption.md").read_text()
RECIPES = re.findall(r"^\| [^|]+ \| `([^`]*\[[^`]+)` \|$", PAGE, re.MULTILINE)

COARSE = {
    "methane-loading": {"spacing": 0.5},
    "mixture": {"spacing": 0.8, "precision": 0.2, "orientation_order": 7},
    "co2-loading": {"spacing": 0.8, "precision": 0.2, "orientation_order": 7},
}


def coarse(*probes: str) -> list[str]:
    """Settings that make some probes fast."""
    settings = [f"{probe}.{name}={value}" for probe in probes for name, value in COARSE[probe].items()]
    return [word for setting in settings for word in ("--set", setting)]


def measured(*arguments: str, probes: tuple[str, ...]) -> dict[str, dict[str, dict[str, float]]]:
    result = CliRunner().invoke(main, ["probe", "CHA", *arguments, "--json", *coarse(*probes)])
    assert result.exit_code == 0, result.output
    found: dict[str, dict[str, dict[str, float]]] = json.loads(result.stdout)["CHA"]
    return found


@pytest.mark.parametrize("recipe", RECIPES)
def test_recipes_are_measured(recipe: str) -> None:
    """Each capacity is positive in CHA."""
    used = {"methane-loading": "methane", "co2-loading": "co2.", "mixture": "mixture."}
    probes = tuple(probe for probe, word in used.items() if word in recipe)
    measured("--probe", probes[0], "--where", f"{recipe} > 0", probes=probes)


def test_there_are_recipes() -> None:
    assert len(RECIPES) >= 4


def test_a_temperature_swing_is_a_difference_of_two_loadings() -> None:
    swing = "methane.loading[T=298 K, p=65 bar] - methane.loading[T=398 K, p=5.8 bar]"
    assert swing in RECIPES
    words = ("--probe", "methane-loading", "--probe", "methane-loading[hot=398 K]", "--sort", swing)
    found = measured(*words, probes=("methane-loading",))
    cold, hot = found["methane-loading"], found["methane-loading[T=398 K, p=5.8 bar]"]
    swung = found["methane-loading[hot=398 K]"]
    names = ("loading", "loading_error")
    (full, full_error), (left, left_error) = ([each[name]["value"] for name in names] for each in (cold, hot))
    error = math.hypot(full_error, left_error, swung["deliverable_error"]["value"])
    assert full - left == pytest.approx(swung["deliverable"]["value"], abs=4 * error)
    assert left < cold["loading"]["value"] - cold["deliverable"]["value"]


def test_a_run_takes_one_as_a_wish(tmp_path: Path) -> None:
    wish = "methane.loading[p=65 bar] - methane.loading[T=398 K, p=5.8 bar]"
    command = ["run", "--generator", "dataset", "-n", "1", "--relax", "none", "--identify", "none"]
    command += [
        "--target",
        f"{wish} > 0.1 mol/kg",
        "--out",
        str(tmp_path / "run"),
        "--no-report",
        *coarse("methane-loading"),
    ]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, f"{shlex.join(command)}: {result.output}"
    (record,) = records_of(tmp_path / "run")
    properties = record["properties"]
    assert {"methane-loading", "methane-loading[T=398 K, p=5.8 bar]"} <= set(properties)
