"""What a silica framework looks like at rest, in numbers that neither its cell nor its size decides.

Every framework is relaxed here, in the same way wherever it comes from: where frameworks were relaxed
differently, their numbers tell who relaxed them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from attrs import frozen

from zeo.crystal.net import Net, NetError
from zeo.crystal.structure import Structure
from zeo.errors import InputError
from zeo.plugin.framework import ring_sizes
from zeo_cleanup.key import Topology, topology_of
from zeo_cleanup.relax.framework import nearest_bonds
from zeo_cleanup.relax.lid import KINDS, distances
from zeo_cleanup.relax.postprocessor import Relax
from zeo_cleanup.relax.relaxation import Relaxation
from zeo_cleanup.rings import vertex_symbols

ANGLES = 6
"""Pairs of bonds at a T atom."""

LARGEST_RING = 12
"""T atoms; angles in none but larger rings are counted with these."""

RINGS = tuple(f"rings_{size}" for size in range(3, LARGEST_RING + 1))
"""Share of the angles at T atoms whose smallest ring has so many T atoms; sums to 1."""

DISTANCES = tuple(f"{measure}_{kind}" for measure in ("mean", "deviation", "range") for kind in KINDS)
"""The local interatomic distances of Y. Li, J. Yu & R. Xu, Angew. Chem. Int. Ed. 2013, 52, 1673; angstrom."""

FEATURES = ("energy", "density", *DISTANCES, *RINGS)
"""All numbers of a framework at rest."""


@frozen(eq=False)
class Rest:
    """A framework at rest.

    Args:
        energy: above alpha-quartz, kJ/mol Si.
        density: T/1000 A3.
        distances: by the names of :data:`DISTANCES`, angstrom.
        rings: by the names of :data:`RINGS`.
    """

    energy: float
    density: float
    distances: Mapping[str, float]
    rings: Mapping[str, float]

    @property
    def numbers(self) -> Mapping[str, float]:
        """By the names of :data:`FEATURES`."""
        return {"energy": self.energy, "density": self.density, **self.distances, **self.rings}


def at_rest(structure: Structure) -> Rest | str:
    """Relax a framework (Sanders-Leslie-Catlow, atoms and cell, in the symmetry that it has) and measure it.

    Args:
        structure: of SiO2, any cell.

    Returns:
        The measures, or why the framework has no relaxed geometry.

    Raises:
        InputError: other atoms than silicon and oxygen, or no single net that is four-connected in three
            dimensions.
    """
    require_silica(structure)
    try:
        topology_of(Net.from_structure(structure))
    except NetError as error:
        raise InputError(f"{error.reason} ({error.detail}): repair the framework first") from error
    found = _relaxer().relaxed(structure)
    if found.energy is None:
        return f"{found.reason}: {found.detail}"
    return _measured(found, found.energy)


def require_silica(structure: Structure) -> None:
    """Refuse what the potential has no parameters for.

    Raises:
        InputError: other atoms than silicon and oxygen.
    """
    if others := sorted(set(structure.species) - {"Si", "O"}):
        raise InputError(
            f"{', '.join(others)} in it, but frameworks are compared as SiO2: take out what is in the pores"
            " and make all T atoms silicon"
        )


def _measured(found: Relaxation, energy: float) -> Rest | str:
    relaxed = found.structure
    try:
        topology = topology_of(Net.from_structure(relaxed))
    except NetError as error:
        return f"after relaxation, {error.reason}: {error.detail}"
    local = distances(relaxed, nearest_bonds(relaxed))
    measures = {"mean": local.mean, "deviation": local.deviation, "range": local.range}
    return Rest(
        energy=energy,
        density=relaxed.framework_density,
        distances={f"{name}_{kind}": measures[name][kind] for name in measures for kind in KINDS},
        rings=ring_shares(topology),
    )


def ring_shares(topology: Topology) -> dict[str, float]:
    """By the names of :data:`RINGS`; each T atom counts as often as it is in the cell."""
    counts = np.zeros(LARGEST_RING + 1)
    symbols = vertex_symbols(topology.half, topology.sites)
    for symbol, multiplicity in zip(symbols, topology.multiplicities.tolist(), strict=True):
        sizes = np.minimum(ring_sizes(symbol), LARGEST_RING)
        counts += multiplicity * np.bincount(sizes, minlength=len(counts))
        counts[LARGEST_RING] += multiplicity * (ANGLES - len(sizes))  # those in no ring that was looked for
    shares = counts[3:] / counts.sum()
    return dict(zip(RINGS, shares.tolist(), strict=True))


@cache
def _relaxer() -> Relax:
    """With the default options, whatever those of a run are."""
    return Relax(Relax.Options())
