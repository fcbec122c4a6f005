"""Relaxed frameworks: energies of the literature, and reasons where there are none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from attrs import evolve

from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_structure
from zeo.data.known.relaxed import relaxed_structure
from zeo.plugin.candidate import Candidate
from zeo.plugin.registry import installed_plugins
from zeo_cleanup.relax.framework import nearest_bonds, tetrahedra_of
from zeo_cleanup.relax.minimise import relax_sites
from zeo_cleanup.relax.parameters import sanders_leslie_catlow
from zeo_cleanup.relax.postprocessor import Relax, relax
from zeo_cleanup.relax.potential import CoreShellPotential
from zeo_cleanup.relax.relaxation import contact_fault, core_shells


def noisy(structure: Structure, sigma: float, strain: float = 0.0, seed: int = 0) -> Structure:
    rng = np.random.default_rng(seed)
    deformed = structure.lattice @ (np.eye(3) + rng.normal(0.0, strain, (3, 3)))
    shift = rng.normal(0.0, sigma, (len(structure), 3)) @ np.linalg.inv(deformed)
    return Structure(deformed, structure.species, structure.frac_coords + shift)


def test_alpha_quartz_is_the_zero() -> None:
    relaxed = relax(sanders_leslie_catlow().quartz)
    assert relaxed.energy == pytest.approx(0.0, abs=0.005)
    assert relaxed.structure.volume / 3 == pytest.approx(36.07, abs=0.02)
    assert relaxed.structure.angles == pytest.approx((90.0, 90.0, 120.0), abs=0.01)


def test_the_energy_of_quartz_with_and_without_the_taper() -> None:
    """Untapered, LAMMPS gives -128.70206 eV per SiO2."""
    parameters = sanders_leslie_catlow()
    tetrahedra = tetrahedra_of(parameters.quartz)
    relaxed = relax_sites(core_shells(parameters.quartz), tetrahedra, "full", 600)
    assert relaxed.energy == pytest.approx(parameters.quartz_energy, abs=5e-6)
    lattice, sites = relaxed.framework.lattice, relaxed.framework.sites
    sharp = CoreShellPotential(lattice, tetrahedra, evolve(parameters, taper=0.0))
    assert sharp.evaluate(lattice, sites).energy / 3 == pytest.approx(-128.70206, abs=2e-5)


@pytest.mark.parametrize(
    ("code", "published"),
    [("CHA", 16.1), ("AFI", 11.9), ("AST", 18.1), ("FER", 11.8), ("SOD", 13.5), ("LTA", 19.2)],
)
def test_published_energies(code: str, published: float) -> None:
    """Lattice energies with GULP; SOD and LTA with LAMMPS, same potential."""
    relaxed = relax(iza_structure(code))
    assert relaxed.reason == ""
    assert relaxed.energy == pytest.approx(published, abs=0.2)
    assert relaxed.net_unchanged
    assert relaxed.force is not None
    assert relaxed.force < 2.5e-3
    assert relaxed.stress is not None
    assert relaxed.stress < 40.1


def test_noise_and_strain_are_undone() -> None:
    relaxed = relax(noisy(iza_structure("LTA"), 0.15, 0.02))
    assert relaxed.energy == pytest.approx(19.16, abs=0.1)
    assert relaxed.net_unchanged


def test_the_order_of_the_atoms_and_the_cells_they_are_in_are_kept() -> None:
    structure = iza_structure("SOD")
    order = np.random.default_rng(1).permutation(len(structure))
    shift = np.random.default_rng(2).integers(-2, 3, (len(structure), 3))
    shuffled = Structure(
        structure.lattice, [structure.species[k] for k in order], structure.frac_coords[order] + shift
    )
    relaxed = relax(shuffled)
    assert relaxed.structure.species == shuffled.species
    moved = (relaxed.structure.frac_coords - shuffled.frac_coords) @ relaxed.structure.lattice
    assert np.abs(moved).max() < 1.0
    assert relaxed.energy == pytest.approx(13.53, abs=0.02)


@pytest.mark.parametrize("cell", ["fixed", "isotropic", "orthorhombic"])
def test_a_restricted_cell(cell: str) -> None:
    start = iza_structure("SOD")
    start = Structure(start.lattice @ np.diag([1.02, 1.0, 0.99]), start.species, start.frac_coords)
    relaxed = relax(start, cell=cell)  # type: ignore[arg-type]
    assert relaxed.reason == ""
    before, after = start.lattice, relaxed.structure.lattice
    if cell == "fixed":
        assert after == pytest.approx(before, abs=1e-12)
        assert abs(relaxed.pressure or 0.0) > 100.0
    elif cell == "isotropic":
        assert after / after[0, 0] == pytest.approx(before / before[0, 0], abs=1e-9)
        assert abs(relaxed.pressure or 0.0) < 41.0
    else:
        assert after == pytest.approx(np.diag(np.diag(after)), abs=1e-9)
        assert relaxed.energy == pytest.approx(relax(iza_structure("SOD")).energy or 0.0, abs=1.0)


def test_a_rattle_leaves_a_saddle_point_and_is_reproducible() -> None:
    symmetric = relax(iza_structure("SOD")).energy
    shaken = [relax(iza_structure("SOD"), rattle=0.05, seed=4) for _ in range(2)]
    assert shaken[0].energy is not None
    assert symmetric is not None
    assert shaken[0].energy < symmetric - 1.0
    assert shaken[1].energy == shaken[0].energy
    assert (shaken[1].structure.frac_coords == shaken[0].structure.frac_coords).all()


def test_what_is_not_four_connected_has_no_energy() -> None:
    whole = iza_structure("SOD")
    broken = Structure(whole.lattice, whole.species[:-1], whole.frac_coords[:-1])
    relaxed = relax(broken)
    assert relaxed.reason == "not four-connected"
    assert relaxed.energy is None
    assert relaxed.structure is broken


def test_a_cell_without_room_has_no_energy() -> None:
    whole = iza_structure("CHA")
    squeezed = Structure(whole.lattice * 0.65, whole.species, whole.frac_coords)
    relaxed = relax(squeezed, cell="fixed")
    assert relaxed.reason in ("geometry cannot be regularised", "collapsed in relaxation")
    assert relaxed.energy is None


def test_running_out_of_iterations_has_no_energy() -> None:
    relaxed = relax(iza_structure("AFI"), max_iterations=3)
    assert relaxed.reason == "relaxation not converged"
    assert "after 3 iterations" in relaxed.detail
    assert relaxed.energy is None


def candidate(structure: Structure | None) -> Candidate:
    return Candidate(index=0, seed=7, structure=structure)


def test_the_plugin_sets_the_energy_and_notes_the_facts() -> None:
    plugin = installed_plugins().configured({"relax": {"rattle": 0.02}}).create("postprocessor", "relax")
    result = plugin.apply(candidate(iza_structure("LTA")))
    assert result.rejection is None
    assert result.energy is not None
    assert result.energy.potential == "SLC"
    assert result.energy.value == pytest.approx(19.16, abs=0.05)
    assert result.notes["net_unchanged"] is True
    assert result.notes["rattle"] == 0.02
    assert result.notes["largest_force"] < 0.0026
    assert result.notes["iterations"] > 3


def test_the_plugin_rejects_with_a_reason() -> None:
    plugin = Relax(Relax.Options(max_iterations=2), installed_plugins())
    result = plugin.apply(candidate(iza_structure("AFI")))
    assert result.rejection is not None
    assert result.rejection.reason == "relaxation not converged"
    assert result.energy is None
    assert result.notes["iterations"] == 2
    assert plugin.apply(candidate(None)).rejection is not None


def test_an_orthorhombic_cell_must_be_one() -> None:
    plugin = Relax(Relax.Options(cell="orthorhombic"), installed_plugins())
    rejection = plugin.apply(candidate(iza_structure("CHA"))).rejection
    assert rejection is not None
    assert rejection.reason == "cell without right angles"


@pytest.mark.parametrize("device", [None, "cpu"])
@pytest.mark.parametrize(
    "turn", [np.roll(np.eye(3), 1, axis=1), [[0.8, 0.6, 0], [-0.6, 0.8, 0], [0, 0, 1]], np.eye(3) + 5e-7]
)
def test_right_angles_are_right_however_the_axes_lie(turn: Any, device: str | None) -> None:
    plugin = Relax(Relax.Options(cell="orthorhombic", device=device), installed_plugins())
    sodalite = iza_structure("SOD")
    turned = evolve(sodalite, lattice=sodalite.lattice @ np.array(turn))
    found, straight = (plugin.apply(candidate(each)) for each in (turned, sodalite))
    assert found.energy is not None
    assert found.energy.value == pytest.approx(straight.energy.value, abs=1e-4)
    assert found.structure.is_orthogonal


def test_fifth_oxygen_is_a_collapse():
    framework = relaxed_structure("CHA")
    bonds = nearest_bonds(framework)
    assert contact_fault(framework, bonds) == ""
    crushed = evolve(framework, lattice=0.55 * framework.lattice)
    assert "of a silicon that has four" in contact_fault(crushed, bonds)
