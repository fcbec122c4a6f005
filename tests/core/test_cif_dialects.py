"""One crystal in every setting of its group, in every dialect of CIF, reads back as the same crystal."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import gemmi
import numpy as np
import pytest
import spglib
from attrs import evolve, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import zeo
from zeo.crystal.io import read_structure
from zeo.crystal.net import Net
from zeo.crystal.structure import Structure
from zeo.crystal.symmetry import orbit
from zeo.data.known.relaxed import relaxed_structure
from zeo_cleanup.key import topology_of

CODES = ("cristobalite", "SOD", "CHA", "ABW", "BRE", "DAC", "JSN", "PWO", "PWW", "GIS", "UOZ", "ATV")
"""Fd-3m, Im-3m, R-3m, Imma, P21/m, C2/m, P2/c, P21/c, C2/c, I41/amd, P4/nnc, Cmme: two origins, two kinds of
axes, all monoclinic and orthorhombic settings."""

TOLERANCE = 0.05

# spglib 2 speaks of its next version in every call
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@frozen(eq=False)
class Written:
    """A crystal as a file of one setting has it.

    Args:
        name: of the block.
        lattice: [3, 3].
        species: of the unique sites.
        sites: [m, 3].
        triplets: all operations.
        symbol: Hermann-Mauguin, with the qualifier of the setting where there are several.
        hall: symbol.
        number: of the group.
        is_standard: whether the number alone tells the setting.
    """

    name: str
    lattice: NDArray[np.float64]
    species: list[str]
    sites: NDArray[np.float64]
    triplets: list[str]
    symbol: str
    hall: str
    number: int
    is_standard: bool

    def whole(self) -> tuple[list[str], NDArray[np.float64]]:
        """All atoms of the cell."""
        seitz = np.array([gemmi.Op(triplet).float_seitz() for triplet in self.triplets])
        orbits = [orbit(site, seitz[:, :3, :3], seitz[:, :3, 3], self.lattice, 0.2) for site in self.sites]
        species = [element for element, images in zip(self.species, orbits, strict=True) for _ in images]
        return species, np.concatenate(orbits)

    def cell(self, form: str = ".6f") -> list[str]:
        structure = Structure(self.lattice, ["O"], [[0, 0, 0]])
        tags = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
        values = (*structure.lengths, *structure.angles)
        return [f"_cell_{tag:<20} {value:{form}}" for tag, value in zip(tags, values, strict=True)]

    def formula(self) -> str:
        species, _ = self.whole()
        return " ".join(f"{element}{species.count(element)}" for element in ("O", "Si"))


@cache
def crystal(code: str) -> Structure:
    if code == "cristobalite":
        cell = gemmi.find_spacegroup_by_name("F d -3 m:1").operations()
        seitz = np.array([operation.float_seitz() for operation in cell])
        lattice = 7.16 * np.eye(3)
        of = [
            orbit(np.array(x), seitz[:, :3, :3], seitz[:, :3, 3], lattice, 0.2)
            for x in ([0] * 3, [0.125] * 3)
        ]
        return Structure(lattice, ["Si"] * 8 + ["O"] * 16, np.concatenate(of))
    return relaxed_structure(code)


@cache
def key_of(code: str) -> str:
    return topology_of(Net.from_structure(crystal(code))).key


@cache
def group_numbers() -> dict[int, int]:
    """The number of the group of each setting, as spglib numbers them."""
    return {one: spglib.get_spacegroup_type(one).number for one in range(1, 531)}


def hall_numbers(code: str) -> list[int]:
    number = dataset(code, 0).number
    return [setting for setting, group in group_numbers().items() if group == number]


@cache
def dataset(code: str, hall_number: int) -> spglib.SpglibDataset:
    structure = crystal(code)
    numbers = [1 + (element == "Si") for element in structure.species]
    cell = (structure.lattice, structure.frac_coords, numbers)
    return spglib.get_symmetry_dataset(cell, TOLERANCE, hall_number=hall_number)


@cache
def in_setting(code: str, hall_number: int) -> Written:
    found = dataset(code, hall_number)
    operations = spglib.get_symmetry_from_database(hall_number)
    triplets = triplets_of(operations["rotations"], operations["translations"])
    group = gemmi.find_spacegroup_by_ops(gemmi.GroupOps([gemmi.Op(triplet) for triplet in triplets]))
    assert group.number == found.number
    is_standard = group.hm == gemmi.find_spacegroup_by_number(group.number).hm
    species = ["O" if number == 1 else "Si" for number in found.std_types]
    lattice, names = found.std_lattice, (group.xhm(), group.hall, group.number, is_standard)
    return unique(Written(code, lattice, species, found.std_positions, triplets, *names))


def triplets_of(rotations: NDArray[np.int64], translations: NDArray[np.float64]) -> list[str]:
    triplets = []
    for rotation, translation in zip(rotations, translations, strict=True):
        operation = gemmi.Op()
        operation.rot = (rotation * gemmi.Op.DEN).tolist()
        operation.tran = [round(shift * gemmi.Op.DEN) % gemmi.Op.DEN for shift in translation]
        triplets.append(operation.triplet())
    return triplets


@cache
def primitive(code: str) -> Written:
    """The primitive cell with its own operations, a setting that is in no table."""
    lattice, places, numbers = spglib.find_primitive(standard_cell(dataset(code, 0)), TOLERANCE)
    found = spglib.get_symmetry_dataset((lattice, places, numbers), TOLERANCE)
    group = gemmi.find_spacegroup_by_number(found.number)
    species = ["O" if number == 1 else "Si" for number in numbers]
    triplets = triplets_of(found.rotations, found.translations)
    return unique(Written(code, lattice, species, places, triplets, group.hm, "?", group.number, False))


def standard_cell(found: spglib.SpglibDataset) -> tuple[Any, Any, Any]:
    return found.std_lattice, found.std_positions, found.std_types


def unique(all_atoms: Written) -> Written:
    """The same with one site of each orbit."""
    seitz = np.array([gemmi.Op(triplet).float_seitz() for triplet in all_atoms.triplets])
    species, sites = [], []
    free = np.ones(len(all_atoms.sites), dtype=bool)
    while free.any():
        first = int(np.argmax(free))
        images = seitz[:, :3, :3] @ all_atoms.sites[first] + seitz[:, :3, 3]
        offsets = all_atoms.sites[:, None] - images[None]
        offsets -= np.round(offsets)
        members = (np.linalg.norm(offsets @ all_atoms.lattice, axis=2) < TOLERANCE).any(axis=1)
        assert members[first]
        free &= ~members
        species.append(all_atoms.species[first])
        sites.append(all_atoms.sites[first])
    return evolve(all_atoms, species=species, sites=np.array(sites))


def atoms(species: list[str], sites: NDArray[np.float64], row: str, *tags: str) -> list[str]:
    rows = [
        row.format(e=element, i=index, x=x, y=y, z=z)
        for index, (element, (x, y, z)) in enumerate(zip(species, sites.tolist(), strict=True), start=1)
    ]
    return ["loop_", *(f"_atom_site_{tag}" for tag in tags), *rows]


FRACT = ("fract_x", "fract_y", "fract_z")


def gulp(crystal: Written) -> list[str]:
    return [
        f"data_{crystal.name}_posit_00.00GPa",
        "_audit_creation_method             Generated by GULP",
        "_audit_author_name                 A. N. Author",
        "_symmetry_cell_setting             trigonal system",
        "_symmetry_space_group_name_H-M     'P 1             '",
        "_symmetry_Int_Tables_number        1",
        "",
        "loop_",
        "_symmetry_equiv_pos_site_id",
        "_symmetry_equiv_pos_as_xyz",
        *crystal.cell(),
        "",
        *atoms(
            *crystal.whole(),
            "  {e:<6} {e:<6} {x:.15f} {y:.15f} {z:.15f}  0.0000",
            *("label", "type_symbol", *FRACT, "charge"),
        ),
    ]


def raspa(crystal: Written) -> list[str]:
    return [
        "data_zeolite",
        "_audit_creation_method RASPA-1.0",
        "_audit_author_name ''",
        *crystal.cell(),
        "_cell_volume      41690.3",  # of the supercell of the simulation
        "_symmetry_cell_setting          triclinic",
        "_symmetry_space_group_name_Hall 'P 1'",
        "_symmetry_space_group_name_H-M  'P 1'",
        "_symmetry_Int_Tables_number     1",
        "_symmetry_equiv_pos_as_xyz 'x,y,z'",
        *atoms(
            *crystal.whole(),
            "{e}  {e}  {x:.12f} {y:.12f} {z:.12f}  0   ",
            *("label", "type_symbol", *FRACT, "charge"),
        ),
    ]


def topos(crystal: Written) -> list[str]:
    triplets = (f"{index} {triplet}" for index, triplet in enumerate(crystal.triplets, start=1))
    labels = ["T" if element == "Si" else element for element in crystal.species]
    return [
        f"data_{crystal.name} ideal net",
        "_cell_measurement_temperature room temperature",
        "_journal_name_full J. Appl. Cryst.",
        "_journal_name_full J. Appl. Cryst.",
        *crystal.cell(),
        f"_symmetry_space_group_name_H-M {crystal.symbol}",
        "loop_",
        "_space_group_symop_id",
        "_space_group_symop_operation_xyz",
        *triplets,
        *atoms(labels, crystal.sites, "{e}{i} {x:.6f} {y:.6f} {z:.6f}", "label", *FRACT),
    ]


def materials_studio(crystal: Written) -> list[str]:
    return [
        "data_zeolite",
        "_audit_creation_date              2021-05-05",
        "_audit_creation_method            'Materials Studio'",
        f"_symmetry_space_group_name_H-M    '{crystal.symbol.replace(' ', '').split(':')[0].upper()}'",
        f"_symmetry_Int_Tables_number       {crystal.number}",
        "loop_",
        "_symmetry_equiv_pos_as_xyz",
        *(f"  {triplet}" for triplet in crystal.triplets),
        *crystal.cell(".4f"),
        *atoms(
            crystal.species,
            crystal.sites,
            "{e}{i}     {e}     {x:.5f}   {y:.5f}   {z:.5f}   0.00000  Uiso   1.00",
            *("label", "type_symbol", *FRACT, "U_iso_or_equiv", "adp_type", "occupancy"),
        ),
        "loop_",
        "_geom_bond_atom_site_label_1",
        "_geom_bond_distance",
        "_geom_bond_site_symmetry_2",
        "Si1 1.600 ?",
    ]


def vesta(crystal: Written) -> list[str]:
    return [
        "#" + "=" * 70,
        "# CRYSTAL DATA",
        "data_VESTA_phase_1",
        f"_chemical_name_common   '{crystal.name}'",
        *crystal.cell(),
        f"_space_group_name_H-M_alt    '{crystal.symbol.split(':')[0]}'",
        f"_space_group_IT_number       {crystal.number}",
        "loop_",
        "_space_group_symop_operation_xyz",
        *(f"   '{triplet.replace(',', ', ')}'" for triplet in crystal.triplets),
        *atoms(
            crystal.species,
            crystal.sites,
            "  {e}{i}  1.0  {x:.6f}  {y:.6f}  {z:.6f}  Uiso  0.012665 {e}",
            *("label", "occupancy", *FRACT, "adp_type", "U_iso_or_equiv", "type_symbol"),
        ),
    ]


def shelx(crystal: Written) -> list[str]:
    return [
        "data_sod",
        "_audit_creation_method            SHELXL-97",
        "_chemical_name_systematic",
        ";",
        " ?",
        ";",
        f"_chemical_formula_sum   '{crystal.formula()}'",
        f"_symmetry_space_group_name_H-M    '{crystal.symbol.split(':')[0]}'",
        "loop_",
        "    _symmetry_equiv_pos_as_xyz",
        *(f"    '{triplet.upper()}'" for triplet in crystal.triplets),
        *(f"{line}(2)" for line in crystal.cell(".5f")),
        "_cell_formula_units_Z             1",
        "loop_",
        "    _atom_type_symbol",
        "    _atom_type_description",
        "    O O",
        "    Si Si",
        *atoms(
            crystal.species,
            crystal.sites,
            "    {e}{i} {e} {x:.6f}(11) {y:.6f}(11) {z:.6f}(11) 0.0100(2) Uani 1 1 d S",
            *("label", "type_symbol", *FRACT, "U_iso_or_equiv", "adp_type", "occupancy"),
            *("symmetry_multiplicity", "calc_flag", "refinement_flags"),
        ),
        "loop_",
        "    _atom_site_aniso_label",
        "    _atom_site_aniso_U_11",
        "    O1 0.01",
        "data_sod",
        "_refine_ls_R_factor_gt 0.05",
    ]


def ddlm(crystal: Written) -> list[str]:
    lines = [line.replace("_cell_", "_cell.") for line in crystal.cell()]
    sites = atoms(crystal.species, crystal.sites, "{e}4+ {x:.6f} {y:.6f} {z:.6f}", "type_symbol", *FRACT)
    return [
        "data_new",
        *lines,
        f"_space_group.name_Hall '{crystal.hall}'",
        f"_space_group.IT_number {crystal.number}",
        *(line.replace("_atom_site_", "_atom_site.") for line in sites),
    ]


def by_symbol(crystal: Written) -> list[str]:
    symbol, _, qualifier = crystal.symbol.partition(":")
    told = {"1": " S", "2": " Z", "H": " H", "R": ":R", "": ""}.get(qualifier, f":{qualifier}")
    return [
        *crystal.cell(),
        f"_symmetry_space_group_name_H-M  {symbol}{told}",
        *atoms(crystal.species, crystal.sites, "{e} {x:.6f} {y:.6f} {z:.6f}", "type_symbol", *FRACT),
    ]


def by_symbol_and_formula(crystal: Written) -> list[str]:
    """The origin is not told; the formula tells it."""
    return [
        "data_iza",
        *crystal.cell(),
        f"_chemical_formula_sum  '{crystal.formula()}'",
        f"_symmetry_space_group_name_H-M  '{crystal.symbol.split(':')[0]}'",
        *atoms(crystal.species, crystal.sites, "{e} {x:.6f} {y:.6f} {z:.6f}", "type_symbol", *FRACT),
    ]


def by_number(crystal: Written) -> list[str]:
    return [
        "data_number",
        *crystal.cell(),
        f"_space_group_IT_number {crystal.number}",
        f"_space_group_IT_coordinate_system_code {crystal.symbol.partition(':')[2] or '?'}",
        *atoms(crystal.species, crystal.sites, "{e} {x:.6f} {y:.6f} {z:.6f}", "type_symbol", *FRACT),
    ]


def stale_symbol(crystal: Written) -> list[str]:
    """All atoms of the cell, and the symbol of before."""
    return [
        "data_supercell",
        *crystal.cell(),
        f"_symmetry_space_group_name_H-M '{crystal.symbol}'",
        f"_symmetry_Int_Tables_number {crystal.number}",
        "loop_",
        "_symmetry_equiv_pos_as_xyz",
        "x,y,z",
        *atoms(*crystal.whole(), "{e} {x:.6f} {y:.6f} {z:.6f}", "type_symbol", *FRACT),
    ]


Dialect = Callable[[Written], list[str]]

WITH_OPERATIONS: list[Dialect] = [gulp, raspa, topos, materials_studio, vesta, shelx]
DIALECTS: list[Dialect] = [*WITH_OPERATIONS, stale_symbol, ddlm, by_symbol, by_symbol_and_formula]

ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "utf-8": str.encode,
    "byte order mark": lambda text: text.encode("utf-8-sig"),
    "utf-16": lambda text: text.encode("utf-16"),
    "windows": lambda text: f"{text}_x 'Löwenstein'\n".replace("\n", "\r\n").encode("cp1252"),
    "mac": lambda text: text.replace("\n", "\r").encode(),
    "blocks": lambda text: (text + "data_global\n_publ_contact_author ?\n").encode(),
}


def check_read(path: Path, written: Written) -> Structure:
    found = read_structure(path)
    expected = crystal(written.name)
    assert found.framework_density == pytest.approx(expected.framework_density, rel=2e-4)
    assert topology_of(Net.from_structure(found)).key == key_of(written.name)
    return found


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_every_setting_in_every_dialect_is_the_same_crystal(tmp_path: Path, data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(CODES))
    written = in_setting(code, data.draw(st.sampled_from(hall_numbers(code))))
    dialects = [*DIALECTS, by_number] if written.is_standard else DIALECTS
    dialect = data.draw(st.sampled_from(dialects))
    encoding = data.draw(st.sampled_from(sorted(ENCODINGS)))
    path = tmp_path / "crystal.cif"
    path.write_bytes(ENCODINGS[encoding]("\n".join(dialect(written)) + "\n"))
    check_read(path, written)


@pytest.mark.parametrize("code", ["cristobalite", "SOD", "CHA", "PWW", "GIS", "ATV"])
def test_a_primitive_cell_with_its_own_operations_is_the_same_crystal(tmp_path: Path, code: str) -> None:
    written = primitive(code)
    for dialect in WITH_OPERATIONS:
        (tmp_path / "crystal.cif").write_text("\n".join(dialect(written)) + "\n")
        check_read(tmp_path / "crystal.cif", written)


@pytest.mark.parametrize("code", ["SOD", "ABW", "CHA"])
def test_uptake_does_not_depend_on_setting_and_dialect(tmp_path: Path, code: str) -> None:
    choose = random.Random(code)
    halls = [choose.choice(hall_numbers(code)) for _ in range(2)]
    structures = []
    for hall_number in halls:
        written = in_setting(code, hall_number)
        (tmp_path / "crystal.cif").write_text("\n".join(choose.choice(DIALECTS)(written)) + "\n")
        structures.append(check_read(tmp_path / "crystal.cif", written))
    expected = henry_constant(crystal(code))
    assert [henry_constant(one) for one in structures] == pytest.approx([expected] * 2, rel=0.01)


def henry_constant(structure: Structure) -> float:
    """Of methane, on points 0.1 angstrom apart."""
    n = int(np.ceil(10 * structure.lengths.max()))
    return zeo.probe(structure, "methane", grid_size=n)["methane.kh"].value
