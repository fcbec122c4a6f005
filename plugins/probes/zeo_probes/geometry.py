"""Bond lengths and angles of a framework, and the energy that they suggest before anything is relaxed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.geometry import geometry as bonds_and_angles
from zeo.crystal.structure import Structure
from zeo.errors import GridError
from zeo.grids.grid import Grid
from zeo.plugin.interfaces import PropertyProbe
from zeo.plugin.quantity import Quantity

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
    bonds = bonds_and_angles(structure)
    return {
        "density": structure.framework_density,
        "sio_mean": float(bonds.t_o.mean()),
        "sio_deviation": float(bonds.t_o.std()),
        "oto_deviation": float(np.sqrt(np.square(bonds.o_t_o - TETRAHEDRAL).mean())),
        "siosi_mean": float(bonds.t_o_t.mean()),
        "siosi_deviation": float(bonds.t_o_t.std()),
        "siosi_smallest": float(bonds.t_o_t.min()),
    }


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
