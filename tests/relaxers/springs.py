"""A potential for tests: springs along the bonds and the edges of the tetrahedra."""

from __future__ import annotations

import json

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.neighborlist import neighbor_list

SPRINGS = (("Si", "O", 2.3, 1.61, 20.0), ("O", "O", 3.2, 2.63, 4.0), ("Si", "Si", 3.8, 3.09, 2.0))
"""Elements, reach (A), ideal distance (A) and force constant (eV/A2)."""


class Springs(Calculator):
    """1/2 k (r - r0)^2 up to a reach, so that a pair that comes apart is forgotten.

    Args:
        scale: of all force constants.
        squeeze: pressure that the potential itself exerts, eV/A3.
    """

    implemented_properties = ("energy", "forces", "stress")

    def __init__(self, scale: float = 1.0, squeeze: float = 0.0) -> None:
        super().__init__()
        self.scale, self.squeeze = scale, squeeze

    def calculate(
        self, atoms: Atoms, properties: object = None, system_changes: object = all_changes
    ) -> None:
        super().calculate(atoms, properties, system_changes)
        energy, forces, virial = 0.0, np.zeros((len(atoms), 3)), np.zeros((3, 3))
        for one, other, reach, ideal, k in SPRINGS:
            i, j, d, vectors = neighbor_list("ijdD", atoms, {(one, other): reach})
            stretch = d - ideal
            pull = (self.scale * k * stretch / d)[:, None] * vectors  # every pair comes twice
            energy += 0.25 * self.scale * k * float(stretch @ stretch)
            np.add.at(forces, i, 0.5 * pull)
            np.add.at(forces, j, -0.5 * pull)
            virial += 0.5 * vectors.T @ pull
        energy += self.squeeze * atoms.get_volume()
        stress = virial / atoms.get_volume() + self.squeeze * np.eye(3)
        voigt = stress[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]]
        self.results = {"energy": energy, "forces": forces, "stress": voigt}


class NoNumbers(Springs):
    """Returns what is no number for anything but quartz."""

    def calculate(
        self, atoms: Atoms, properties: object = None, system_changes: object = all_changes
    ) -> None:
        super().calculate(atoms, properties, system_changes)
        if len(atoms) != 9:
            self.results["energy"] = float("nan")


def springs(text: str) -> Springs:
    """A function in place of a class."""
    return Springs(**json.loads(text))
