import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zeo_zeosym.collection import Crystals


@given(chosen=st.lists(st.integers(0, 9), min_size=1, max_size=12))
def test_chosen_crystals_are_those_that_were_collected(crystals, chosen):
    some = Crystals.of(crystals)[np.array(chosen)]
    again = Crystals.of([crystals[k] for k in chosen])
    for name in ("lattice", "allowed", "order", "first_unique", "coords", "projection", "multiplicity"):
        np.testing.assert_array_equal(getattr(some, name), getattr(again, name))
    for name in ("first_atom", "owner", "rotation", "translation", "turn"):
        np.testing.assert_array_equal(getattr(some, name), getattr(again, name))


def test_atoms_are_those_of_the_crystals(crystals):
    collected = Crystals.of(crystals)
    atoms = collected.atoms_at(collected.coords)
    np.testing.assert_allclose(atoms, np.concatenate([crystal.t_coords for crystal in crystals]))
    assert collected.t_atoms.tolist() == [len(crystal.image) for crystal in crystals]
    counted = np.bincount(collected.owner)
    np.testing.assert_array_equal(counted, collected.multiplicity)


def test_crystal_systems_allow_as_many_strains_as_crystallography_says(crystals):
    allowed = np.trace(Crystals.of(crystals).allowed, axis1=1, axis2=2)
    # SOD, FAU, CAN, GIS, ABW, CHA, MEL, HEU, AEN, PTY
    np.testing.assert_allclose(allowed, [1, 1, 2, 2, 3, 2, 2, 4, 3, 6], atol=1e-9)
