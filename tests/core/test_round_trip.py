"""``zeo convert`` writes structures that are read back as the same net at the same density."""

import functools

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zeo
from zeo.cli import main
from zeo.crystal.cif import cif_text
from zeo.crystal.io import read_structure
from zeo.crystal.structure import Structure, cell_vectors
from zeo.data.known.iza import iza_structure

TYPES = ("ABW", "AFX", "BIK", "CAN", "CHA", "EDI", "MFI", "RTH", "RUT", "SOD", "STW")
SUFFIXES = {
    "cif": ".cif",
    "cssr": ".cssr",
    "gulp": ".gin",
    "lammps": ".lmp",
    "poscar": ".vasp",
    "extxyz": ".extxyz",
}


def run(*arguments):
    return CliRunner().invoke(main, ["convert", *map(str, arguments)])


@functools.cache
def key_of(code: str) -> str | None:
    return zeo.identify(iza_structure(code)).key


def other_cell(structure: Structure, shear: np.ndarray) -> Structure:
    """The same crystal with axes of whole-number combinations of the old ones."""
    count = round(abs(np.linalg.det(shear)))
    steps = np.stack(np.meshgrid(*[np.arange(-4, 5)] * 3), axis=-1).reshape(-1, 3)
    inside = (steps @ np.linalg.inv(shear)) % 1.0
    _, first = np.unique(np.round(inside, 6) % 1.0, axis=0, return_index=True)
    assert len(first) == count
    coords = (structure.frac_coords[:, None] + steps[first]).reshape(-1, 3) @ np.linalg.inv(shear)
    return Structure(shear @ structure.lattice, np.repeat(structure.species, count).tolist(), coords)


def rotation(rng: np.random.Generator) -> np.ndarray:
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return turn * np.sign(np.linalg.det(turn))


SHEARS = (
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    [[0, 1, 0], [1, 0, 0], [0, 0, 1]],  # left-handed
    [[1, 0, 0], [1, 1, 0], [0, -1, 1]],
    [[2, 0, 0], [0, 1, 0], [0, 0, 1]],
    [[1, 1, 0], [-1, 1, 0], [0, 0, 1]],
)


@pytest.mark.parametrize("form", SUFFIXES)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(code=st.sampled_from(TYPES), shear=st.sampled_from(SHEARS), seed=st.integers(0, 99))
def test_any_cell_anywhere_comes_back_as_the_same_net(tmp_path, form, code, shear, seed):
    rng = np.random.default_rng(seed)
    structure = other_cell(iza_structure(code), np.array(shear))
    moved = Structure(
        structure.lattice @ rotation(rng), structure.species, structure.frac_coords + rng.normal(size=3)
    )
    (path,) = zeo.convert(moved, form).write(tmp_path, force=True)
    back = read_structure(path)
    found = zeo.identify(back)
    assert found.key == key_of(code)
    assert found.framework_density == pytest.approx(structure.framework_density, rel=2e-4)


def test_chirality_survives_cells_of_lengths_and_angles(tmp_path):
    """Left-handed axes written as lengths and angles would mirror the crystal."""
    structure = other_cell(iza_structure("STW"), np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]]))
    expected = volume_product(structure)
    assert abs(expected) > 1
    for form in ("gulp", "cssr", "lammps"):
        (path,) = zeo.convert(structure, form).write(tmp_path)
        assert volume_product(read_structure(path)) == pytest.approx(expected, rel=0.05)
    (tmp_path / "p1.cif").write_text(cif_text(structure, "p1"))
    assert volume_product(read_structure(tmp_path / "p1.cif")) == pytest.approx(expected, rel=0.05)


def volume_product(structure: Structure) -> float:
    """A sum over tetrahedra that changes its sign in a mirror: of the three nearest oxygens by distance."""
    total = 0.0
    for si in structure.coords_of("Si"):
        offsets = structure.coords_of("O") - si
        offsets = (offsets - np.round(offsets)) @ structure.lattice
        a, b, c = offsets[np.argsort(np.linalg.norm(offsets, axis=1))[:3]]
        total += float(a @ np.cross(b, c))
    return total


def test_a_cif_has_the_unique_atoms_and_all_of_them_when_asked(tmp_path):
    (tmp_path / "MFI.cif").write_text(cif_text(iza_structure("MFI"), "MFI"))
    assert run(tmp_path / "MFI.cif", "--to", "cif", "--out", tmp_path / "unique").exit_code == 0
    text = (tmp_path / "unique" / "MFI.cif").read_text()
    assert "'P n m a'" in text
    assert sum(line.startswith("Si") for line in text.splitlines()) == 12
    assert run(tmp_path / "MFI.cif", "--to", "cif", "--p1", "--out", tmp_path / "all").exit_code == 0
    text = (tmp_path / "all" / "MFI.cif").read_text()
    assert "'P 1'" in text
    assert sum(line.startswith("Si") for line in text.splitlines()) == 96


@pytest.mark.parametrize("form", SUFFIXES)
def test_other_elements_and_odd_names(form, tmp_path):
    structure = Structure(cell_vectors((5, 6, 7), (80, 95, 100)), ["Al", "P", "O", "H"], np.eye(4, 3) * 0.4)
    (found,) = zeo.convert({"a # name & of two words": structure}, form)
    (path,) = found.write(tmp_path)
    back = read_structure(path)
    assert sorted(back.species) == ["Al", "H", "O", "P"]
    assert back.volume == pytest.approx(structure.volume, rel=1e-3)


def test_a_gulp_input_is_ready_to_run(tmp_path):
    (tmp_path / "SOD.cif").write_text(cif_text(iza_structure("SOD"), "SOD"))
    done = run(tmp_path / "SOD.cif", "--to", "gulp", "--library", "catlow.lib", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    lines = (tmp_path / "SOD.gin").read_text().splitlines()
    assert lines[:4] == ["opti conp", "title 1", "SOD", "cell"]
    assert sum(line.startswith("O  shel 0.") for line in lines) == 24
    assert lines[-5:] == [
        "Si core 4.00000",
        "O core 0.86902",
        "O shel -2.86902",
        "library catlow.lib",
        "dump SOD.grs",
    ]


def test_tilts_are_small_enough_for_lammps(tmp_path):
    structure = other_cell(iza_structure("ABW"), np.array([[1, 0, 0], [3, 1, 0], [-2, 2, 1]]))
    (path,) = zeo.convert(structure, "lammps").write(tmp_path)
    words = [line.split() for line in path.read_text().splitlines()]
    lx, ly = (float(line[1]) for line in words if line[2:] in (["xlo", "xhi"], ["ylo", "yhi"]))
    ((xy, xz, yz),) = [map(float, line[:3]) for line in words if line[3:] == ["xy", "xz", "yz"]] or [
        (0, 0, 0)
    ]
    assert max(abs(xy), abs(xz)) <= lx / 2 + 1e-6
    assert abs(yz) <= ly / 2 + 1e-6


def test_one_bad_file_costs_one_line_and_nothing_is_overwritten(tmp_path):
    (tmp_path / "a.gin").write_text("opti\ncell\n5 5 5 90 90\n")
    (tmp_path / "b.cif").write_text(cif_text(iza_structure("ABW"), "ABW"))
    done = run(tmp_path / "a.gin", tmp_path / "b.cif", "--to", "cssr", "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "a.gin: line 3: 6 numbers are needed, 5 are there" in done.stderr
    first = (tmp_path / "out" / "b.cssr").read_text()
    assert first.count("Si") == 8
    again = run(tmp_path / "b.cif", "--to", "cssr", "--out", tmp_path / "out")
    assert again.exit_code == 1
    assert "exists" in again.stderr
    assert run(tmp_path / "b.cif", "--to", "cssr", "--out", tmp_path / "out", "--force").exit_code == 0


def test_every_structure_of_a_file_is_converted(tmp_path):
    texts = [cif_text(iza_structure(code), code) for code in ("ABW", "SOD")]
    (tmp_path / "two.cif").write_text("".join(texts))
    assert run(tmp_path / "two.cif", "--to", "extxyz", "--out", tmp_path / "out").exit_code == 0
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["two.extxyz", "two_2.extxyz"]


def test_the_help_shows_an_example_of_each_direction():
    text = CliRunner().invoke(main, ["convert", "--help"]).output
    for form in SUFFIXES:
        assert form in text
    assert "zeo convert CHA.res --to cif" in text
