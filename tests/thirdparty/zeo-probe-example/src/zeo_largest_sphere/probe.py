"""Distance to the oxygen atoms: its largest value is the radius of the largest sphere that fits."""

import itertools

import numpy as np
from attrs import frozen
from scipy.spatial import cKDTree

from zeo.crystal.structure import Structure
from zeo.errors import InputError
from zeo.grids.grid import grid_points
from zeo.plugin.interfaces import PropertyProbe
from zeo.plugin.options import option
from zeo.plugin.quantity import Quantity


class LargestSphere(PropertyProbe):
    """Diameter of the largest included sphere, on grid points."""

    @frozen(kw_only=True)
    class Options:
        n: int = option(32, "grid points along each axis", at_least=1)
        radius: float = option(1.35, "radius of an oxygen atom", unit="A", at_least=0.0)

    def channel(self, name, structure, shape):
        """Distance to the surface of the nearest oxygen, in angstrom: float32 [X, Y, Z]."""
        oxygen = structure.coords_of("O") % 1.0
        if len(oxygen) == 0:
            raise InputError("there is no oxygen to measure the distance to")
        images = np.array(list(itertools.product((-1, 0, 1), repeat=3)))
        atoms = (oxygen[:, None] + images).reshape(-1, 3) @ structure.lattice
        points = np.stack(np.meshgrid(*map(grid_points, shape), indexing="ij"), axis=-1) @ structure.lattice
        distance, _ = cKDTree(atoms).query(points)
        return (distance - self.options.radius).astype(np.float32)

    def properties(self, source):
        """The diameter, from the atoms or from a grid that has the channel ``distance:oxygen``."""
        if isinstance(source, Structure):
            distance = self.channel("distance:oxygen", source, (self.options.n,) * 3)
        else:
            distance = source.channel("distance:oxygen")
        return {"diameter": Quantity(2.0 * max(0.0, float(distance.max())), "A")}
