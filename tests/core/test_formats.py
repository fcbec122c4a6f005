"""Files of GULP, SHELX, Zeo++, CSSR, PDB and LAMMPS: one crystal in every dialect and setting; bad files."""

import functools
import re
from pathlib import Path

import gemmi
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zeo.cli import main
from zeo.crystal.formats.cssr import cssr_text
from zeo.crystal.formats.gulp import gulp_text
from zeo.crystal.formats.lammps import lammps_text
from zeo.crystal.formats.reading import KINDS
from zeo.crystal.formats.sites import Operations, operations_of
from zeo.crystal.formats.writing import extxyz_text, poscar_text
from zeo.crystal.io import SUFFIXES, iterate_structures, read_structure
from zeo.crystal.structure import Structure
from zeo.crystal.symmetry import crystal_of
from zeo.data.known.iza import iza_structure
from zeo.errors import InputError

TYPES = ("ABW", "CHA", "EDI", "GIS", "MFI", "RTH", "STW", "VFI")


def assert_same_atoms(found: Structure, expected: Structure, tolerance: float = 2e-2) -> None:
    """Every atom of one within ``tolerance`` (angstrom) of one of its element in the other, and as many."""
    np.testing.assert_allclose(found.lengths, expected.lengths, atol=1e-3)
    np.testing.assert_allclose(found.angles, expected.angles, atol=1e-2)
    assert sorted(found.species) == sorted(expected.species)
    for element in set(expected.species):
        offsets = found.coords_of(element)[:, None] - expected.coords_of(element)[None]
        offsets -= np.round(offsets)
        assert np.linalg.norm(offsets @ expected.lattice, axis=2).min(axis=1).max() < tolerance


class Setting:
    """A crystal in one of the settings of its space group: all its atoms, and the unique ones."""

    def __init__(self, code: str, group: gemmi.SpaceGroup) -> None:
        self.group = group
        operations = operations_of(group)
        standard = crystal_of(iza_structure(code)).structure
        change = group.basisop
        candidates = [transformed(standard, op) for op in (change, change.inverse())]
        (self.structure, *_) = [s for s in candidates if is_invariant(s, operations)]
        self.species, self.sites = unique_atoms(self.structure, operations)

    @property
    def is_rhombohedral(self) -> bool:
        return self.group.ext == "R"


def transformed(structure: Structure, op: gemmi.Op) -> Structure:
    """All atoms of the cell after a change of basis of coordinates."""
    seitz = np.array(op.float_seitz())
    rotation, shift = seitz[:3, :3], seitz[:3, 3]
    lattice = (structure.lattice.T @ np.linalg.inv(rotation)).T
    steps = np.stack(np.meshgrid(*[np.arange(-2, 3)] * 3), axis=-1).reshape(-1, 1, 3)
    coords = ((structure.frac_coords + steps) @ rotation.T + shift).reshape(-1, 3)
    species = np.tile(structure.species, len(steps))
    inside = ((coords > -1e-6) & (coords < 1 - 1e-6)).all(axis=1)
    # an atom on a face may be there on both sides, by rounding
    keys = np.round(coords[inside] * 1e4).astype(int) % 10000
    _, first = np.unique(keys, axis=0, return_index=True)
    return Structure(lattice, species[inside][first].tolist(), coords[inside][first])


def is_invariant(structure: Structure, operations: Operations) -> bool:
    if not operations.keep(structure.lattice):
        return False
    for rotation, translation in zip(operations.rotations, operations.translations, strict=True):
        offsets = (structure.frac_coords @ rotation.T + translation)[:, None] - structure.frac_coords[None]
        offsets -= np.round(offsets)
        if np.linalg.norm(offsets @ structure.lattice, axis=2).min(axis=1).max() > 0.05:
            return False
    return True


def unique_atoms(structure: Structure, operations: Operations) -> tuple[list[str], np.ndarray]:
    free = np.ones(len(structure), dtype=bool)
    chosen = []
    while free.any():
        index = int(np.argmax(free))
        chosen.append(index)
        images = operations.rotations @ structure.frac_coords[index] + operations.translations
        offsets = structure.frac_coords[:, None] - images[None]
        offsets -= np.round(offsets)
        free &= np.linalg.norm(offsets @ structure.lattice, axis=2).min(axis=1) > 0.05
    return [structure.species[i] for i in chosen], structure.frac_coords[chosen]


def cell_line(structure: Structure) -> str:
    return " ".join(f"{x:.6f}" for x in (*structure.lengths, *structure.angles))


def atom_lines(setting: Setting, form: str) -> list[str]:
    rows = zip(setting.species, setting.sites.tolist(), strict=True)
    return [form.format(i, element, *site) for i, (element, site) in enumerate(rows, start=1)]


def gulp_dialect(setting: Setting) -> tuple[str, str]:
    lines = ["opti conp", "cell", cell_line(setting.structure), "frac"]
    lines += atom_lines(setting, "{1} core {2:.8f} {3:.8f} {4:.8f}")
    lines += ["space", setting.group.hm.upper()]
    if setting.group.ext == "2":
        lines += ["origin", "2"]
    return "x.gin", "\n".join(lines)


def cssr_dialect(setting: Setting) -> tuple[str, str]:
    a, b, c, *angles = cell_line(setting.structure).split()
    option = 2 if setting.group.ext == "2" else 1
    lines = [f"{'':38}{a} {b} {c}", f"{'':21}{' '.join(angles)}    SPGR ={setting.group.number:3d} "]
    lines[1] += f"{setting.group.hm:11} OPT = {option}"
    lines += [f"{len(setting.species):4d}   0", "    0 a title"]
    return "x.cssr", "\n".join(lines + atom_lines(setting, "{0:4d} {1:4}  {2:.8f} {3:.8f} {4:.8f} 0 0 0"))


def shelx_dialect(setting: Setting) -> tuple[str, str]:
    group = setting.group.operations()
    latt = "PIRFABC".index("P" if setting.is_rhombohedral else setting.group.hm[0]) + 1
    elements = sorted(set(setting.species))
    counts = [setting.structure.count(element) for element in elements]
    lines = ["TITL x in a group", f"CELL 1.54180 {cell_line(setting.structure)}", f"LATT {-latt}"]
    lines += [f"SYMM {op.triplet().upper()}" for op in group.sym_ops[1:]]
    lines += [f"SFAC {' '.join(elements)}", f"UNIT {' '.join(map(str, counts))}", "L.S. 10", "WGHT 0.1 0.2"]
    operations = operations_of(setting.group)
    for element, site in zip(setting.species, setting.sites, strict=True):
        images = operations.rotations @ site + operations.translations - site
        images -= np.round(images)
        stabiliser = (np.linalg.norm(images @ setting.structure.lattice, axis=1) < 0.05).sum()
        share = 10 + 1 / stabiliser
        place = " ".join(f"{x:.8f}" for x in site)
        lines.append(f"{element}1 {elements.index(element) + 1} {place} {share:.5f} 0.05 =\n 0.01 0.02")
    return "x.res", "\n".join([*lines, "HKLF 4", "Q1 1 0 0 0 11 0.05", "END"])


DIALECTS = (gulp_dialect, cssr_dialect, shelx_dialect)


@functools.cache
def groups_of(code: str) -> list[gemmi.SpaceGroup]:
    """The settings of the space group of a type that its number and symbol tell apart."""
    number = crystal_of(iza_structure(code)).number
    return [group for group in gemmi.spacegroup_table() if group.number == number]


@pytest.mark.parametrize("code", TYPES)
def test_every_dialect_in_every_setting_is_the_same_crystal(code, tmp_path):
    for group in groups_of(code):
        setting = Setting(code, group)
        for dialect in DIALECTS:
            name, text = dialect(setting)
            path = tmp_path / name
            path.write_text(text)
            assert_same_atoms(read_structure(path), setting.structure)


def test_a_whole_cell_listed_beside_its_group_is_read_once(tmp_path):
    (group,) = [g for g in groups_of("GIS") if g.ext == "2"]
    setting = Setting("GIS", group)
    setting.species, setting.sites = list(setting.structure.species), setting.structure.frac_coords
    for dialect in (gulp_dialect, cssr_dialect):
        name, text = dialect(setting)
        (tmp_path / name).write_text(text)
        assert len(read_structure(tmp_path / name)) == len(setting.structure)


def v1_text(structure: Structure, name: str) -> str:
    rows = [
        f"v{n}= {x:.9f} {y:.9f} {z:.9f}"
        for n, (x, y, z) in zip("abc", structure.lattice.tolist(), strict=True)
    ]
    atoms = zip(structure.species, structure.cart_coords.tolist(), strict=True)
    lines = ["Unit cell vectors:", *rows, str(len(structure))]
    return "\n".join([*lines, *(f"{e} {x:.9f} {y:.9f} {z:.9f}" for e, (x, y, z) in atoms)])


def cuc_text(structure: Structure, name: str) -> str:
    atoms = zip(structure.species, structure.frac_coords.tolist(), strict=True)
    lines = [f"Processing: {name}", f"Unit_cell: {cell_line(structure)}"]
    return "\n".join([*lines, *(f"{e} {x:.9f} {y:.9f} {z:.9f}" for e, (x, y, z) in atoms)])


def pdb_text(structure: Structure, name: str) -> str:
    a, b, c, *angles = (*structure.lengths, *structure.angles)
    edges = f"{a:9.3f}{b:9.3f}{c:9.3f}" + "".join(f"{x:7.2f}" for x in angles)
    cell = gemmi.UnitCell(*structure.lengths, *structure.angles)
    lines = [f"CRYST1{edges} P 1           1"]
    for serial, (element, site) in enumerate(
        zip(structure.species, structure.frac_coords, strict=True), start=1
    ):
        x, y, z = cell.orthogonalize(gemmi.Fractional(*site)).tolist()
        place = f"{x:8.3f}{y:8.3f}{z:8.3f}"
        lines.append(f"HETATM{serial:5d} {element:<4} UNK A   1    {place}  1.00  0.00          {element:>2}")
    return "\n".join([*lines, "END"])


WHOLE = {
    "x.gin": gulp_text,
    "x.cssr": cssr_text,
    "x.lmp": lammps_text,
    "x.vasp": poscar_text,
    "x.extxyz": extxyz_text,
    "x.v1": v1_text,
    "x.cuc": cuc_text,
    "x.pdb": pdb_text,
}
"""Texts of all atoms of a cell, by a name of the file."""

OURS = ("x.gin", "x.cssr", "x.lmp", "x.v1", "x.cuc")
"""Those that zeo reads itself, line by line."""


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("code", ["CHA", "RTH"])
def test_all_atoms_of_a_cell(code, name, tmp_path):
    structure = iza_structure(code)
    (tmp_path / name).write_text(WHOLE[name](structure, code))
    found = read_structure(tmp_path / name)
    assert sorted(found.species) == sorted(structure.species)
    assert found.framework_density == pytest.approx(structure.framework_density, rel=1e-3)
    np.testing.assert_allclose(bonds(found), bonds(structure), atol=0.02)


def bonds(structure: Structure) -> np.ndarray:
    """All Si-O distances below 2 angstrom, sorted."""
    steps = np.stack(np.meshgrid(*[np.arange(-1, 2)] * 3), axis=-1).reshape(-1, 3)
    si, o = structure.coords_of("Si") % 1.0, structure.coords_of("O") % 1.0
    offsets = si[:, None, None] - o[None, :, None] + steps
    distances = np.linalg.norm(offsets @ structure.lattice, axis=-1).ravel()
    return np.sort(distances[distances < 2.0])


@pytest.mark.parametrize("name", ["x", "CHA.txt", "data.cha", "restart.dat"])
@pytest.mark.parametrize("form", OURS)
def test_files_of_any_name_are_told_by_their_content(form, name, tmp_path):
    (tmp_path / name).write_text(WHOLE[form](iza_structure("ABW"), "ABW"))
    assert read_structure(tmp_path / name).count("Si") == 8


@pytest.mark.parametrize("form", OURS)
def test_line_ends_and_marks_of_other_editors(form, tmp_path):
    text = WHOLE[form](iza_structure("ABW"), "ABW")
    for data in (
        text.replace("\n", "\r\n").encode(),
        text.replace("\n", "\r").encode(),
        b"\xef\xbb\xbf" + text.encode(),
    ):
        (tmp_path / form).write_bytes(data)
        assert len(read_structure(tmp_path / form)) == 24


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=st.sampled_from(OURS), data=st.data())
def test_a_damaged_coordinate_is_an_error_with_its_line(tmp_path, form, data):
    lines = WHOLE[form](iza_structure("ABW"), "ABW").split("\n")
    # coordinates are the numbers with five decimals and more
    places = [i for i, line in enumerate(lines) if len(re.findall(r"-?\d+\.\d{5,}", line)) == 3]
    at = data.draw(st.sampled_from(places))
    which = data.draw(st.integers(0, 2))
    junk = data.draw(
        st.sampled_from(["0.1x", "nan", "inf", "1..2", "0,5", "--1", "1e", "*******", "0x1", "1/0"])
    )
    numbers = list(re.finditer(r"-?\d+\.\d{5,}", lines[at]))
    lines[at] = lines[at][: numbers[which].start()] + junk + lines[at][numbers[which].end() :]
    (tmp_path / form).write_text("\n".join(lines))
    with pytest.raises(InputError, match=rf": line {at + 1}: .*is not a number"):
        read_structure(tmp_path / form)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=st.sampled_from([*WHOLE, "x.res"]), data=st.data())
def test_no_damage_escapes_as_another_exception(tmp_path, form, data):
    text = SHELX if form == "x.res" else WHOLE[form](iza_structure("ABW"), "ABW")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 200)))
    junk = data.draw(st.text(max_size=20) | st.sampled_from(["999999999999", "1e308", "-1", "0 0 0", "\n"]))
    path = tmp_path / form
    path.write_text(text[:start] + junk + text[end:], encoding="utf-8", errors="replace")
    for _, found in iterate_structures([path]):
        assert isinstance(found, InputError) or len(found) > 0
        assert "\n" not in str(found)


GULP = """opti conp
cell
7.16 7.16 7.16 90 90 90
fractional
Si core 0.1 0.2 0.3
"""
SHELX = """TITL one
CELL 0.71073 7.16 7.16 7.16 90 90 90
ZERR 1 0 0 0 0 0 0
LATT -1
SFAC SI O
UNIT 1 1
Si1 1 0.1 0.2 0.3 11.0 0.05
O1 2 0.6 0.7 0.8 11.0 0.05
END
"""
LAMMPS = """title

1 atoms
1 atom types

0 7.16 xlo xhi
0 7.16 ylo yhi
0 7.16 zlo zhi

Masses

1 28.0855

Atoms # charge

1 1 0.0 1.0 2.0 3.0
"""
V1 = "Unit cell vectors:\nva= 7.16 0 0\nvb= 0 7.16 0\nvc= 0 0 7.16\n1\nSi 1 2 3\n"
CUC = "Processing: x\nUnit_cell: 7.16 7.16 7.16 90 90 90\nSi 0.1 0.2 0.3\n"
CSSR = """                                         7.160   7.160   7.160
                       90.000  90.000  90.000    SPGR =  1 P 1         OPT = 1
   1   0
     0 x
   1 Si     0.10000   0.20000   0.30000    0   0   0   0   0   0   0   0   0.000
"""
PDB = """CRYST1    7.160    7.160    7.160  90.00  90.00  90.00 P 1           1
HETATM    1 SI   UNK A   1       1.000   2.000   3.000  1.00  0.00          SI
"""

GOOD = [
    ("a.gin", GULP, 1),
    ("a.gin", GULP.replace("Si core", "SI1"), 1),
    ("a.gin", GULP.replace("0.1 0.2 0.3", "1/3 2/3 0.3D0 4.0 1.0 0.0 1 1 1"), 1),
    ("a.gin", GULP.replace("0.3", "0.3 1 1 0"), 1),
    ("a.gin", GULP.replace("core 0.1", "core &\n0.1").replace("7.16 90", "7.16 & # go on\n90", 1), 1),
    ("a.gin", "# made by hand\n" + GULP + "Si shel 0.1 0.2 0.3\nO c 0.6 0.7 0.8\nO s 0.6 0.7 0.8\n", 2),
    ("a.gin", GULP + "fractional region 2\nO core 0.6 0.7 0.8\nspecies 1\nO core -2\nspring\nO 74.92\n", 2),
    ("a.gin", GULP + "ignore\nfractional\nO core 0.1 0.2 0.3\nerongi\nspace\n1\n", 1),
    ("a.gin", "opti\ntitle\ncell\nend\n" + GULP.partition("\n")[2] + "supercell 2 1 2\n", 4),
    ("a.gin", "opti\ntitle 1\ncell\n" + GULP.partition("\n")[2] + "stop\ncell\njunk\n", 1),
    ("a.gin", GULP.replace("cell\n7.16 7.16 7.16 90 90 90", "vectors\n7.16 0 0\n0 7.16 0\n0 0 7.16"), 1),
    ("a.gin", GULP.replace("cell\n7.16 7.16 7.16", "cell au\n13.53 13.53 13.53"), 1),
    ("a.gin", GULP + "space\nP -1\n", 2),
    ("a.grs", GULP + "spacegroup\n2\n", 2),
    ("a.gin", GULP + "symmetry_operator\n-1 0 0 0\n0 -1 0 0\n0 0 -1 0.5\n", 2),
    ("a.gin", GULP.replace("0.1 0.2 0.3", "0 0 0") + "space\nf d -3 m\n", 8),
    ("a.gin", GULP.replace("0.1 0.2 0.3", "1/8 1/8 1/8") + "space\n227\norigin 2\n", 8),
    ("a.res", GULP, 1),
    ("a.res", SHELX, 2),
    (
        "a.res",
        SHELX.replace("TITL one\n", "TITL one\n  by 2\n").replace("END", "HKLF 4\n\nREM R1 0.01\nEND"),
        2,
    ),
    (
        "a.res",
        SHELX.replace("Si1 1", "SADI_1 Si O\nAFIX 0\nSi1 1").replace("END", "Q1 1 0 0 0 11.0 0.05\n"),
        2,
    ),
    ("a.ins", SHELX.replace("LATT -1\n", "").replace("UNIT 1 1", "UNIT 2 2"), 4),
    ("a.res", SHELX.replace("LATT -1", "LATT -7\nSYMM -X, -Y, 0.5+Z").replace("UNIT 1 1", "UNIT 4 4"), 8),
    ("a.res", SHELX.replace("0.1 0.2 0.3", "10.1 10.2 =\n 10.3"), 2),
    ("a.res", SHELX.replace("SFAC SI O", "SFAC SI 1.0 2.0 3.0\nSFAC O"), 2),
    ("a.res", SHELX.replace("UNIT 1 1\n", "").replace(" 11.0 0.05", " 1.0"), 2),
    ("a.lmp", LAMMPS, 1),
    ("a.lmp", LAMMPS.replace(" # charge", ""), 1),
    ("a.lmp", LAMMPS.replace("# charge", "# full").replace("1 1 0.0", "1 7 1 0.0"), 1),
    ("a.lmp", LAMMPS.replace("# charge", "# atomic").replace("1 1 0.0", "1 1"), 1),
    ("a.lmp", LAMMPS.replace("3.0\n", "3.0 1 0 -2\n") + "\nVelocities\n\n1 0 0 0\n", 1),
    ("a.lmp", LAMMPS.replace("zlo zhi", "zlo zhi\n0.5 -0.5 0.2 xy xz yz"), 1),
    ("a.lmp", LAMMPS.replace("28.0855", "28.1 # Si core"), 1),
    (
        "a.lmp",
        LAMMPS.replace("Masses\n\n1", "Atom Type Labels\n\n1 Si\n\nMasses\n\nSi").replace(
            "1 1 0.0", "1 Si 0.0"
        ),
        1,
    ),
    ("a.v1", V1, 1),
    ("a.v1", V1.replace("va= ", "va=").replace("Si 1 2 3", "Si 1e0 2 3 0.5"), 1),
    ("a.cuc", CUC, 1),
    ("a.cssr", CSSR, 1),
    ("a.cssr", CSSR.replace("     0 x\n", "\n"), 1),
    ("a.cssr", CSSR.replace("   1   0", "****   0"), 1),
    ("a.cssr", CSSR.replace("P 1  ", "(unknown)"), 1),
    ("a.cssr", CSSR.replace("  1 P 1  ", "  2 P -1"), 2),
    ("a.cssr", CSSR.replace("   1   0", "   1   1").replace("0.10000", "1.10000"), 1),
    ("a.pdb", PDB, 1),
    ("a.pdb", PDB.replace("P 1 ", "P -1"), 2),
]


@pytest.mark.parametrize(("name", "text", "atoms"), GOOD)
def test_what_a_file_says_is_used(name, text, atoms, tmp_path):
    (tmp_path / name).write_text(text)
    assert len(read_structure(tmp_path / name)) == atoms


BAD = [
    ("a.gin", GULP.replace("7.16 90 90 90", "7.16 90 90"), "line 3: 6 numbers are needed, 5 are there"),
    ("a.gin", GULP.replace("90 90 90", "90 90 190"), "line 3: no cell is 7.16 7.16 7.16 90 90 190"),
    ("a.gin", GULP.replace("cell\n7.16 7.16 7.16 90 90 90\n", ""), "line 2: fractional before any cell"),
    ("a.gin", "opti\n", "no cell"),
    ("a.gin", GULP.replace("Si core 0.1 0.2 0.3\n", ""), "no atoms"),
    ("a.gin", GULP.replace("Si core", "Ow core"), "line 5: 'Ow' is not an element"),
    ("a.gin", GULP.replace("Si core", "T1"), "line 5: 'T1' is not an element"),
    ("a.gin", GULP.replace("0.3", "0.3 4.0 0.5 0.0"), "line 5: occupancy 0.5; zeo needs fully occupied"),
    ("a.gin", GULP + "space\nQ 9\n", "line 6: unknown space group 'Q 9'"),
    ("a.gin", GULP + "space\n231\n", "line 6: unknown space group '231'"),
    ("a.gin", GULP + "space\nP 6\n", "line 6: space group P 6 does not fit the cell"),
    ("a.gin", GULP + "space\n", "line 6: the file ends in the middle of an option"),
    ("a.gin", GULP + "origin 0.25 0 0\n", "only 'origin 1' and 'origin 2' are read"),
    ("a.gin", GULP + "symmetry_operator\n2 0 0 0\n0 1 0 0\n0 0 1 0\n", "no symmetry operation"),
    ("a.gin", GULP + "supercell 0 1 1\n", "line 6: a supercell has 1 to 1000 cells"),
    ("a.gin", GULP.replace("cell\n", "scell\n").replace("frac", "sfrac"), "a surface or a polymer"),
    ("a.gin", GULP + "Si core 0.1 0.2 0.3\n", "overlapping atoms"),
    ("a.res", "hello\n", "a .res file, but not of SHELX or GULP"),
    ("a.ins", SHELX.replace("SFAC SI O\n", ""), "a SHELX file without SFAC"),
    ("a.res", SHELX.replace("UNIT 1 1", "UNIT 1 2"), "the atoms are O1 Si1, but the file says O2 Si1"),
    ("a.res", SHELX.replace("LATT -1", "LATT 9"), "line 4: there is no lattice type 9"),
    ("a.res", SHELX.replace("LATT -1", "LATT -1\nSYMM X,Y,Q"), "line 5: unreadable symmetry operation"),
    ("a.res", SHELX.replace("0.3 11.0", "0.3 10.5"), "line 7: occupancy 0.5"),
    ("a.res", SHELX.replace("0.3 11.0", "0.3 21.0"), "line 7: 21 stands for a free variable"),
    ("a.res", SHELX.replace("Si1 1", "Si1 3"), "line 7: element 3 of 2 in SFAC"),
    ("a.res", SHELX.replace("Si1 1 0.1", "Si1 1 0.l"), "line 7: '0.l' is not a number"),
    (
        "a.lmp",
        LAMMPS.replace("28.0855", "58.8"),
        "line 12: the mass 58.8 is of Co or Ni: name it in a comment",
    ),
    ("a.lmp", LAMMPS.replace("28.0855", "33.0"), "line 12: the mass 33 is of no element"),
    ("a.lmp", LAMMPS.replace("28.0855", "28.0855 # Al"), "line 12: 28.0855 is not the mass of Al"),
    ("a.lmp", LAMMPS.replace("Masses\n\n1 28.0855\n", ""), "no section Masses"),
    ("a.lmp", LAMMPS.replace("1 1 0.0", "1 2 0.0"), "line 16: atom type '2' has no mass"),
    ("a.lmp", LAMMPS.replace("1 atoms", "2 atoms"), "2 atoms announced, 1 listed"),
    ("a.lmp", LAMMPS.replace("0 7.16 ylo yhi\n", ""), "ylo yhi is missing"),
    ("a.lmp", LAMMPS.replace("7.16 ylo", "-7.16 ylo"), "line 7: the box has no length along y"),
    ("a.lmp", LAMMPS.replace("# charge", "# dipole"), "atom style 'dipole' is not read"),
    ("a.lmp", LAMMPS.replace(" # charge", "").replace("1 1 0.0", "1 1 1"), "the atom style is not clear"),
    ("a.v1", V1.replace("\n1\n", "\n2\n"), "line 5: 2 atoms announced, 1 listed"),
    ("a.v1", V1.replace("vb=", "vc="), "line 3: vb= is expected"),
    ("a.v1", V1.replace("vb= 0", "vb= 7").replace("7.16 0\nvc", "0 0\nvc"), "no volume"),
    ("a.v1", V1.replace("Si", "0"), "line 6: '0' is not an element"),
    ("a.v1", "Unit cell vectors:\n", "a .v1 file begins with"),
    ("a.cuc", "Si 0 0 0\n", "has a line 'Unit_cell: a b c alpha beta gamma'"),
    ("a.cuc", CUC.replace("90\n", "0\n"), "line 2: no cell is"),
    ("a.cssr", CSSR.replace("   1   0", "   3   0"), "line 3: 3 atoms announced, 2 lines after it"),
    ("a.cssr", CSSR.replace("  1 P 1 ", "999 X 9 "), "line 2: unknown space group '999'"),
    (
        "a.cssr",
        CSSR.replace("  1 P 1  ", "  3 P -1 "),
        "line 2: space group 3 is not P -1, which has number 2",
    ),
    ("a.cssr", CSSR.replace("  1 P 1   ", "168 P 6   "), "line 2: space group P 6 does not fit the cell"),
    ("a.pdb", PDB.replace("P 1 ", "P 6 "), "space group P 6 does not fit the cell"),
    ("a.pdb", PDB.replace("  1.00  0.00", "  0.50  0.00"), "occupancy 0.5"),
    ("a.pdb", PDB.replace("CRYST1", "REMARK"), "no unit cell"),
    (
        "POSCAR",
        "zeolite\n1.0\n5 0 0\n0 5 0\n0 0 5\n1 2\nDirect\n0 0 0\n.3 .3 .3\n.6 .6 .6\n",
        "names no elements",
    ),
    ("a.extxyz", "\n", "no structure|corrupt"),
    ("properties.pickle", "whatever", "a pickle, which is never opened"),
    (
        "a.unknown",
        "whatever\n",
        "of a kind that zeo does not read; it reads .cif, GULP (.gin .grs .res), SHELX",
    ),
]


@pytest.mark.parametrize(("name", "text", "complaint"), BAD)
def test_what_cannot_be_used_is_said_in_one_line(name, text, complaint, tmp_path):
    (tmp_path / name).write_text(text)
    expected = complaint if name == "a.extxyz" else re.escape(complaint)
    with pytest.raises(InputError, match=expected) as caught:
        read_structure(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400 + len(str(tmp_path))


def test_every_structure_of_a_file_is_read(tmp_path):
    second = GULP.partition("\n")[2].replace("Si", "O")
    (tmp_path / "two.gin").write_text(GULP + "name second\n" + second)
    found = dict(iterate_structures([tmp_path / "two.gin"]))
    assert [structure.formula for structure in found.values()] == ["Si1", "O1"]
    assert [name.rpartition("gin")[2] for name in found] == ["", "#2"]


def test_folders_are_searched_for_them(tmp_path):
    for name in (*WHOLE, "x.grs", "x.res"):
        text = {"x.grs": GULP, "x.res": SHELX}.get(name) or WHOLE[name](iza_structure("ABW"), "ABW")
        (tmp_path / name).write_text(text)
    found = dict(iterate_structures([tmp_path]))
    assert len(found) == len(WHOLE) + 2
    assert not [structure for structure in found.values() if isinstance(structure, InputError)]


def test_lines_too_long_for_a_structure_file_are_refused_at_once(tmp_path):
    (tmp_path / "a.res").write_text(SHELX.replace("TITL one", "TITL " + "A" * 100_000))
    with pytest.raises(InputError, match="line 1 has 100005 characters: not a structure file"):
        read_structure(tmp_path / "a.res")


def test_the_documentation_lists_what_is_read():
    table = (Path(__file__).parents[2] / "docs" / "formats.md").read_text()
    assert [
        suffix for suffix in (*SUFFIXES, ".ins", ".bov", ".grid", ".npz") if f"`{suffix}`" not in table
    ] == []
    assert [
        suffix for suffix in SUFFIXES if suffix not in (*KINDS.split(), *re.findall(r"\.[\w-]+", KINDS))
    ] == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--to", "poscar", "--p1"), "p1 is for cif, not for poscar"),
        (("--to", "cif", "--library", "catlow.lib"), "library is for gulp, not for cif"),
    ],
)
def test_an_option_of_another_format_is_refused(
    words: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["convert", "SOD", *words])
    assert done.exit_code == 1
    assert message in done.output
    assert not list(tmp_path.iterdir())
