"""The same adsorption by RASPA 3 (raspalib 3.1.0, the extra ``raspa``), as a referee of ours.

Pockets that no molecule can enter are blocked, as spheres around what zeo finds closed. Left open, RASPA
fills them so slowly that its loadings come out low: xenon in LTA at 1 bar by 4 %, four of its standard
errors.

RASPA knows mixing rules only, no pairs of their own: the framework's oxygen is given the parameters that,
mixed with the gas's, make zeo's pair. The carbon and oxygen of CO2 ask for two oxygens that differ by 0.003
angstrom; that of the gas's oxygen is taken.
"""

from __future__ import annotations

import math
import time

import numpy as np
import raspalib as raspa
from attrs import frozen

from zeo.crystal.structure import Structure
from zeo_adsorption.host import host_of
from zeo_adsorption.molecule import Molecule
from zeo_probes.force_fields import Pair, RodSite
from zeo_probes.gas_probe import mass_density
from zeo_probes.percolation import find_pores

CUTOFF = 12.0

NONE = Pair(1e-10, 1.0)
"""Of sites that do not interact."""

STUDENT = 2.776
"""RASPA's error is half of the 95 % interval of five blocks."""

SPACING = 0.3
"""Angstrom between the points by which pockets are found, and by which their spheres are enlarged."""

FREEDOM = 1e-7
"""Degrees by which an angle of an orthogonal cell may differ from 90."""


@frozen
class Simulated:
    """The loading by RASPA (mol/kg), its standard error, and CPU seconds."""

    loading: float
    error: float
    seconds: float


def simulated(
    structure: Structure,
    molecule: Molecule,
    temperature: float,
    pressure: float,
    coefficient: float,
    cycles: int,
    seed: int = 1,
) -> Simulated:
    """The loading at a pressure (Pa) and temperature (K), by a chain of some cycles.

    Args:
        structure: the framework.
        molecule: the gas.
        temperature: K.
        pressure: Pa.
        coefficient: its fugacity coefficient, so that equations of state are not what is compared.
        cycles: of at least 20 moves; as many come before anything counts, for the cell starts empty.
        seed: of all random numbers.
    """
    force_field = _force_field(molecule)
    repeats = [max(1, round(2 * CUTOFF / length)) for length in structure.lengths]
    framework = raspa.Framework(
        force_field=force_field,
        component_name="framework",
        simulation_box=_box(structure),
        space_group_hall_number=1,
        defined_atoms=_atoms(structure, molecule),
        number_of_unit_cells=repeats,
    )
    gas = raspa.Component(
        force_field=force_field,
        component_name=molecule.name,
        critical_temperature=molecule.critical.temperature,
        critical_pressure=molecule.critical.pressure,
        acentric_factor=molecule.critical.acentric_factor,
        fugacity_coefficient=coefficient,
        defined_atoms=[
            raspa.Atom(position=(0.0, 0.0, site.position), charge=site.charge, type=2 + kind)
            for kind, site in enumerate(molecule.sites)
        ],
        blocking_pockets=_pockets(structure, molecule, temperature),
        particle_probabilities=raspa.MCMoveProbabilities(
            translation_probability=0.3,
            rotation_probability=0.0 if molecule.is_sphere else 0.3,
            reinsertion_cbmc_probability=0.3,
            swap_probability=1.0 if molecule.is_sphere else 0.0,
            swap_cbmc_probability=0.0 if molecule.is_sphere else 1.0,
        ),
    )
    system = raspa.System(
        force_field=force_field,
        external_temperature=temperature,
        external_pressure=pressure,
        helium_void_fraction=0.3,
        framework_components=framework,
        components=[gas],
        initial_number_of_molecules=[0],
    )
    chain = raspa.MonteCarlo(
        number_of_cycles=cycles,
        number_of_initialization_cycles=cycles,
        number_of_equilibration_cycles=0,
        print_every=10**9,
        systems=[system],
        random_seed=seed,
    )
    started = time.process_time()
    chain.run()
    seconds = time.process_time() - started
    mean, half_interval = chain.systems[0].average_loadings.average_loading_number_of_molecules(0)
    molar = 1.0 / (mass_density(structure) * structure.volume * 1e-30 * 6.02214076e23 * math.prod(repeats))
    return Simulated(mean * molar, half_interval / STUDENT * molar, seconds)


def _pockets(
    structure: Structure, molecule: Molecule, temperature: float
) -> list[tuple[float, float, float, float]]:
    """Fractional centre and radius (angstrom) of a sphere around each closed pore."""
    host = host_of(structure, [molecule], temperature, SPACING, accessible=False)
    reachable = np.isfinite(host.guests[0].energy).any(axis=0).reshape(host.shape)
    pores = find_pores(reachable)
    pockets = []
    for number in np.flatnonzero(pores.dimensionality == 0):
        points = np.argwhere(pores.labels == number) / np.array(host.shape)
        apart = (points - points[0] + 0.5) % 1.0 - 0.5
        centre = apart.mean(axis=0)
        radius = np.linalg.norm((apart - centre) @ structure.lattice, axis=1).max() + SPACING
        pockets.append((*((points[0] + centre) % 1.0).tolist(), float(radius)))
    return pockets


def _force_field(molecule: Molecule) -> raspa.ForceField:
    """Silicon, oxygen and the sites of a molecule."""
    charges = molecule.framework_charges
    atoms = [
        raspa.PseudoAtom("Si", True, 28.0855, charges.get("Si", 0.0), 0.0, 14, False, "zeo"),
        raspa.PseudoAtom("O", True, 15.999, charges.get("O", 0.0), 0.0, 8, False, "zeo"),
        *(
            raspa.PseudoAtom(f"G{kind}", False, 12.0, site.charge, 0.0, 6, True, "zeo")
            for kind, site in enumerate(molecule.sites)
        ),
    ]
    pairs = [_unmixed(molecule.sites, element) for element in ("Si", "O")]
    pairs += [site.own or NONE for site in molecule.sites]
    return raspa.ForceField(
        atoms,
        [raspa.VDWParameters(pair.epsilon, pair.sigma) for pair in pairs],
        raspa.ForceField.MixingRule.LORENTZ_BERTHELOT,
        molecule.cutoff,
        molecule.cutoff,
        CUTOFF,
        shifted=False,
        tail_corrections=False,
        use_charge=bool(charges),
    )


def _unmixed(sites: tuple[RodSite, ...], element: str) -> Pair:
    """What an element has to be for the Lorentz-Berthelot rule to give its pair with the outermost site."""
    site = max(sites, key=lambda each: (each.own is not None, each.position))
    pair = site.pairs.get(element)
    if pair is None or site.own is None:
        return NONE
    return Pair(pair.epsilon**2 / site.own.epsilon, 2 * pair.sigma - site.own.sigma)


def _atoms(structure: Structure, molecule: Molecule) -> list[raspa.Atom]:
    kinds = {"Si": 0, "O": 1}
    return [
        raspa.Atom(
            position=tuple(place % 1.0),
            charge=molecule.framework_charges.get(element, 0.0),
            type=kinds[element],
        )
        for element, place in zip(structure.species, structure.frac_coords, strict=True)
    ]


def _box(structure: Structure) -> raspa.SimulationBox:
    """In radians, whatever raspalib's own description says."""
    a, b, c = structure.lattice / structure.lengths[:, None]
    angles = np.arccos([b @ c, a @ c, a @ b])
    if np.abs(np.degrees(angles) - 90).max() < FREEDOM:
        return raspa.SimulationBox(*structure.lengths)
    return raspa.SimulationBox(*structure.lengths, *angles)
