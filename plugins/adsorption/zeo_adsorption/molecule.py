"""Gas molecules as the simulation of adsorption needs them: force field, their pairs, equation of state."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from zeo.errors import ConfigError
from zeo_adsorption.equation_of_state import CriticalPoint
from zeo_probes.force_fields import RodSite, citation, load_fluid, load_rod, load_sphere


@frozen
class Molecule:
    """A rigid linear gas molecule, or a sphere.

    Args:
        name: in the force-field file.
        sites: along its axis.
        framework_charges: of each element, elementary charges; empty where the molecule has none.
        cutoff: of the Lennard-Jones pairs, angstrom.
        critical: for the equation of state.
        force_field: its sources, in one line.
        inverse_mass: mol/g, of a molecule that moves by quantum mechanics; 0 for classical motion.
    """

    name: str
    sites: tuple[RodSite, ...]
    framework_charges: dict[str, float]
    cutoff: float
    critical: CriticalPoint
    force_field: str
    inverse_mass: float = 0.0

    @property
    def is_sphere(self) -> bool:
        return len(self.sites) == 1

    @property
    def elements(self) -> set[str]:
        """Of frameworks that it has parameters for."""
        known = set.intersection(*(set(site.pairs) for site in self.sites))
        return known & set(self.framework_charges) if self.framework_charges else known


def load_molecule(name: str, force_field: Path | None = None) -> Molecule:
    """A gas of a force-field file; of the packaged one when None is given.

    Raises:
        ConfigError: a file that cannot be read, or a gas that is missing, malformed, or without parameters
            for its own molecules.
    """
    fluid = load_fluid(name, force_field)
    critical = CriticalPoint(fluid.critical_temperature, fluid.critical_pressure, fluid.acentric_factor)
    sources = citation(name, force_field)
    if fluid.pair is not None:
        sphere = load_sphere(name, force_field)
        site = RodSite(0.0, 0.0, sphere.pairs, fluid.pair)
        return Molecule(name, (site,), {}, sphere.cutoff, critical, sources)
    rod = load_rod(name, force_field)
    if all(site.own is None for site in rod.sites):
        raise ConfigError(f"gas {name}: no site says how it meets its own kind; give its pair as self")
    return Molecule(name, rod.sites, dict(rod.framework_charges), rod.cutoff, critical, sources)
