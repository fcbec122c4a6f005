"""The space group of relaxed atoms, and the relaxed IZA types that ship with zeo."""

from __future__ import annotations

import numpy as np
import pytest

from zeo.data.iza import iza_structure
from zeo.net import Net
from zeo_cleanup.key import topology_of
from zeo_cleanup.reference import reference_nets
from zeo_cleanup.relax.reference import relaxed_frameworks
from zeo_cleanup.relax.relaxation import relax
from zeo_cleanup.relax.symmetry import crystal_of, expand


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


def test_shipped_frameworks_are_all_four_connected_types() -> None:
    expected = {code for code, net in reference_nets().items() if not net.interrupted}
    assert set(relaxed_frameworks()) == expected
    energies = np.array([framework.energy for framework in relaxed_frameworks().values()])
    assert energies.min() > 5.0
    assert (energies > 30.0).sum() == 14


@pytest.mark.parametrize("code", ["SOD", "CHA", "STT", "RWY"])
def test_a_shipped_framework_is_its_type_at_rest(code: str) -> None:
    framework = relaxed_frameworks()[code]
    structure = framework.structure
    assert topology_of(Net.from_structure(structure)).key == reference_nets()[code].key
    again = relax(structure)
    assert again.energy == pytest.approx(framework.energy, abs=0.02)
    assert abs(again.volume_change or 0.0) < 2e-3
