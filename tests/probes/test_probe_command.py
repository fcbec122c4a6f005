"""``zeo probe`` from the outside."""

import csv
import io
import json

import pytest
from click.testing import CliRunner

from zeo.api.probing import probe as measure
from zeo.cli import main
from zeo.data.known.iza import iza_structure
from zeo.grids.grid import Grid
from zeo.plugin.registry import installed_plugins

GRID = ("--grid-size", "16")


@pytest.fixture
def folder(tmp_path):
    for code in ("CHA", "SOD"):
        iza_structure(code).to_ase().write(tmp_path / f"{code}.cif")
    return tmp_path


def zeo(*arguments):
    return CliRunner().invoke(main, ["probe", *map(str, arguments)])


def test_a_table_with_units(folder):
    result = zeo(folder, "--probe", "methane", *GRID)
    assert result.exit_code == 0
    names, units, _, cha, sod = result.stdout.splitlines()
    assert names.split() == ["structure", "kh", "qst", "void_fraction", "kh_accessible"]
    assert units.split() == ["kJ/mol"]
    assert "CHA.cif" in cha
    assert "SOD.cif" in sod


def test_several_probes_are_told_apart(folder):
    result = zeo(folder / "CHA.cif", "--probe", "methane", "--probe", "argon", *GRID)
    assert "methane.kh" in result.stdout
    assert "argon.kh" in result.stdout


def test_csv_holds_everything_with_units(folder):
    result = zeo(folder, "--probe", "methane", "--csv", *GRID)
    cha, sod = csv.DictReader(io.StringIO(result.stdout))
    assert float(cha["methane.kh"]) > 1
    assert float(cha["methane.kh_mol [mol/kg/Pa]"]) > 0
    assert sod["methane.qst_accessible [kJ/mol]"] == ""


def test_json_holds_everything_with_units(folder):
    result = zeo(folder / "SOD.cif", "--probe", "methane", "--json", *GRID)
    measured = json.loads(result.stdout)[str(folder / "SOD.cif")]["methane"]
    assert measured["qst"]["unit"] == "kJ/mol"
    assert measured["qst_accessible"] == {"value": None, "unit": "kJ/mol"}


@pytest.fixture
def grids(folder):
    """The energies of methane in CHA in each format, beside the CIF."""
    for form in ("griday", "npz"):
        done = CliRunner().invoke(
            main, ["convert", str(folder / "CHA.cif"), "--to", form, "--out", str(folder), *GRID]
        )
        assert done.exit_code == 0
    return folder


@pytest.mark.parametrize("name", ["CHA.npz", "CHA.grid", "CHA.griddata"])
def test_grids_are_measured_as_they_are(grids, name):
    of_grid = zeo(grids / name, "--probe", "methane", "--json", "--grid-size", "40")
    assert of_grid.exit_code == 0, of_grid.output
    of_atoms = zeo(grids / "CHA.cif", "--probe", "methane", "--json", *GRID)
    (measured,), (expected,) = (json.loads(each.stdout).values() for each in (of_grid, of_atoms))
    for quantity in ("kh", "qst", "void_fraction", "kh_accessible"):
        value = expected["methane"][quantity]["value"]
        assert measured["methane"][quantity]["value"] == pytest.approx(value, rel=1e-5)
    assert measured["methane"]["kh_mol"]["value"] is None, "a grid has no mass"


def test_a_folder_of_grids_and_structures(grids):
    result = zeo(grids, "--probe", "methane", "--csv", *GRID)
    assert result.exit_code == 0
    names = [row["structure"] for row in csv.DictReader(io.StringIO(result.stdout))]
    assert [name.rpartition("/")[2] for name in names] == ["CHA.grid", "CHA.npz", "CHA.cif", "SOD.cif"]


def test_energies_are_of_the_gas_that_they_are_said_to_be_of(grids):
    result = zeo(grids / "CHA.grid", "--probe", "xenon")
    assert result.exit_code == 1
    assert "no channel 'energy:xenon'" in result.stderr
    assert zeo(grids / "CHA.grid", "--probe", "xenon", "--energy", "energy:xenon").exit_code == 0


def test_what_is_measured_on_atoms_is_not_measured_on_a_grid(grids):
    result = zeo(grids / "CHA.npz", "--probe", "pores")
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert "CHA.npz: pores: it is measured on atoms, and this is a grid" in line


def test_a_grid_in_memory_is_measured_too():
    structure = iza_structure("CHA")
    probe_of_methane = installed_plugins().create("probe", "methane")
    energy = probe_of_methane.channel("energy:methane", structure, (16, 16, 16))
    grid = Grid.stack({"energy:methane": energy}, structure.lattice)
    expected = measure(structure, "methane", grid_size=16)
    assert measure(grid, "methane")["methane.kh"].value == pytest.approx(
        expected["methane.kh"].value, rel=1e-6
    )


def test_options_reach_the_probe(folder):
    def henry(*arguments):
        result = zeo(folder / "CHA.cif", "--probe", "methane", "--json", *GRID, *arguments)
        return next(iter(json.loads(result.stdout).values()))["methane"]["kh"]["value"]

    assert henry() > henry("--set", "methane.temperature=400")


def test_bad_files_cost_one_line_each_and_keep_the_rest(folder):
    (folder / "EMPTY.cif").write_text("")
    (folder / "ODD.cif").write_text("data_x\n_cell_length_a banana\n")
    salt = iza_structure("CHA").to_ase()
    salt.symbols[0] = "Na"
    salt.write(folder / "NA.cif")
    result = zeo(folder, folder / "missing.cif", "--probe", "methane", *GRID)
    assert result.exit_code == 1
    assert "CHA.cif" in result.stdout
    assert "SOD.cif" in result.stdout
    complaints = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    for name in ("EMPTY.cif", "ODD.cif", "NA.cif", "missing.cif"):
        assert sum(name in line for line in complaints) == 1
    assert len(complaints) == 4


@pytest.mark.parametrize(
    ("arguments", "complaint", "code"),
    [
        (("--probe", "methan"), "did you mean 'methane'?", 1),
        (("--probe", "methane", "--set", "methane.temperatur=3"), "did you mean 'temperature'?", 1),
        (("--probe", "methane", "--set", "methane.force_field=/no/file"), "cannot read", 1),
        (("--probe", "methane", "--csv", "--json"), "exclude each other", 2),
        ((), "Missing option '--probe'", 2),
    ],
)
def test_mistakes(folder, arguments, complaint, code):
    result = zeo(folder / "CHA.cif", *arguments)
    assert complaint in result.stderr
    assert result.exit_code == code


def test_out_is_written_or_else_printed(folder):
    target = folder / "table.csv"
    result = zeo(folder / "CHA.cif", "--probe", "methane", "--csv", "--out", target, *GRID)
    assert result.stdout == ""
    assert target.read_text().startswith("structure,methane.kh")
    result = zeo(folder / "CHA.cif", "--probe", "methane", "--out", folder / "no" / "table.csv", *GRID)
    assert result.exit_code == 1
    assert "CHA.cif" in result.stdout
    assert "the result is printed instead" in result.stderr
