"""``zeo relax``."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from zeo.cli import main
from zeo.crystal.cif import cif_text
from zeo.crystal.io import read_structure
from zeo.data.known.iza import iza_structure
from zeo.plugin.candidate import Energy
from zeo.plugin.feasibility import energy_band


def zeo_relax(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["relax", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cifs = tmp_path / "cifs"
    (cifs / "more").mkdir(parents=True)
    for name, code in (("SOD", "SOD"), ("more/SOD", "SOD"), ("broken", "CLO")):
        (cifs / f"{name}.cif").write_text(cif_text(iza_structure(code), code))
    (cifs / "empty.cif").write_text("")
    return cifs


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_folder(folder: Path, tmp_path: Path, jobs: int) -> None:
    out = tmp_path / "relaxed"
    result = zeo_relax(folder, "--out", out, "--jobs", jobs)
    assert result.exit_code == 1
    assert f"{folder / 'empty.cif'}: the file is empty" in result.stderr
    assert "not four-connected" in result.stdout
    with (out / "relax.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [Path(row["structure"]).name for row in rows] == ["SOD.cif", "broken.cif", "SOD.cif"]
    energies = [row["energy_kJ_per_mol_Si"] for row in rows]
    assert energies[1] == ""
    assert [float(energies[0]), float(energies[2])] == pytest.approx([13.53, 13.53], abs=0.01)
    assert [row["net"] for row in rows] == ["unchanged", "", "unchanged"]
    assert [row["band"] for row in rows] == ["range made so far", "", "range made so far"]
    assert [row["cif"] for row in rows] == ["SOD.cif", "", "SOD_2.cif"]
    assert json.loads((out / "relax.json").read_text())[1]["converged"] is False
    relaxed = read_structure(out / "SOD_2.cif")
    assert relaxed.volume / relaxed.count("Si") == pytest.approx(57.45, abs=0.02)
    assert sorted(file.name for file in out.iterdir()) == ["SOD.cif", "SOD_2.cif", "relax.csv", "relax.json"]


def test_options_and_their_errors(folder: Path) -> None:
    result = zeo_relax(folder / "SOD.cif", "--set", "relax.cell=fixed")
    assert result.exit_code == 0
    assert "0.00" in result.stdout
    assert zeo_relax(folder, "--set", "relax.cel=fixed").exit_code == 1
    assert "fills the identify stage" in zeo_relax(folder, "--relaxer", "identify").stderr
    assert zeo_relax(folder, "--relaxer", "nobody").exit_code == 1


def test_inputs_are_not_written_over(folder: Path) -> None:
    before = {file: file.read_bytes() for file in folder.rglob("*.cif")}
    done = zeo_relax(folder, "--out", folder)
    assert done.exit_code == 1
    assert "choose another --out" in done.stderr
    assert {file: file.read_bytes() for file in folder.rglob("*.cif")} == before


def test_a_folder_that_cannot_be_made(folder: Path) -> None:
    result = zeo_relax(folder / "SOD.cif", "--out", folder / "SOD.cif")
    assert result.exit_code == 1
    assert "cannot make the folder" in result.stderr


@pytest.mark.parametrize(
    ("energy", "band"),
    [
        (0.0, "range made so far"),
        (20.5, "range made so far"),
        (29.9, "Deem's limit"),
        (103.7, "RWY"),
        (106.0, "above RWY"),
    ],
)
def test_bands(energy: float, band: str) -> None:
    assert energy_band(Energy(value=energy, potential="SLC")) == band
    assert energy_band(Energy(value=energy, potential="7net-0")) == ""
