"""``zeo isotherm`` and ``zeo.isotherm``, end to end."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import gemmi
import numpy as np
import pytest
from click.testing import CliRunner, Result

import zeo
from zeo.api.isotherms import pascals
from zeo.cli import main
from zeo.crystal.structure import Structure
from zeo.data.known.relaxed import relaxed_structure
from zeo.errors import ConfigError
from zeo_probes.force_fields import PACKAGED

COARSE = ("--set", "methane-loading.spacing=0.5")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["isotherm", *arguments])


def test_a_table_rises_with_pressure() -> None:
    result = run("CHA", "--pressures", "1, 5.8, 65 bar", "--csv", *COARSE)
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    loadings = [float(row["loading [mol/kg]"]) for row in rows]
    assert loadings == sorted(loadings)
    assert all(float(row["excess [mol/kg]"]) < float(row["loading [mol/kg]"]) for row in rows)
    assert [float(row["pressure [bar]"]) for row in rows] == [1.0, 5.8, 65.0]


def test_python_and_the_command_line_agree() -> None:
    found = zeo.isotherm("CHA", pressures=[1.0], options={"methane-loading": {"spacing": 0.5}})
    printed = json.loads(run("CHA", "--pressures", "100 kPa", "--json", *COARSE).stdout)
    assert found.isotherm.points[0].loading == printed["CHA"]["points"][0]["loading"]
    assert printed["CHA"]["units"]["pressure"] == "Pa"
    assert set(printed["CHA"]["points"][0]) <= set(printed["CHA"]["units"])
    assert found.table()["pressure [bar]"].tolist() == [1.0]


def test_what_one_cannot_enter_stays_empty_and_bad_files_cost_themselves_alone(tmp_path: Path) -> None:
    bad = tmp_path / "bad.cif"
    bad.write_text("no CIF")
    result = run(str(bad), "SOD", "--pressures", "1 bar", "--csv", *COARSE)
    assert result.exit_code == 1
    assert "bad.cif" in result.stderr
    (row,) = csv.DictReader(io.StringIO(result.stdout))
    assert float(row["loading [mol/kg]"]) == float(row["excess [mol/kg]"]) == 0
    assert row["heat [kJ/mol]"] == ""


def test_an_adsorption_information_file_is_one(tmp_path: Path) -> None:
    out = tmp_path / "CHA.aif"
    assert run("CHA", "--pressures", "1, 10 bar", "--aif", "--out", str(out), *COARSE).exit_code == 0
    block = gemmi.cif.read_file(str(out)).sole_block()
    assert block.find_value("_units_pressure") == "bar"
    assert [float(value) for value in block.find_values("_adsorp_pressure")] == [1.0, 10.0]
    assert len(block.find_values("_adsorp_amount")) == 2
    assert "Garcia-Perez" in block.find_value("_simltn_forcefield_adsorbent")


def test_a_force_field_of_the_users_is_named(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(PACKAGED.read_text())
    setting = f"methane-loading.force_field={own}"
    result = run("CHA", "--pressures", "1 bar", "--json", *COARSE, "--set", setting)
    assert json.loads(result.stdout)["CHA"]["force_field"].startswith("file own.toml; ")


def test_a_picture(tmp_path: Path) -> None:
    picture = tmp_path / "isotherm.svg"
    assert run("CHA", "--pressures", "1, 10 bar", "--plot", str(picture), *COARSE).exit_code == 0
    assert "<svg" in picture.read_text()
    again = run("CHA", "--pressures", "1, 10 bar", "--plot", str(picture), *COARSE)
    assert (again.exit_code, again.stdout) == (1, "")
    assert "give --force" in again.stderr


def test_a_picture_of_no_kind_is_refused_before_anything_is_computed(tmp_path: Path) -> None:
    result = run("CHA", "--pressures", "1 bar", "--plot", str(tmp_path / "isotherm.xyz"), *COARSE)
    assert result.exit_code == 2
    assert "--plot: the name of a picture ends in .png, .pdf, .svg, unlike 'isotherm.xyz'" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("1..100 bar", 13),
        ("1,2", 2),
        ("100 kPa", 1),
        ("0.1 MPa", 1),
        ("1e5, 2e5 N/m2", 2),
        ("1e5 N/m^2", 1),
        ("1e0", 1),
    ],
)
def test_pressures(given: str, expected: int) -> None:
    found = pascals(given)
    assert len(found) == expected
    assert found[0] == pytest.approx(1e5)


@pytest.mark.parametrize(
    "given", ["-1..3", "3..1", "1 kg", "", "5,4", "1,1", "nan", "1..2..3", "1e400", [0.0], [], None]
)
def test_pressures_that_are_none(given: str | list[float]) -> None:
    with pytest.raises(ConfigError):
        pascals(given)


def test_a_gas_without_isotherms_is_named() -> None:
    result = run("CHA", "--gas", "chlorine")
    assert result.exit_code == 1
    assert "methane" in result.stderr
    assert "\n" not in result.stderr.strip()


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.23])
def test_a_narrow_pore_holds_as_much_wherever_the_grid_begins(shift: float) -> None:
    """CO2 lies in narrow wells in MON: on a grid of 0.4 A its loading changed by 28 % with the origin."""
    mon = relaxed_structure("MON")
    moved = mon.frac_coords + shift * np.ones(3) @ np.linalg.inv(mon.lattice)
    structure = Structure(mon.lattice, mon.species, moved)
    henry = zeo.probe(structure, "co2")["co2.kh_mol_accessible"].value
    (point,) = zeo.isotherm(structure, "co2", "1e-4 bar").isotherm.points
    assert point.loading == pytest.approx(henry * point.fugacity, rel=0.01)


def test_pairs_count_where_chains_hardly_ever_hold_two_molecules() -> None:
    """Without them the loading at 1e-3 bar would be K f/(1 + K f), 0.6 % low, with an error of 0."""
    henry = zeo.probe("CHA", "co2")["co2.kh_mol_accessible"].value
    options = {"co2-loading": {"spacing": 0.3}}
    (point,) = zeo.isotherm("CHA", "co2", "1e-3 bar", options=options).isotherm.points
    assert point.loading == pytest.approx(henry * point.fugacity, rel=0.003)
    low, high = zeo.isotherm("CHA", "co2", "1e-3, 5 bar", options=options).isotherm.points
    assert low.loading == pytest.approx(henry * low.fugacity, rel=0.003)
    assert high.loading > 2.0
