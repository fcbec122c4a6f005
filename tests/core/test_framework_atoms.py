"""T atoms of any element, and what is in the pores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from zeo.crystal.framework_atoms import ALWAYS_T, T_ELEMENTS
from zeo.crystal.net import Net, NotFourConnectedError
from zeo.crystal.structure import Structure
from zeo.data.known.relaxed import relaxed_structure
from zeo_cleanup.key import topology_of


def with_t_atoms(structure: Structure, elements: list[str]) -> Structure:
    """The same framework with other T atoms, in turn."""
    t = iter(elements * len(structure))
    return Structure(
        structure.lattice,
        [next(t) if element == "Si" else element for element in structure.species],
        structure.frac_coords,
    )


def with_guests(structure: Structure, *guests: tuple[str, list[float] | NDArray[np.float64]]) -> Structure:
    """The same crystal and further atoms at fractional coordinates."""
    species = [*structure.species, *(element for element, _ in guests)]
    return Structure(structure.lattice, species, [*structure.frac_coords, *(place for _, place in guests)])


def key_of(structure: Structure) -> str:
    return topology_of(Net.from_structure(structure)).key


def near(structure: Structure, atom: int, toward: list[float], distance: float) -> NDArray[np.float64]:
    """A place at some angstrom from an atom, on the way to another place."""
    way = (np.array(toward) - structure.frac_coords[atom]) @ structure.lattice
    step = distance * way / np.linalg.norm(way)
    return structure.frac_coords[atom] + step @ np.linalg.inv(structure.lattice)


SODALITE = relaxed_structure("SOD")
CAGE = [0.5, 0.5, 0.5]
"""The centre of a cage of SOD, and the atoms nearest to it are oxygen."""


@settings(max_examples=60, deadline=None)
@given(
    code=st.sampled_from(["SOD", "CHA", "LTA", "AFI", "TON"]),
    elements=st.lists(st.sampled_from(sorted(T_ELEMENTS)), min_size=1, max_size=5),
)
def test_the_net_does_not_depend_on_the_elements_of_the_t_atoms(code: str, elements: list[str]) -> None:
    silica = relaxed_structure(code)
    other = with_t_atoms(silica, elements)
    assert key_of(other) == key_of(silica)
    assert len(other.framework.t) == silica.count("Si")
    assert other.framework_density == pytest.approx(silica.framework_density)
    assert other.framework.others == ()


@pytest.mark.parametrize("cation", ["Na", "K", "Ca", "Li", "Mg", "Zn", "Cu", "Fe", "Co", "Ni", "Ti"])
@pytest.mark.parametrize("place", [CAGE, [0.25, 0.25, 0.25]])  # of a cage, and of a six-ring
def test_cations_are_named_and_no_part_of_the_net(cation: str, place: list[float]) -> None:
    filled = with_guests(with_t_atoms(SODALITE, ["Al", "Si"]), (cation, place))
    assert filled.framework.others == (f"1 {cation}",)
    assert key_of(filled) == key_of(SODALITE)


def test_water_acid_hydrogen_and_organic_molecules_are_named() -> None:
    water = [("O", [0.5, 0.5, 0.5]), ("H", [0.56, 0.55, 0.5]), ("H", [0.44, 0.55, 0.5])]
    organic = [
        ("C", [0.0, 0.0, 0.0]),
        *(("H", (0.07 * np.array(corner)).tolist()) for corner in ([1, 1, 1], [1, -1, -1], [-1, 1, -1])),
        ("N", [-0.1, -0.1, 0.1]),
    ]
    framework = with_t_atoms(SODALITE, ["Al", "P"])
    oxygen = framework.species.index("O")
    acid = [("H", near(framework, oxygen, CAGE, 0.97))]
    assert with_guests(framework, *water).framework.others == ("1 water",)
    assert with_guests(framework, *organic).framework.others == ("organic C1H3N1",)
    assert with_guests(framework, *acid).framework.others == ("1 H on framework oxygen",)
    full = with_guests(framework, *water, *organic, *acid, ("Na", [0.25, 0.25, 0.25]))
    assert key_of(full) == key_of(SODALITE)
    assert "1 Na" in full.framework.others


def test_a_ligand_on_a_t_atom_that_has_four_bridges_is_left_out() -> None:
    """As water is on aluminium in hydrated aluminophosphates."""
    framework = with_t_atoms(SODALITE, ["Al", "P"])
    aluminium = framework.species.index("Al")
    hydrated = with_guests(framework, ("O", near(framework, aluminium, CAGE, 1.9)))
    assert hydrated.framework.others == ("1 hydroxyl or water on T atoms",)
    assert key_of(hydrated) == key_of(SODALITE)


def test_phosphorus_of_a_molecule_is_no_t_atom() -> None:
    molecule = [("P", [0.5, 0.5, 0.5]), ("C", [0.6, 0.6, 0.6])]
    filled = with_guests(with_t_atoms(SODALITE, ["Al", "P"]), *molecule)
    assert filled.framework.others == ("organic C1P1",)
    assert len(filled.framework.t) == 12


def test_loose_oxygen_in_silica_is_a_fault() -> None:
    """Samples of generators are of silicon and oxygen alone; a stray oxygen is no water there."""
    with pytest.raises(NotFourConnectedError, match="O 25 has no Si"):
        Net.from_structure(with_guests(SODALITE, ("O", CAGE)))


def test_octahedral_titanium_is_refused_by_name() -> None:
    perovskite = Structure(
        3.905 * np.eye(3),
        ["Sr", "Ti", "O", "O", "O"],
        [[0.5] * 3, [0] * 3, [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]],
    )
    assert perovskite.framework.others == ("1 Sr",)
    with pytest.raises(NotFourConnectedError, match=r"Ti 1 has 6 \(a tetrahedron has 4\) bridging oxygen"):
        Net.from_structure(perovskite)


def test_atoms_are_numbered_within_their_element() -> None:
    framework = with_t_atoms(SODALITE, ["Al", "P"])
    last = len(framework.species) - 1 - framework.species[::-1].index("O")
    kept = [atom for atom in range(len(framework)) if atom != last]
    broken = Structure(
        framework.lattice, [framework.species[atom] for atom in kept], framework.frac_coords[kept]
    )
    with pytest.raises(
        NotFourConnectedError, match=r"(Al|P) [1-6] has 3 bridging oxygen \(2 (Al|P|T atoms) are wrong\)"
    ):
        Net.from_structure(broken)


def test_what_has_no_t_atoms_shows_no_count_of_them() -> None:
    salt = Structure(5.64 * np.eye(3), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    assert "T atoms" not in repr(salt)
    assert "density" not in repr(salt)
    assert "T atoms 12" in repr(with_t_atoms(SODALITE, ["Ge"]))


def test_elements_that_are_always_t_atoms_are_not_taken_for_cations() -> None:
    assert set(ALWAYS_T) >= {"Si", "Al", "P", "Ge", "B", "Ga", "Be"}
