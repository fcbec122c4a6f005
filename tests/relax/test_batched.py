"""The batched form: the energies, derivatives and minima of the form for one structure."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_structure
from zeo_cleanup.relax import minimise
from zeo_cleanup.relax.framework import tetrahedra_of
from zeo_cleanup.relax.minimise import CoreShells, relax_sites
from zeo_cleanup.relax.parameters import sanders_leslie_catlow
from zeo_cleanup.relax.postprocessor import relax
from zeo_cleanup.relax.potential import CoreShellPotential, Tetrahedra
from zeo_cleanup.relax.relaxation import core_shells

torch = pytest.importorskip("torch")

from zeo_cleanup.relax import batched  # noqa: E402
from zeo_cleanup.relax.batched import relax_many, relax_sites_many  # noqa: E402
from zeo_cleanup.relax.batched_potential import BatchedPotential  # noqa: E402

CODES = ("SOD", "CHA", "LTA", "NAT")
DEVICES = [
    "cpu",
    pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")),
]


def rattled(code: str, seed: int = 0) -> tuple[CoreShells, Tetrahedra]:
    """A sheared framework with atoms and shells off their equilibrium."""
    structure = sanders_leslie_catlow().quartz if code == "quartz" else iza_structure(code)
    rng = np.random.default_rng(seed)
    shear = np.eye(3) + rng.normal(0.0, 0.01, (3, 3))
    start = core_shells(structure)
    cores = start.cores @ shear + rng.normal(0.0, 0.03, start.cores.shape)
    shells = rng.normal(0.0, 0.03, start.shells.shape)
    return CoreShells(start.lattice @ shear, cores, shells), tetrahedra_of(structure)


def packed(potential: BatchedPotential, frameworks: list[CoreShells]) -> tuple[torch.Tensor, torch.Tensor]:
    lattices = torch.tensor(np.array([framework.lattice for framework in frameworks]))
    return lattices.to(potential.device), potential.padded([framework.sites for framework in frameworks])


@pytest.mark.parametrize("device", DEVICES)
def test_a_batch_has_the_energies_and_derivatives_of_its_members(device: str) -> None:
    starts, tetrahedra = zip(
        *(rattled(code, seed) for seed, code in enumerate(("quartz", *CODES))), strict=True
    )
    batch = BatchedPotential([start.lattice for start in starts], tetrahedra, device)
    found = batch.evaluate(*packed(batch, list(starts)))
    gradients = batch.own(found.gradient)
    for k, (start, bonds) in enumerate(zip(starts, tetrahedra, strict=True)):
        alone = CoreShellPotential(start.lattice, bonds).evaluate(start.lattice, start.sites)
        assert float(found.energy[k]) == pytest.approx(alone.energy, abs=1e-6)
        assert gradients[k] == pytest.approx(alone.gradient, abs=1e-8)
        assert found.virial[k].cpu().numpy() == pytest.approx(alone.virial, abs=1e-7)


def test_forces_and_virials_are_derivatives_of_the_energy() -> None:
    start, bonds = rattled("CHA")
    batch = BatchedPotential([start.lattice, start.lattice], [bonds, bonds])
    rng = np.random.default_rng(1)
    direction, strain = rng.normal(size=start.sites.shape), rng.normal(size=(3, 3))
    found = batch.evaluate(*packed(batch, [start, start]))

    def energies(h: float) -> NDArray[np.float64]:
        """With the sites of the first moved, and the second deformed."""
        deformed = np.eye(3) + 0.1 * h * strain
        lattices = torch.tensor(np.array([start.lattice, start.lattice @ deformed]))
        sites = batch.padded([start.sites + h * direction, start.sites @ deformed])
        energy: NDArray[np.float64] = batch.evaluate(lattices, sites).energy.numpy()
        return energy

    h = 1e-4
    moved, strained = (8 * (energies(h) - energies(-h)) - energies(2 * h) + energies(-2 * h)) / (12 * h)
    assert (batch.own(found.gradient)[0] * direction).sum() == pytest.approx(moved, rel=1e-6)
    assert 0.1 * float((found.virial[1].numpy() * strain).sum()) == pytest.approx(strained, rel=1e-6)


def test_lists_renew_themselves_and_structures_can_be_dropped() -> None:
    starts, tetrahedra = zip(*(rattled(code) for code in CODES), strict=True)
    batch = BatchedPotential([start.lattice for start in starts], tetrahedra)
    lattices, sites = packed(batch, list(starts))
    batch.evaluate(lattices, sites)
    moved = sites.clone()
    own = CoreShells(starts[1].lattice, starts[1].cores + 0.4, starts[1].shells)
    own.cores[::2] -= 0.8
    moved[1] = batch.padded([start.sites for start in (starts[0], own, starts[2], starts[3])])[1]
    alone = CoreShellPotential(own.lattice, tetrahedra[1]).evaluate(own.lattice, own.sites).energy
    assert float(batch.evaluate(lattices, moved).energy[1]) == pytest.approx(alone, rel=1e-9)
    some = batch.select([3, 1])
    assert some.evaluate(lattices[[3, 1]], moved[[3, 1]]).energy == pytest.approx(
        batch.evaluate(lattices, moved).energy[[3, 1]], rel=1e-12
    )


def test_sites_on_top_of_each_other_have_infinite_energy_and_leave_the_others_alone() -> None:
    start, bonds = rattled("SOD")
    batch = BatchedPotential([start.lattice, start.lattice], [bonds, bonds])
    lattices, sites = packed(batch, [start, start])
    before = batch.evaluate(lattices, sites).energy
    sites[0, 0] = sites[0, 1] + 0.1
    after = batch.evaluate(lattices, sites).energy
    assert float(after[0]) == np.inf
    assert float(after[1]) == pytest.approx(float(before[1]), abs=1e-9)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("cell", ["full", "fixed"])
def test_minima_are_those_of_one_at_a_time(cell: str, device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minimise, "FORCE_LIMIT", 1e-4)
    monkeypatch.setattr(minimise, "STRESS_LIMIT", 1e-6)
    starts, tetrahedra = zip(*(rattled(code, seed) for seed, code in enumerate(CODES)), strict=True)
    together = relax_sites_many(starts, tetrahedra, cell, device=device)
    for start, bonds, found in zip(starts, tetrahedra, together, strict=True):
        alone = relax_sites(start, bonds, cell, 600)
        assert found.converged
        assert found.energy == pytest.approx(alone.energy, abs=1e-6)
        assert found.framework.volume == pytest.approx(alone.framework.volume, rel=1e-4)


def test_one_that_collapses_keeps_no_other_from_its_minimum() -> None:
    good, bonds = rattled("CHA")
    torn = CoreShells(good.lattice, good.cores, good.shells.copy())
    torn.shells[5] = 0.0, 0.7, 0.0
    bad, fine = relax_sites_many([torn, good], [bonds, bonds])
    assert bad.collapsed == "a shell is 0.70 A from its core"
    assert not bad.converged
    assert fine.converged
    assert fine.energy == pytest.approx(relax_sites(good, bonds, "full", 600).energy, abs=1e-5)


def test_the_number_of_iterations_is_limited() -> None:
    start, bonds = rattled("SOD")
    (found,) = relax_sites_many([start], [bonds], max_iterations=7)
    assert found.iterations == 7
    assert not found.converged


def test_structures_are_relaxed_in_any_order_and_the_others_keep_their_reason() -> None:
    whole = [iza_structure(code) for code in ("CHA", "SOD", "LTA")]
    broken = Structure(whole[0].lattice, whole[0].species[:-1], whole[0].frac_coords[:-1])
    found = relax_many([*whole, broken], batch=2)
    for structure, relaxed in zip(whole, found, strict=False):
        alone = relax(structure, keep_symmetry=False)
        assert relaxed.energy == pytest.approx(alone.energy, abs=0.01)
        assert relaxed.structure.species == structure.species
        assert relaxed.net_unchanged
    assert found[3].energy is None
    assert found[3].reason == relax(broken).reason != ""


def test_large_structures_are_relaxed_by_fewer() -> None:
    sizes = [2000, 72, 300, 72, 600, 2000]
    ready = sorted(range(6), key=sizes.__getitem__)
    assert list(batched._batches(ready, sizes, 3)) == [[1, 3, 2], [4, 0, 5]]
    assert list(batched._batches([0] * 14, sizes, 64)) == [[0] * 5, [0] * 5, [0] * 4]


def test_nothing_gives_nothing() -> None:
    assert relax_sites_many([], []) == []
