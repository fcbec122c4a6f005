"""No command writes over a file without --force; what fails says so by the exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from zeo.cli import main
from zeo.crystal.cif import cif_text
from zeo.crystal.structure import Structure
from zeo.testing import sodalite

ONE_POINT = ("isotherm", "SOD", "--pressures", "1 bar", "--set", "methane-loading.spacing=1.0")

WRITING = {
    "probe": ("probe", "SOD", "--probe", "pores", "--csv", "--out", "there"),
    "identify": ("identify", "SOD", "--json", "--out", "there"),
    "isotherm": (*ONE_POINT, "--out", "there"),
    "isotherm plot": (*ONE_POINT, "--plot", "there.png"),
    "convert": ("convert", "SOD", "--to", "cif", "--out", "folder"),
    "relax": ("relax", "SOD", "--out", "folder"),
    "data plot": ("data", "plot", "standard", "--out", "there.png"),
}

KEPT = {
    "data export": ("data", "export", "standard", "--out", "there.xyz"),
    "data build": ("data", "build", "relaxed", "--out", "folder"),
    "run": ("run", "--generator", "dataset", "--out", "folder"),
}
"""Those that have no --force, since they write whole folders or much."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    for name in ("there", "there.png", "there.xyz", "folder/SOD.cif"):
        (tmp_path / name).write_text("mine")
    return tmp_path


def zeo(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def mine(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", [*WRITING, *KEPT])
def test_what_is_there_is_kept(name: str, folder: Path) -> None:
    before = mine(folder)
    done = zeo(*(WRITING | KEPT)[name])
    assert done.exit_code == 1, done.output
    assert "Error: " in done.stderr
    assert ("--force" in done.stderr) == (name in WRITING)
    assert mine(folder) == before
    assert {(folder / file).read_text() for file in before} == {"mine"}


@pytest.mark.parametrize("name", [name for name in WRITING if name != "data plot"])
def test_force_writes_over_it(name: str, folder: Path) -> None:
    done = zeo(*WRITING[name], "--force")
    assert done.exit_code == 0, done.output
    written = {"convert": "folder/SOD.cif", "relax": "folder/SOD.cif", "isotherm plot": "there.png"}
    assert (folder / written.get(name, "there")).read_bytes() != b"mine"


@pytest.mark.parametrize(
    "command", [("relax",), ("probe", "--probe", "pores"), ("identify",), ("convert", "--to", "cif")]
)
def test_one_bad_input_among_good_ones_is_exit_code_1(command: tuple[str, ...], folder: Path) -> None:
    (folder / "bad.cif").write_text("rubbish")
    done = zeo(*command, "LTA", "bad.cif")
    assert done.exit_code == 1
    assert "bad.cif" in done.stderr
    assert "LTA" in done.stdout


def test_what_does_not_relax_is_exit_code_1(folder: Path) -> None:
    collapsed = Structure(0.5 * sodalite().lattice, sodalite().species, sodalite().frac_coords)
    (folder / "collapsed.cif").write_text(cif_text(collapsed, "collapsed"))
    assert zeo("relax", "LTA").exit_code == 0
    assert zeo("relax", "LTA", "collapsed.cif").exit_code == 1


def test_no_stage_of_a_run_is_done_that_is_none(folder: Path) -> None:
    done = zeo(
        "run", "--generator", "dataset", "-n", "1", "--identify", "none", "--relax", "none", "--out", "run"
    )
    assert done.exit_code == 0, done.output
    assert "net identified" not in done.stdout


@pytest.mark.parametrize(
    ("name", "begins"), [("x.csv", "structure,"), ("x.json", "{"), ("x.txt", "structure ")]
)
def test_the_name_of_a_file_says_what_is_written(
    name: str, begins: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert zeo("probe", "SOD", "--probe", "pores", "--out", name).exit_code == 0
    assert Path(name).read_text().lstrip().startswith(begins)
