"""Relaxation by an ASE calculator, here one made of springs."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from ase.calculators.fd import calculate_numerical_forces, calculate_numerical_stress
from attrs import evolve

from zeo.crystal.structure import Structure
from zeo.errors import ConfigError
from zeo.plugin.candidate import Candidate
from zeo.plugin.interfaces import Postprocessor
from zeo.plugin.registry import installed_plugins
from zeo.testing import check_plugin, sodalite
from zeo.testing.frameworks import primitive_sodalite

sys.path.insert(0, str(Path(__file__).parent))  # where a user's own calculators would be
from springs import Springs


@cache
def relaxer(calculator: str = "springs:Springs", **options: str) -> Postprocessor:
    settings = {"ase-calculator": {"calculator": calculator, **options}}
    return installed_plugins().configured(settings).create("postprocessor", "ase-calculator")


def relaxed(structure: Structure | None = None, **options: str) -> Candidate:
    start = sodalite() if structure is None else structure
    return relaxer(**options).apply(Candidate(index=0, seed=0, structure=start))


def test_the_springs_of_these_tests_have_right_derivatives() -> None:
    atoms = primitive_sodalite().to_ase()
    atoms.rattle(0.03, seed=1)
    atoms.calc = Springs()
    assert np.abs(atoms.get_forces() - calculate_numerical_forces(atoms, eps=1e-5)).max() < 1e-7
    numerical = calculate_numerical_stress(atoms, eps=1e-6, force_consistent=False)
    assert np.abs(atoms.get_stress() - numerical).max() < 1e-8


def test_energy_is_above_quartz_and_named() -> None:
    end = relaxed()
    assert end.rejection is None
    assert end.energy is not None
    assert end.energy.potential == "springs:Springs"
    assert end.energy.value == pytest.approx(1.200, abs=0.005)
    assert end.notes["net_unchanged"] is True
    assert end.notes["space_group"] == "I m -3 m"
    assert end.notes["symmetry_unique_t"] == 1
    assert end.notes["largest_force"] < 0.01
    assert end.notes["largest_stress"] < 200.0


def test_quartz_itself_has_energy_zero() -> None:
    from zeo_cleanup.relax.parameters import sanders_leslie_catlow

    end = relaxed(sanders_leslie_catlow().quartz)
    assert end.energy is not None
    assert end.energy.value == pytest.approx(0.0, abs=0.01)


def test_energy_depends_neither_on_cell_nor_order_nor_images() -> None:
    """The choice of cell, of the order of the atoms, and of their periodic images is ours, not nature's."""
    good = sodalite()
    order = np.random.default_rng(0).permutation(len(good))
    images = np.random.default_rng(1).integers(-1, 2, (len(good), 3))
    shuffled = Structure(good.lattice, np.array(good.species)[order], (good.frac_coords + images)[order])
    energies = [relaxed(each).energy for each in (good, primitive_sodalite(), shuffled)]
    assert [energy.value for energy in energies if energy] == pytest.approx([1.200] * 3, abs=0.005)


def test_noise_is_undone() -> None:
    good = sodalite()
    noise = np.random.default_rng(2).normal(0.0, 0.1, (len(good), 3))
    shaken = evolve(good, frac_coords=good.frac_coords + noise @ np.linalg.inv(good.lattice))
    end = relaxed(shaken)
    assert end.energy is not None
    assert end.energy.value < 1.205


@pytest.mark.parametrize(("cell", "shape"), [("fixed", 0.0), ("isotropic", 1.0)])
def test_what_the_cell_may_do(cell: str, shape: float) -> None:
    a, b, c = 8.9, 8.965, 9.0
    start = Structure(np.diag([a, b, c]), sodalite().species, sodalite().frac_coords)
    end = relaxed(start, cell=cell)
    assert end.structure is not None
    strain = end.structure.lattice @ np.linalg.inv(start.lattice)
    assert strain == pytest.approx(strain[0, 0] * np.eye(3), abs=1e-6)
    assert (abs(strain[0, 0] - 1.0) > 1e-6) == bool(shape)


def test_names_of_potentials() -> None:
    assert relaxer(arguments='{"scale": 2}').potential == 'springs:Springs{"scale": 2}'
    assert relaxer(arguments='{"scale": 2}', name="stiff").potential == "stiff"
    stiff = relaxed(arguments='{"scale": 2}').energy
    assert stiff is not None
    assert stiff.value == pytest.approx(2.400, abs=0.01)


def test_a_function_may_make_the_calculator() -> None:
    calculator = relaxer("springs:springs", arguments=json.dumps({"text": '{"scale": 3}'})).calculator
    assert calculator.scale == 3


def test_not_four_connected() -> None:
    good = sodalite()
    end = relaxed(Structure(good.lattice, good.species[:-1], good.frac_coords[:-1]))
    assert end.rejection is not None
    assert end.rejection.reason == "not four-connected"
    assert end.energy is None


def test_not_converged_has_no_energy() -> None:
    plugin = relaxer(max_iterations="30")  # enough for quartz
    start = Structure(np.diag([8.5, 9.0, 9.5]), sodalite().species, sodalite().frac_coords)
    end = plugin.apply(Candidate(index=0, seed=0, structure=start))
    assert end.rejection is not None
    assert end.rejection.reason == "relaxation not converged"
    assert end.energy is None


def test_what_is_no_number_is_a_collapse() -> None:
    end = relaxed(calculator="springs:NoNumbers")
    assert end.rejection is not None
    assert end.rejection.reason == "collapsed in relaxation"
    assert end.energy is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"calculator": ""}, "names no ASE calculator"),
        ({"calculator": "emt"}, "emt fails on alpha-quartz: NotImplementedError"),
        ({"calculator": "no_such_thing"}, "no_such_thing: ModuleNotFoundError"),
        ({"calculator": "springs:Missing"}, "AttributeError"),
        ({"arguments": '{"k": 1}'}, "unexpected keyword argument"),
        ({"arguments": "[1]"}, "is no JSON object"),
        ({"arguments": "{"}, "is no JSON"),
        ({"arguments": '{"squeeze": 9.0}'}, "collapsed in relaxation, the volume is 0.50 of what it was"),
        ({"max_iterations": "1"}, "has no alpha-quartz to compare with: relaxation not converged"),
    ],
)
def test_options_that_cannot_work(options: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        relaxed(**options)


def test_conformance() -> None:
    plugin = relaxer()
    spec = installed_plugins().find("postprocessor", "ase-calculator").spec
    assert check_plugin("postprocessor", plugin, spec) == ""
    bare = installed_plugins().create("postprocessor", "ase-calculator")
    assert "names no ASE calculator" in check_plugin("postprocessor", bare, spec)
