"""Options of a plugin that takes no part are refused by every command, before anything is computed."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from zeo.cli import main

IDLE = ("--set", "argon.temperature=100")

COMMANDS = {
    "an isotherm": ("isotherm", "SOD", "--pressures", "5 bar"),
    "this measurement": ("probe", "SOD", "--probe", "methane"),
    "a relaxation": ("relax", "SOD"),
    "a conversion": ("convert", "SOD", "--to", "cif", "--out", "converted"),
    "this data set": ("data", "make", "hypothetical", "-n", "1", "--out", "made"),
    "this design": ("design", "--target", "energy<20", "--out", "design"),
    "this run": ("run", "-n", "1", "--out", "run"),
}


@pytest.mark.parametrize("what", COMMANDS)
def test_options_of_a_plugin_without_a_part_are_refused(what: str, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, [*COMMANDS[what], *IDLE])
    assert done.exit_code == 1
    assert f"{what} does not use argon: leave its options out" in done.output
    assert not list(tmp_path.iterdir())


def test_the_gas_alone_is_no_isotherm() -> None:
    """The heat of methane at 200 K would otherwise pass for its loading at 200 K."""
    done = CliRunner().invoke(
        main, ["isotherm", "SOD", "--pressures", "5 bar", "--set", "methane.temperature=200"]
    )
    assert done.exit_code == 1
    assert "does not use methane" in done.output
