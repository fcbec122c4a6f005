"""docs/recipes.md: every command is understood, and does what its line says, with fewer samples."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from zeo.cli import main
from zeo.crystal.cif import cif_text
from zeo.data.known.relaxed import relaxed_structure

PAGE = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text()
RECIPES = re.findall(r"^\| ([^|]+) \| `(zeo [^`]+)` \| ([^|]+) \|$", PAGE, re.MULTILINE)
COMMANDS = {wish: shlex.split(command)[1:] for wish, command, _ in RECIPES}

FEWER = {
    "run": ("-n", "2"),
    "interpolate": ("--steps", "2", "--set", "zeodiff.evaluations=2"),
    "isotherm": ("--pressures", "1 bar", "--set", "methane-loading.spacing=1.0"),
    "build": ("--min-kh", "0"),
}
"""What is added so that a recipe takes seconds."""

LONG = (
    "a store for methane",
    "carbon dioxide out of nitrogen",
    "a generator that learned from it",
    "twenty new ones that meet several wishes, as fast as can be",
)
"""Only parsed; their parts are run elsewhere."""

MADE = {
    "new frameworks": "runs/zeosym-001/summary.csv",
    "the five best of my runs, for a paper": "best/best.csv",
    "its Henry coefficients, heats and pores": "properties.csv",
    "its adsorption isotherm": "isotherm.pdf",
    "its energy above quartz": "relaxed/relax.csv",
    "open frameworks of a data set": "open.db",
    "input for GULP or LAMMPS": "jobs/new.gin",
    "a training set of my own": "training-set/rejected.csv",
    "whether a generator is any good": "properties.pdf",
}
"""What some lines say comes out."""


def test_there_are_recipes() -> None:
    assert len(RECIPES) == PAGE.count("\n| ") - 1 >= 12
    assert set(MADE) | set(LONG) <= set(COMMANDS)


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the files and runs that recipes begin with."""
    folder = tmp_path_factory.mktemp("kitchen")
    (folder / "my-cifs").mkdir()
    for place in ("new.cif", "my-cifs/mine.cif"):
        (folder / place).write_text(cif_text(relaxed_structure("RHO"), "new"))
    previous = Path.cwd()
    os.chdir(folder)
    try:
        for generator in ("zeosym", "search"):
            bare = ["run", "--generator", generator, "--probe", "methane", "-n", "2", "--relax", "none"]
            assert CliRunner().invoke(main, [*bare, "--out", f"runs/{generator}-001"]).exit_code == 0
        yield folder
    finally:
        os.chdir(previous)


@pytest.mark.parametrize("wish", COMMANDS)
def test_a_recipe_is_a_command_line_that_parses(wish: str, kitchen: Path) -> None:
    command: click.Command = main
    words = list(COMMANDS[wish])
    while isinstance(command, click.Group):
        command, words = command.commands[words[0]], words[1:]
    command.make_context("zeo", words)


def with_fewer(words: list[str]) -> list[str]:
    """The command line with fewer samples; what a run is to be resumed with is its own."""
    if "--resume" in words:
        return [*words[:-1], "3"]
    if "--until" in words:
        words = words[: words.index("--until")]
    if "energy<20" in words:
        words = ["t_atoms<1000" if word == "energy<20" else word for word in words]  # nothing was relaxed
    name = words[1] if words[0] == "data" else words[0]
    unrelaxed = ("--relax", "none") if name == "run" and not any("energy" in word for word in words) else ()
    return [*words, *FEWER.get(name, ()), *unrelaxed]


@pytest.mark.slow
@pytest.mark.parametrize("wish", [wish for wish in COMMANDS if wish not in LONG])
def test_a_recipe_gives_what_it_says(wish: str, kitchen: Path) -> None:
    if wish == "new frameworks":
        (kitchen / "runs" / "zeosym-001").rename(kitchen / "runs" / "before")
    done = CliRunner().invoke(main, with_fewer(COMMANDS[wish]))
    assert done.exit_code == 0, done.output
    if wish in MADE:
        assert (kitchen / MADE[wish]).exists()
