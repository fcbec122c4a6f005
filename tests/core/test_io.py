"""Structure files: what is read, what is refused and how, and the CIF that is written."""

import contextlib
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zeo.crystal.cif import cif_text
from zeo.crystal.io import iterate_structures, read_structure
from zeo.crystal.structure import Structure, cell_vectors
from zeo.data.known.iza import iza_structure
from zeo.errors import InputError

CELL = """data_test
_cell_length_a 7.16
_cell_length_b 7.16
_cell_length_c 7.16
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
"""
SITES = """loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
"""
ATOM = "Si1 Si 0.1 0.2 0.3\n"

BAD_CIFS = {
    "": "the file is empty",
    "\n\n": "no atoms",
    "hello": "not a valid CIF (line 1",
    CELL + "v\n" + SITES + ATOM: "_cell_angle_gamma: '90 v' is not a number",
    CELL: "no atoms",
    CELL + SITES: "no atoms",
    "data_\0\1\2": "not a valid CIF",
    "data_x\n" + SITES + ATOM: "no unit cell",
    CELL + SITES + "_atom_site_occupancy\nSi1 Si 0.1 0.2 0.3 0.5\n": "site Si1: occupancy 0.5",
    CELL + SITES + "T1 Zz 0.1 0.2 0.3\n": "site T1: unknown element 'Zz'",
    CELL + SITES + "M1 ? 0.1 0.2 0.3\n": "site M1: unknown element 'M1'",
    CELL + SITES + "Si1 Si ? 0.2 0.3\n": "site Si1: no coordinates",
    CELL + SITES + "Si1 Si 0.1 0.2\n": "line 14: 4 values in a row, but 5 columns",
    CELL + SITES + ATOM + "Si2 Si 0.1 0.2 0.31\n": "overlapping atoms: Si 1 and Si 2 are 0.07 angstrom apart",
    CELL + SITES + "Si1 Si 0.1 0.2 0.999\nO1 O 0.1 0.2 0.001\n": "overlapping atoms",
    CELL.replace("7.16", "300") + SITES + ATOM: "implausible cell",
    CELL.replace("7.16", "0.716") + SITES + ATOM: "implausible cell",
    CELL.replace("7.16", "-7.16") + SITES + ATOM: "impossible unit cell",
    CELL.replace(" 90", " 170") + SITES + ATOM: "no cell has the angles",
    CELL + "_symmetry_space_group_name_H-M 'Q 9'\n" + SITES + ATOM: "unknown space group 'Q 9'",
    CELL + "loop_\n_symmetry_equiv_pos_as_xyz\nx,y,q\n" + SITES + ATOM: "unreadable symmetry operation",
}


@pytest.mark.parametrize(("text", "complaint"), BAD_CIFS.items())
def test_a_bad_cif_gives_one_line_that_names_it(tmp_path, text, complaint):
    path = tmp_path / "bad.cif"
    path.write_text(text)
    with pytest.raises(InputError, match=re.escape(complaint)) as caught:
        read_structure(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


BAD_OTHERS = {
    "a.xyz": ("2\nno cell\nSi 0 0 0\nO 1.6 0 0\n", "no unit cell"),
    "b.xyz": ('1\nLattice="5 0 0 0 5 0 0 0 5" pbc="T T F"\nSi 0 0 0\n', "not periodic"),
    "c.xyz": ("hello", "corrupt"),
    "g.xyz": ("99999999999\n\nSi 0 0 0\n", "99999999999 atoms announced in 4 lines"),
    "d.vasp": ("x\n1.0\n5 0 0\n0 5 0\n", "corrupt"),
    "e.unknown": ("junk\njunk\n", "of a kind that zeo does not read; it reads .cif, GULP"),
    "f.json": ("{}", "not a structure of pymatgen's"),
}


@pytest.mark.parametrize("name", BAD_OTHERS)
def test_a_bad_file_of_another_format_gives_one_line_that_names_it(tmp_path, name):
    text, complaint = BAD_OTHERS[name]
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match=complaint) as caught:
        read_structure(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(InputError, match=r"absent\.cif: no such file"):
        read_structure(tmp_path / "absent.cif")
    with pytest.raises(InputError, match="not a file"):
        read_structure(tmp_path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_to_a_cif_escapes_as_another_exception(tmp_path, data):
    text = cif_text(iza_structure("ABW"), "ABW")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 200)))
    junk = data.draw(st.text(max_size=20))
    path = tmp_path / "damaged.cif"
    path.write_text(text[:start] + junk + text[end:], encoding="utf-8", errors="replace")
    with contextlib.suppress(InputError):
        assert len(read_structure(path)) > 0


def test_symmetry_is_expanded_and_special_positions_are_merged(tmp_path):
    path = tmp_path / "cristobalite.cif"
    # ideal beta-cristobalite; the O is written a little off its special position
    atoms = "Si1 Si 0 0 0\nO1 O 0.1251 0.125 0.125\n"
    path.write_text(CELL + "_symmetry_space_group_name_H-M 'F d -3 m :1'\n" + SITES + atoms)
    structure = read_structure(path)
    assert (structure.count("Si"), structure.count("O")) == (8, 16)
    offsets = structure.coords_of("O") * 8
    np.testing.assert_allclose(offsets, np.round(offsets), atol=1e-9)


def test_hydrogen_isotopes_metals_and_single_atoms_are_read_as_they_are(tmp_path):
    path = tmp_path / "others.cif"
    path.write_text(CELL + SITES + "Al1 Al3+ 0.1 0.2 0.3\nD1 D 0.6 0.7 0.8\n")
    assert read_structure(path).species == ("Al", "D")
    path.write_text(CELL + SITES + ATOM)
    assert len(read_structure(path)) == 1


def test_files_that_are_not_utf8_are_read(tmp_path):
    path = tmp_path / "latin.cif"
    path.write_bytes(CELL.encode() + "_publ_author_name 'Mé'\n".encode("latin-1") + (SITES + ATOM).encode())
    assert len(read_structure(path)) == 1


def test_5000_atoms_are_read(tmp_path):
    places = np.stack(np.meshgrid(*[np.arange(18)] * 3), axis=-1).reshape(-1, 3)[:5000] / 18
    path = tmp_path / "large.cif"
    path.write_text(cif_text(Structure(np.eye(3) * 50, ["O"] * 5000, places), "large"))
    assert len(read_structure(path)) == 5000


def test_a_sheared_cell_is_read(tmp_path):
    structure = iza_structure("SOD")
    shear = np.array([[1, 0, 0], [3, 1, 0], [-2, 2, 1]])
    sheared = Structure(
        shear @ structure.lattice, structure.species, structure.frac_coords @ np.linalg.inv(shear)
    )
    path = tmp_path / "sheared.cif"
    path.write_text(cif_text(sheared, "sheared"))
    back = read_structure(path)
    assert back.volume == pytest.approx(structure.volume, rel=1e-5)
    assert back.species == structure.species


def test_other_formats_are_read(tmp_path):
    structure = iza_structure("ABW")
    structure.to_ase().write(tmp_path / "POSCAR")
    structure.to_ase().write(tmp_path / "a.extxyz")
    structure.to_pymatgen().to(filename=str(tmp_path / "a.cssr"))
    for name in ("POSCAR", "a.extxyz", "a.cssr"):
        back = read_structure(tmp_path / name)
        assert (back.count("Si"), back.count("O")) == (8, 16)
        np.testing.assert_allclose(back.lengths, structure.lengths, atol=1e-3)


def test_folders_are_searched_in_order_and_bad_files_do_not_stop_it(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "c.cif").write_text(CELL + SITES + ATOM)
    (tmp_path / "b.cif").write_text("")
    (tmp_path / "a.cif").write_text(CELL + SITES + ATOM + CELL.replace("test", "second") + SITES + ATOM)
    (tmp_path / "notes.txt").write_text("not a structure")
    found = dict(iterate_structures([tmp_path, tmp_path / "absent"]))
    names = [name.removeprefix(f"{tmp_path}/") for name in found]
    assert names == ["a.cif", "a.cif#2", "b.cif", "deep/c.cif", "absent"]
    assert [isinstance(result, InputError) for result in found.values()] == [False, False, True, False, True]


def test_an_empty_folder_is_an_error(tmp_path):
    ((name, error),) = iterate_structures([tmp_path])
    assert name == str(tmp_path)
    assert "no structure file" in str(error)


coordinate = st.floats(-3.0, 3.0)


@given(st.lists(st.tuples(coordinate, coordinate, coordinate), min_size=1, max_size=5))
def test_written_coordinates_lie_in_the_cell_and_are_stable(coords):
    text = cif_text(Structure(cell_vectors((5, 6, 7), (80, 90, 100)), ["O"] * len(coords), coords), "x")
    rows = [line.split() for line in text.splitlines() if re.match(r"O\d", line)]
    written = np.array([[float(x) for x in row[2:5]] for row in rows])
    assert ((written >= 0.0) & (written < 1.0)).all()
    assert "-0.0" not in text
    offsets = written - np.array(coords)
    assert np.abs(offsets - np.round(offsets)).max() < 1e-7


@pytest.mark.parametrize("code", ["ABW", "CHA", "MON", "ETV"])
def test_every_library_opens_the_cif(tmp_path, code):
    import ase.io
    import gemmi
    from pymatgen.core.structure import Structure as PymatgenStructure

    structure = iza_structure(code)
    path = tmp_path / "out.cif"
    path.write_text(cif_text(structure, code, {"_zeo_net_name": "it's new"}, ["a comment", "two\nlines"]))
    back = read_structure(path)
    assert back.species == structure.species
    np.testing.assert_allclose(back.angles, structure.angles, atol=1e-5)
    offsets = back.frac_coords - structure.frac_coords
    np.testing.assert_allclose(offsets, np.round(offsets), atol=1e-8)
    assert len(ase.io.read(path)) == len(structure)
    assert len(PymatgenStructure.from_file(path)) == len(structure)
    block = gemmi.cif.read(str(path)).sole_block()
    assert gemmi.cif.as_string(block.find_value("_zeo_net_name")) == "it's new"
    assert gemmi.make_small_structure_from_block(block).spacegroup.short_name() == "P1"
