"""Local interatomic distances of relaxed frameworks."""

from __future__ import annotations

import pytest

from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_structure
from zeo.data.known.relaxed import relaxed_frameworks
from zeo.plugin.candidate import Candidate
from zeo.plugin.registry import installed_plugins
from zeo_cleanup.relax.framework import nearest_bonds
from zeo_cleanup.relax.lid import distances, limits, violations


def judged(structure: Structure, name: str = "slc") -> list[str]:
    return violations(distances(structure, nearest_bonds(structure)), limits(name))


def test_our_limits_hold_for_every_framework_that_they_were_fitted_to() -> None:
    for framework in relaxed_frameworks().values():
        if framework.energy <= 30.0:
            assert judged(framework.structure) == [], framework.code


def test_our_limits_are_those_of_others_with_the_same_potential() -> None:
    """An earlier set of the program that the published limits are from, for all IZA types of its time."""
    ours = limits("slc")
    assert ours.lines["OO"][0] == pytest.approx(1.6328, abs=0.005)
    assert ours.lines["TT"][0] == pytest.approx(-4.9434, abs=0.05)
    assert ours.offset == pytest.approx({"OO": 0.001, "TT": 0.0056}, abs=2e-4)
    assert ours.deviation == pytest.approx({"TO": 0.0196, "OO": 0.0638, "TT": 0.1037}, abs=0.003)
    assert ours.range == pytest.approx({"TO": 0.0715, "OO": 0.2756, "TT": 0.2618}, abs=5e-4)


def test_most_relaxed_frameworks_keep_to_the_published_limits() -> None:
    codes = ["ABW", "AFI", "CHA", "FAU", "FER", "LTA", "MFI", "MTN", "SOD"]
    assert [code for code in codes if judged(relaxed_frameworks()[code].structure, "published")] == []


def test_strained_frameworks_do_not() -> None:
    assert judged(relaxed_frameworks()["RWY"].structure)
    idealised = iza_structure("MFI")
    assert any(text.startswith("offset TT") for text in judged(idealised))


def test_the_plugin_notes_the_verdict() -> None:
    plugin = installed_plugins().create("postprocessor", "relax")
    notes = plugin.apply(Candidate(index=0, seed=0, structure=iza_structure("CHA"))).notes
    assert notes["lid_violations"] == []
    assert notes["lid_limits"] == "slc"
