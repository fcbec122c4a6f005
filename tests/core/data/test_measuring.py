"""From a structure to an entry: net, energy, properties, verdict."""

from __future__ import annotations

import numpy as np
import pytest

from zeo.crystal.structure import Structure
from zeo.data.known.relaxed import relaxed_frameworks, relaxed_structure
from zeo.data.making.measuring import TOO_HIGH, Measuring
from zeo.data.sets.entry import FEASIBLE, Entry, property_columns
from zeo.plugin.candidate import Rejection
from zeo.plugin.columns import columns_by_name
from zeo.plugin.framework import ring_sizes
from zeo.plugin.registry import installed_plugins


def measuring(relax: bool = True, probes: tuple[str, ...] = ("methane",), **options: object) -> Measuring:
    return Measuring(installed_plugins().configured({"relax": options}), relax, probes)


def entry_of(structure: Structure, how: Measuring) -> Entry:
    found = how.identified("x", structure, "test", generation=2, parent="y")
    assert isinstance(found, Entry)
    return how.measured(found)


def strained(code: str, percent: float) -> Structure:
    structure = relaxed_structure(code)
    strain = np.diag([1 + percent / 100, 1 - percent / 100, 1.0])
    return Structure(structure.lattice @ strain, structure.species, structure.frac_coords)


def test_a_strained_framework_comes_to_rest_with_all_facts() -> None:
    entry = entry_of(strained("MEP", 1.5), measuring())
    assert (entry.verdict, entry.code, entry.parent, entry.generation) == (FEASIBLE, "MEP", "y", 2)
    # the strain leaves the cubic axes orthorhombic, and what is relaxed stays in that group
    assert entry.energy == pytest.approx(relaxed_frameworks()["MEP"].energy, abs=0.05)
    assert entry.structure.is_orthogonal
    assert (entry.unique_t, entry.smallest_ring, entry.largest_ring) == (3, 5, 6)
    assert entry.three_ring_share == 0.0
    assert entry.lid_violations == 0
    at_rest = entry_of(relaxed_structure("MEP"), measuring(relax=False)).properties
    assert len(at_rest) == 9
    assert entry.properties["methane.qst"] == pytest.approx(at_rest["methane.qst"], abs=0.1)


def test_three_rings_are_counted_by_t_atom() -> None:
    entry = entry_of(relaxed_structure("MEI"), measuring(relax=False, probes=()))
    assert entry.three_ring_share == pytest.approx(6 / 34)
    assert (entry.smallest_ring, entry.energy, entry.space_group) == (3, None, 176)


def test_verdicts() -> None:
    high = entry_of(relaxed_structure("RWY"), measuring(probes=()))
    assert high.verdict == TOO_HIGH
    assert high.energy == pytest.approx(103.7, abs=0.5)
    unrelaxed = entry_of(strained("SOD", 2.0), measuring(max_iterations=1))
    assert unrelaxed.verdict == "relaxation not converged"
    assert not unrelaxed.feasible
    assert (unrelaxed.energy, dict(unrelaxed.properties)) == (None, {})


def test_what_is_no_framework_is_refused_with_a_reason() -> None:
    sodalite = relaxed_structure("SOD")
    broken = Structure(sodalite.lattice, sodalite.species[:-1], sodalite.frac_coords[:-1])
    refused = measuring().identified("x", broken, "test")
    assert isinstance(refused, Rejection)
    assert refused.reason == "not four-connected"


@pytest.mark.parametrize(
    ("symbol", "sizes"),
    [("4.6.4.6.4.8", [4, 6, 4, 6, 4, 8]), ("5.5(2).10(3).*.12.3", [5, 5, 10, 12, 3]), ("*.*", [])],
)
def test_ring_sizes(symbol: str, sizes: list[int]) -> None:
    assert ring_sizes(symbol) == sizes


def test_columns_have_the_names_by_which_wishes_speak() -> None:
    columns = property_columns(columns_by_name(["methane-loading"], installed_plugins()))
    assert "methane.deliverable_volumetric" in {column.name for column in columns}
    columns = property_columns(columns_by_name(["methane-loading[p=35 bar]"], installed_plugins()))
    assert {column.name for column in columns} >= {"methane.loading[p=35 bar]"}
    assert not any("deliverable" in column.name for column in columns)  # which depends on other pressures
    entry = entry_of(relaxed_structure("CHA"), measuring(relax=False, probes=("methane[T=350 K]",)))
    assert entry.properties["methane.qst[T=350 K]"] > 0.0
