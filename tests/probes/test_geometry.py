"""The probe of bonds and angles, and the energy that it guesses."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve

from zeo.crystal.structure import Structure
from zeo.data.known.relaxed import relaxed_structure
from zeo.data.sets.store import DataSet
from zeo.errors import InputError
from zeo.plugin.registry import installed_plugins

PROBE = installed_plugins().create("probe", "geometry")


def measured(structure: Structure) -> dict[str, float]:
    return {name: quantity.value for name, quantity in PROBE.properties(structure).items()}


def beta_cristobalite() -> Structure:
    """The ideal one, Fd-3m, with straight bridges: a = 7.42 A."""
    face = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    si = np.concatenate([face, face + 0.25])
    directions = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / 8
    oxygen = (face[:, None] + directions[None]).reshape(-1, 3)
    return Structure.from_si_o(7.42 * np.eye(3), si, oxygen)


def test_straight_bridges_between_perfect_tetrahedra() -> None:
    found = measured(beta_cristobalite())
    assert found["sio_mean"] == pytest.approx(7.42 * np.sqrt(3) / 8)
    assert found["siosi_mean"] == found["siosi_smallest"] == pytest.approx(180.0)
    assert found["oto_deviation"] == pytest.approx(0.0, abs=1e-5)
    assert found["sio_deviation"] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("code", ["LTA", "MFI", "CHA"])
def test_silica_has_the_bonds_of_silica(code: str) -> None:
    found = measured(relaxed_structure(code))
    assert 1.58 < found["sio_mean"] < 1.63
    assert 140 < found["siosi_mean"] < 160
    assert found["oto_deviation"] < 3


def test_another_origin_another_cell_and_a_turn_change_nothing() -> None:
    structure = relaxed_structure("FER")
    first = measured(structure)
    moved = evolve(structure, frac_coords=structure.frac_coords + np.array([0.3, 0.7, -1.2]))
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
    turned = evolve(structure, lattice=structure.lattice @ turn)
    sheared = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 1]])
    other = Structure(
        sheared @ structure.lattice, structure.species, structure.frac_coords @ np.linalg.inv(sheared)
    )
    for same in (moved, turned, other):
        assert measured(same) == pytest.approx(first, abs=1e-6)


def test_the_guess_knows_which_types_lie_high() -> None:
    """They are relaxed, for which it is not made; their order it has to know all the same."""
    data = DataSet.open("standard")
    types = data.where([code is not None for code in data.column("code")])
    some = range(0, len(types), 6)
    guessed = [measured(types.structure(index))["energy_estimate"] for index in some]
    assert np.corrcoef(guessed, types.column("energy")[some])[0, 1] > 0.6


def test_a_broken_net_is_refused() -> None:
    structure = relaxed_structure("SOD")
    broken = Structure(structure.lattice, structure.species[:-1], structure.frac_coords[:-1])
    with pytest.raises(InputError, match="repair the framework first"):
        PROBE.properties(broken)
