"""The space group of relaxed atoms, and the relaxed IZA types that ship with zeo."""

from __future__ import annotations

import moyopy
import numpy as np
import pytest

from zeo.crystal.net import Net
from zeo.crystal.space_groups import group_of_symbol
from zeo.crystal.structure import Structure
from zeo.crystal.symmetry import crystal_of, expand
from zeo.data.known.iza import iza_structure
from zeo.data.known.nets import reference_nets
from zeo.data.known.relaxed import relaxed_frameworks
from zeo.plugin.facts import RelaxFacts
from zeo.plugin.framework import crystal_system, framework_values
from zeo_cleanup.key import topology_of
from zeo_cleanup.relax.postprocessor import relax
from zeo_cleanup.relax.symmetrise import symmetrised


@pytest.mark.parametrize(
    ("code", "number", "symbol", "unique_t"),
    [("LTA", 221, "P m -3 m", 1), ("CHA", 166, "R -3 m", 1), ("FER", 71, "I m m m", 4)],
)
def test_space_group_after_relaxation(code: str, number: int, symbol: str, unique_t: int) -> None:
    relaxed = relax(iza_structure(code)).structure
    crystal = crystal_of(relaxed)
    assert crystal is not None
    assert (crystal.number, crystal.symbol, crystal.unique_t) == (number, symbol, unique_t)
    assert sum(crystal.multiplicities) == len(relaxed)
    whole = expand(crystal.number, crystal.lattice, crystal.species, crystal.sites)
    assert sorted(whole.species) == sorted(relaxed.species)
    assert whole.volume == pytest.approx(relaxed.volume, rel=1e-6)


@pytest.mark.parametrize("number", range(1, 231))
def test_the_symbol_of_every_group_leads_back_to_it(number: int) -> None:
    """As records have it, which are asked for numbers and crystal systems later."""
    symbol = moyopy.SpaceGroupType(number).hm_short
    assert group_of_symbol(symbol).number == number
    facts = framework_values(None, None, None, RelaxFacts(space_group=symbol))
    assert (facts["space_group"], facts["crystal_system"]) == (number, crystal_system(number))


def test_shipped_frameworks_are_all_four_connected_types() -> None:
    with_atoms = {code: net for code, net in reference_nets().items() if net.source == "zeose"}
    expected = {code for code, net in with_atoms.items() if not net.interrupted}
    assert set(relaxed_frameworks()) == expected
    energies = np.array([framework.energy for framework in relaxed_frameworks().values()])
    assert energies.min() > 5.0
    assert (energies > 30.0).sum() == 14


@pytest.mark.parametrize("code", ["SOD", "CHA", "FER", "STT", "MTN", "RWY"])
def test_a_shipped_framework_is_its_type_at_rest(code: str) -> None:
    framework = relaxed_frameworks()[code]
    structure = framework.structure
    assert topology_of(Net.from_structure(structure)).key == reference_nets()[code].key
    again = relax(structure)
    assert again.energy == pytest.approx(framework.energy, abs=0.02)
    assert abs(again.volume_change or 0.0) < 2e-3


def test_the_symmetry_of_the_start_is_kept_whatever_the_last_digits() -> None:
    """FER is a saddle point in Immm, 0.57 kJ/mol above the minimum nearby."""
    ferrierite = iza_structure("FER")
    energies = []
    for digits in (3, 5):
        rounded = np.round(ferrierite.frac_coords, digits)
        found = relax(Structure(ferrierite.lattice, ferrierite.species, rounded))
        crystal = crystal_of(found.structure, tolerance=1e-4)
        assert crystal is not None
        assert crystal.number == 71
        energies.append(found.energy)
    assert energies == pytest.approx([11.70, 11.70], abs=0.01)
    free = relax(ferrierite, rattle=0.02).energy
    assert free is not None
    assert free < 11.3


@pytest.mark.parametrize("code", ["CHA", "FER", "MTN"])
def test_averages_over_a_space_group(code: str) -> None:
    structure = iza_structure(code)
    exact, symmetry = symmetrised(structure)
    assert symmetry is not None
    assert np.abs((exact.frac_coords - structure.frac_coords) @ exact.lattice).max() < 0.01
    rng = np.random.default_rng(0)
    vectors, tensor = rng.normal(size=(len(exact), 3)), rng.normal(size=(3, 3))
    once, strain = symmetry.vectors(vectors), symmetry.tensor(tensor)
    assert symmetry.vectors(once) == pytest.approx(once, abs=1e-12)
    assert symmetry.tensor(strain) == pytest.approx(strain, abs=1e-12)
    for rotation, source in zip(symmetry.rotations, symmetry.source, strict=True):
        assert once[source] @ rotation == pytest.approx(once, abs=1e-12)
        assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-12)


def test_atoms_in_general_position_have_no_symmetry() -> None:
    structure = iza_structure("SOD")
    noise = np.random.default_rng(0).normal(0.0, 0.01, structure.frac_coords.shape)
    shaken = Structure(structure.lattice, structure.species, structure.frac_coords + noise)
    same, symmetry = symmetrised(shaken)
    assert same is shaken
    assert symmetry is None
