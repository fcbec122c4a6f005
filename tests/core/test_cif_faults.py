"""CIFs that contradict themselves or are damaged: one line each, and never another crystal's numbers."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zeo.cli import main
from zeo.crystal.cif import cif_text, symmetric_cif_text
from zeo.crystal.io import iterate_structures, read_structure
from zeo.crystal.symmetry import crystal_of
from zeo.data.known.relaxed import relaxed_structure
from zeo.errors import InputError

SOD = relaxed_structure("SOD")
OPERATIONS = re.compile(r"loop_\n_space_group_symop_operation_xyz\n(?:'.*'\n)+")


def symmetric(code: str = "SOD") -> str:
    crystal = crystal_of(relaxed_structure(code))
    assert crystal is not None
    return symmetric_cif_text(crystal, code)


def with_operations(text: str, *triplets: str) -> str:
    listed = "".join(f"'{triplet}'\n" for triplet in triplets)
    return OPERATIONS.sub(f"loop_\n_space_group_symop_operation_xyz\n{listed}" if triplets else "", text)


def without(text: str, *tags: str) -> str:
    return "".join(line for line in text.splitlines(True) if not line.startswith(tags))


def counts(path: Path) -> tuple[int, int]:
    structure = read_structure(path)
    return structure.count("Si"), structure.count("O")


def identify(*paths: Path) -> Result:
    return CliRunner().invoke(main, ["identify", *map(str, paths)])


def complaint_of(tmp_path: Path, text: str) -> str:
    path = tmp_path / "a.cif"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_structure(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    return str(caught.value)


FORMULA, NAME, NUMBER = "_chemical_formula_sum", "_space_group_name_H-M_alt", "_space_group_IT_number"


@pytest.mark.parametrize("left_out", [(), (FORMULA,), (NAME,), (NUMBER,), (FORMULA, NUMBER), (NAME, FORMULA)])
def test_the_identity_alone_contradicts_the_name_of_a_group(tmp_path, left_out):
    text = without(with_operations(symmetric(), "x,y,z"), *left_out)
    assert re.search(
        r"lists 1 operation but names the space group .* \(96 operations\)", complaint_of(tmp_path, text)
    )


@pytest.mark.parametrize("triplets", [("x,y,z",), ("x,y,z", "-x,-y,-z")])
@pytest.mark.parametrize("left_out", [(), (FORMULA,)])
def test_the_name_may_be_that_of_all_atoms_that_are_listed(tmp_path, triplets, left_out):
    """Programs keep the name when they list every atom."""
    text = cif_text(SOD, "SOD").replace("'P 1'", "'I m -3 m'").replace("_number             1", "_number 229")
    path = tmp_path / "a.cif"
    path.write_text(without(with_operations(text, *triplets), *left_out))
    assert counts(path) == (12, 24)


@pytest.mark.parametrize("left_out", [(NAME,), (NUMBER,), (NAME, FORMULA), (NUMBER, FORMULA)])
def test_a_name_without_operations_is_used(tmp_path, left_out):
    path = tmp_path / "a.cif"
    path.write_text(without(with_operations(symmetric()), *left_out))
    assert counts(path) == (12, 24)


def test_without_a_word_on_symmetry_the_formula_tells_that_atoms_are_missing(tmp_path):
    text = without(with_operations(symmetric()), NAME, NUMBER)
    assert "the atoms in the cell are O1 Si1, but its formula is O24 Si12" in complaint_of(tmp_path, text)


def test_names_that_contradict_each_other_are_an_error(tmp_path):
    text = with_operations(symmetric()).replace("_number             229", "_number 227")
    assert "it states two space groups, I m -3 m and number 227" in complaint_of(tmp_path, text)


@pytest.mark.parametrize("damage", ["", "'x,y,y'\n", "'x,y,z+0.35'\n", "'x,y'\n"])
def test_damaged_operations_are_an_error(tmp_path, damage):
    text = symmetric().replace("'-x,-y,-z'\n", damage)
    assert re.search("form no group|unreadable symmetry operation", complaint_of(tmp_path, text))


@pytest.mark.parametrize("unit", ["Si O2", "Si12 O24", "O2 Si"])
@pytest.mark.parametrize(
    ("units", "fits"), [("12", True), ("?", True), ("??", True), ("13", False), ("x", False)]
)
def test_units_of_the_formula_are_checked(tmp_path, unit, units, fits):
    text = without(symmetric(), FORMULA) + f"{FORMULA} '{unit}'\n_cell_formula_units_Z {units}\n"
    path = tmp_path / "a.cif"
    path.write_text(text)
    if fits or (units == "13" and unit == "Si12 O24"):
        assert counts(path) == (12, 24)
    else:
        assert "formula" in complaint_of(tmp_path, text)


@pytest.mark.parametrize("formula", ["Si12 O23", "Al1 Si11 O24", "Si12 O24 C4"])
def test_a_formula_of_other_atoms_is_an_error(tmp_path, formula):
    text = without(symmetric(), FORMULA) + f"{FORMULA} '{formula}'\n"
    assert "but its formula is" in complaint_of(tmp_path, text)


def test_hydrogen_may_be_missing_from_the_atoms(tmp_path):
    path = tmp_path / "a.cif"
    path.write_text(without(symmetric(), FORMULA) + f"{FORMULA} 'H3 O24 Si12'\n")
    assert counts(path) == (12, 24)


@pytest.mark.parametrize("tag", ["_cell_length_a", NUMBER, FORMULA])
def test_a_tag_that_says_two_things_is_an_error_where_it_matters(tmp_path, tag):
    assert "is given twice" in complaint_of(tmp_path, symmetric() + f"{tag} 7\n")


def test_a_tag_that_comes_twice_does_not_matter_elsewhere(tmp_path):
    path = tmp_path / "a.cif"
    path.write_text(
        symmetric()
        + "_journal_year 1\n_journal_year 2\n_cell_length_a 8.834005\n".replace(
            "8.834005", re.findall(r"_length_a +(\S+)", symmetric())[0]
        )
    )
    assert counts(path) == (12, 24)


def test_blocks_of_one_name_are_two_structures(tmp_path):
    path = tmp_path / "two.cif"
    path.write_text(symmetric() + symmetric().replace("O1 ", "Zz "))
    path.write_text(symmetric() + cif_text(SOD, "SOD"))
    assert [name for name, found in iterate_structures([path]) if len(found) == 36] == [
        str(path),
        f"{path}#2",
    ]
    result = identify(path)
    assert result.exit_code == 0
    assert result.stdout.count(" SOD ") == 2


def test_a_damaged_block_does_not_cost_the_others(tmp_path):
    path = tmp_path / "two.cif"
    path.write_text(symmetric().replace("0.5000", "0.5x00", 1) + symmetric())
    found = dict(iterate_structures([path]))
    assert isinstance(found[str(path)], InputError)
    assert len(found[f"{path}#2"]) == 36


TOLERANT = "_audit_creation_method Generated by GULP\n"


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_damaged_number_is_an_error_in_the_tolerant_reading_too(tmp_path, data):
    text = (TOLERANT if data.draw(st.booleans()) else "") + cif_text(SOD, "SOD").replace("# ", "")
    numbers = [match.span() for match in re.finditer(r"(?<=\s)\d+\.\d+(?=\s)", text)]
    numbers = [span for span in numbers if "_cell_volume" not in text[: span[0]].rpartition("\n")[2]]
    start, end = data.draw(st.sampled_from(numbers))
    damage = data.draw(
        st.sampled_from(["x", "..", "1,5", "0.1 0.2", "--1", "1e", "0.1(2", "'0.1", "nan", ""])
    )
    complaint_of(tmp_path, text[:start] + damage + text[end:])


ANGLES = ["180", "0", "-90", "5.7296e-06", "179.9999", "1e-3"]


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("which", ["alpha", "beta", "gamma"])
def test_cells_that_no_crystal_has_are_refused(tmp_path, angle, which):
    text = re.sub(rf"(_cell_angle_{which} +)\S+", rf"\g<1>{angle}", cif_text(SOD, "SOD"))
    assert re.search(
        "impossible unit cell|no cell has|implausible cell: .* check the angles", complaint_of(tmp_path, text)
    )


@pytest.mark.parametrize("skew", [1e3, 1e5, 1e7])
def test_skewed_cells_of_the_right_volume_are_refused(tmp_path, skew):
    text = re.sub(r"(_cell_length_c +)\S+", rf"\g<1>{8.83 * skew}", cif_text(SOD, "SOD"))
    text = re.sub(r"(_cell_angle_beta +)\S+", rf"\g<1>{57.296 / skew}", text)
    assert "implausible cell: an edge of" in complaint_of(tmp_path, text)
    result = identify(tmp_path / "a.cif")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1


def test_the_atoms_of_a_supercell_in_one_cell_are_refused(tmp_path):
    """As some programs write them."""
    text = cif_text(SOD, "SOD")
    rows = re.findall(r"^(\S+ +\S+) +(\S+) (\S+) (\S+) 1\.0$", text, re.MULTILINE)
    doubled = [
        f"{label} {x} {(float(y) + j) / 2:.6f} {(float(z) + k) / 2:.6f} 1.0"
        for label, x, y, z in rows
        for j, k in ((0, 0), (0, 1), (1, 0), (1, 1))
    ]
    text = re.sub(r"_cell_volume.*", "_cell_volume 2757.6", without(text, FORMULA))
    text = text[: text.index("_atom_site_occupancy\n") + 21] + "\n".join(doubled) + "\n"
    assert "too close to each other: the edges are not those" in complaint_of(tmp_path, text)


def test_pipes_devices_and_folders_are_no_structure_files(tmp_path):
    os.mkfifo(tmp_path / "pipe.cif")
    (tmp_path / "folder.cif").mkdir()
    (tmp_path / "link.cif").symlink_to("/dev/zero")
    for path in (tmp_path / "pipe.cif", tmp_path / "link.cif", Path("/dev/zero"), Path("/dev/null")):
        result = identify(path)
        assert result.exit_code == 1
        assert result.stderr == f"Error: {path}: not a file\n"
    result = identify(tmp_path)
    assert result.exit_code == 1
    assert "no structure file in this folder" in result.stderr


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "large.cif"
    with path.open("wb") as file:
        file.truncate(3 * 2**30)
    assert "3072 MiB, too large for a structure file" in str(next(iterate_structures([path]))[1])


@pytest.mark.parametrize("ending", ["cif", "res", "xyz", "gin", "cssr", "vasp", "json", "pdb"])
def test_endless_lines_are_no_structure_files(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    path.write_text("data_a\n" + "A" * 200_000 + "\n1 1 1\n")
    with pytest.raises(InputError):
        read_structure(path)
