"""Bond lengths and angles of a framework, and the energy that they suggest before anything is relaxed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.neighbours import pairs_within
from zeo.crystal.structure import Structure
from zeo.errors import GridError, InputError
from zeo.grids.grid import Grid
from zeo.plugin.interfaces import PropertyProbe
from zeo.plugin.quantity import Quantity

BOND = 2.0
"""Angstrom; T and O closer than this are bonded."""

TETRAHEDRAL = float(np.degrees(np.arccos(-1 / 3)))

FEATURES = ("density", "oto_deviation", "siosi_mean", "siosi_deviation", "siosi_smallest", "sio_deviation")
"""What the energy is estimated from."""

CLIPPED = 4.0
"""Standard deviations; what is farther from the mean counts as so far."""

WEIGHTS = "energy_estimate.json"


class Geometry(PropertyProbe):
    """Si-O distances, O-Si-O and Si-O-Si angles of a four-connected framework.

    ``energy_estimate`` is a ridge regression on :data:`FEATURES` and their products, fitted by
    ``scripts/fit_energy_estimate.py`` to the energies that frameworks regularised by distance least squares
    have once they are relaxed (Sanders-Leslie-Catlow potential). It is made for such geometries, before
    relaxation: a relaxed framework has an energy, and needs none of this.
    """

    def properties(self, source: Grid | Structure) -> Mapping[str, Quantity]:
        """All quantities, in angstrom, degrees and kJ/mol Si.

        Raises:
            GridError: a grid, in which there are no atoms.
            InputError: T atoms without four oxygens, or oxygens without two T atoms.
        """
        if not isinstance(source, Structure):
            raise GridError("bonds are measured on atoms, not on a grid")
        found = geometry(source)
        units = {"sio": "A", "oto": "degree", "siosi": "degree"}
        quantities = {
            name: Quantity(value, units[name.partition("_")[0]])
            for name, value in found.items()
            if name != "density"
        }
        return quantities | {"energy_estimate": Quantity(estimated_energy(found), "kJ/mol Si")}


def geometry(structure: Structure) -> dict[str, float]:
    """Means and deviations of bonds and angles, and the framework density.

    Raises:
        InputError: it is not four-connected.
    """
    t, oxygen = structure.framework.t, np.flatnonzero(np.array(structure.species) == "O")
    coords = np.asarray(structure.frac_coords)
    i, j, shifts, distances = pairs_within(structure.lattice, coords[t], coords[oxygen], BOND)
    bonds = (coords[oxygen][j] + shifts - coords[t][i]) @ structure.lattice / distances[:, None]
    if not len(i) or (np.bincount(i, minlength=len(t)) != 4).any():
        raise InputError(f"not every T atom has four oxygens within {BOND:g} A: repair the framework first")
    if (np.bincount(j, minlength=len(oxygen)) != 2).any():
        raise InputError(f"not every oxygen has two T atoms within {BOND:g} A: repair the framework first")
    around_t = bonds[np.argsort(i, kind="stable")].reshape(-1, 4, 3)
    around_o = bonds[np.argsort(j, kind="stable")].reshape(-1, 2, 3)
    first, second = np.triu_indices(4, 1)
    oto = _angles(around_t[:, first], around_t[:, second])
    siosi = _angles(around_o[:, 0], around_o[:, 1])
    return {
        "density": structure.framework_density,
        "sio_mean": float(distances.mean()),
        "sio_deviation": float(distances.std()),
        "oto_deviation": float(np.sqrt(np.square(oto - TETRAHEDRAL).mean())),
        "siosi_mean": float(siosi.mean()),
        "siosi_deviation": float(siosi.std()),
        "siosi_smallest": float(siosi.min()),
    }


def _angles(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Between unit vectors [..., 3], degrees."""
    cosine: NDArray[np.float64] = (first * second).sum(axis=-1)
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


@frozen(eq=False)
class Ridge:
    """A quadratic function of some numbers.

    Args:
        mean: [n] of the numbers where it was fitted.
        deviation: [n] likewise.
        weights: [1 + n + n (n + 1) / 2], of one, the numbers and their products.
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    weights: NDArray[np.float64]

    def of(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values [m] for numbers [m, n]."""
        values: NDArray[np.float64] = terms(numbers, self.mean, self.deviation) @ self.weights
        return values


def terms(
    numbers: NDArray[np.float64], mean: NDArray[np.float64], deviation: NDArray[np.float64]
) -> NDArray[np.float64]:
    """One, the numbers [m, n] in deviations from their means, and the products of these in pairs."""
    scaled = np.clip((numbers - mean) / deviation, -CLIPPED, CLIPPED)
    first, second = np.triu_indices(scaled.shape[1])
    return np.concatenate([np.ones((len(scaled), 1)), scaled, scaled[:, first] * scaled[:, second]], axis=1)


@cache
def energy_ridge() -> Ridge:
    """The one that ships."""
    stored = json.loads(files("zeo_probes.data").joinpath(WEIGHTS).read_text(encoding="utf-8"))
    return Ridge(*(np.array(stored[name]) for name in ("mean", "deviation", "weights")))


def estimated_energy(found: Mapping[str, float]) -> float:
    """Of relaxed atoms, above quartz, kJ/mol Si, from the geometry before."""
    return float(energy_ridge().of(np.array([[found[name] for name in FEATURES]]))[0])
