"""Commands that take many files: a bad one never stops the others, and IZA codes stand for structures."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from command_line import run_zeo

import zeo
from zeo.crystal import io
from zeo.crystal.cif import cif_text
from zeo.data.known.relaxed import relaxed_structure

SOD = cif_text(relaxed_structure("SOD"), "SOD")
COMMANDS = {
    "identify": ["identify"],
    "probe": ["probe", "--probe", "methane", "--grid-size", "8"],
    "relax": ["relax"],
    "convert": ["convert", "--to", "cube", "--grid-size", "8", "--out", "cubes"],
    "data build": ["data", "build", "--out", "set", "--set", "methane.n=8"],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "cifs"
    folder.mkdir()
    for name in ("a", "z"):
        (folder / f"{name}.cif").write_text(SOD)
    return folder


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_reader_that_breaks_costs_its_file_alone(command, folder: Path) -> None:
    """A damaged number is none, whatever else the file says."""
    (folder / "m.cif").write_text(re.sub(r"(?m)^(_space_group_IT_number\s+).*$", r"\g<1>--1", SOD))
    done = run_zeo(*command, folder)
    assert done.exit_code == 1
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert "m.cif" in line
    assert "unexpected" not in done.stderr
    lines = done.stdout + "".join(map(str, Path().rglob("*.cube")))
    if command[0] == "data":
        assert len(zeo.DataSet.open("set")) == 1, "both good ones have the net of sodalite"
    else:
        assert "a" in lines
        assert all(f"{name}.cif" in lines or f"{name}-" in lines for name in ("a", "z"))


@pytest.mark.parametrize("command", [COMMANDS[name] for name in ("identify", "probe", "relax", "convert")])
def test_a_file_without_structures_is_a_failure(command, folder, monkeypatch) -> None:
    monkeypatch.setattr(io, "_read_with_ase", lambda _: [])
    (folder / "empty.xyz").write_text("nothing that a reader finds")
    done = run_zeo(*command, folder / "empty.xyz")
    assert done.exit_code == 1
    assert done.stderr == f"Error: {folder / 'empty.xyz'}: no structure in this file\n"
    with pytest.raises(zeo.InputError, match="no structure in this file"):
        zeo.read(folder / "empty.xyz")


def test_codes_stand_for_iza_types(folder: Path) -> None:
    assert "SOD" in run_zeo("identify", "SOD", "--csv").stdout.splitlines()[1].split(",")[1]
    assert run_zeo("probe", "SOD", "--probe", "methane", "--grid-size", "8").exit_code == 0
    assert "I m -3 m" in run_zeo("relax", "SOD", "--out", "relaxed").stdout
    assert Path("relaxed/SOD.cif").exists()
    assert run_zeo("convert", "SOD", "--to", "cif", "--out", "cif").exit_code == 0
    assert zeo.identify("cif/SOD.cif").name == "SOD"


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_is_on_disk_is_meant_before_the_type(kind: str, folder: Path) -> None:
    lta = cif_text(relaxed_structure("LTA"), "LTA")
    if kind == "folder":
        Path("SOD").mkdir()
        Path("SOD/mine.cif").write_text(lta)
    else:
        Path("mine.cif").write_text(lta)
        os.rename("mine.cif", "SOD")
    done = run_zeo("identify", "SOD")
    if kind == "folder":
        assert "LTA" in done.stdout
    else:  # what kind of file it is nothing says, but it is not taken for the type
        assert "SOD" in done.stderr
        assert done.exit_code == 1
    read = zeo.read(["SOD"])
    assert len(read) == (kind == "folder")


def test_a_mistyped_code_has_a_hint(folder: Path) -> None:
    done = run_zeo("identify", "SODD", "SOD")
    assert done.exit_code == 1
    assert "did you mean 'SOD'?" in done.stderr
    assert "SOD" in done.stdout


@pytest.mark.parametrize("size", [-1, 0, 1, 3])
def test_grids_of_a_few_points_are_refused_everywhere(size: int, folder: Path) -> None:
    for command in (["probe", "SOD", "--probe", "pores"], ["run"], ["convert", "SOD", "--to", "npz"]):
        done = run_zeo(*command, "--grid-size", size)
        assert done.exit_code == 2
        assert "--grid-size" in done.stderr
        assert "4" in done.stderr
    done = run_zeo("probe", "SOD", "--probe", "methane", "--set", f"methane.n={size}")
    assert done.stderr == f"Error: methane.n must be at least 4, not {size}\n"
