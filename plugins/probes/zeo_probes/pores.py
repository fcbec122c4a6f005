"""Pore sizes: the largest sphere that fits into a framework, and the largest that can pass through it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.errors import GridError, InputError
from zeo.grids.grid import Grid
from zeo.plugin.interfaces import PropertyProbe
from zeo.plugin.options import option
from zeo.plugin.quantity import Quantity
from zeo_probes.pore_network import pore_network


@frozen(kw_only=True)
class PoreOptions:
    """Options of the probe."""

    oxygen_radius: float = option(1.35, "radius of an oxygen atom", unit="A", at_least=0.0)
    obstacles: bool = option(
        False,
        "what is neither T atom nor oxygen is in the way, as large as an oxygen atom; refused otherwise",
    )


class Pores(PropertyProbe):
    """Diameters of the largest included and of the largest free sphere, between the oxygen atoms.

    T atoms are no obstacle: they lie inside tetrahedra of oxygen that keep any sphere away. Cations, hydrogen
    and whatever else is in the pores has no radius here, and is refused unless the user wants it to count as
    oxygen does. The free sphere can move without end in at least one direction. Definitions: M. D. Foster,
    I. Rivin, M. M. J. Treacy, O. Delgado Friedrichs, Microporous Mesoporous Mater. 90 (2006) 32. Both are
    exact, for cells of any shape. The diameters in the Database of Zeolite Structures, made in that way, are
    0.06 A larger: an ``oxygen_radius`` of 1.32 reproduces them.
    """

    Options = PoreOptions

    def properties(self, source: Grid | Structure) -> Mapping[str, Quantity]:
        """``included_sphere`` and ``free_sphere``, 0 where not even a point passes between the oxygen.

        Raises:
            GridError: a grid, in which there are no atoms.
            InputError: a structure without oxygen, with atoms in the way that have no radius, or with a void
                of more than 50 A.
        """
        if not isinstance(source, Structure):
            raise GridError("pores are measured on atoms, not on a grid")
        network = pore_network(source.lattice, self._obstacles(source))
        return {
            "included_sphere": self._diameter(network.largest()),
            "free_sphere": self._diameter(network.largest_free()),
        }

    def _obstacles(self, structure: Structure) -> NDArray[np.float64]:
        """Fractional coordinates [n, 3] of what a sphere has to keep away from."""
        if not structure.count("O"):
            raise InputError("there is no oxygen between which to look for pores")
        coords, species = (
            np.delete(np.array(each), structure.framework.t, axis=0)
            for each in (structure.frac_coords, structure.species)
        )
        others = sorted(set(species.tolist()) - {"O"})
        if others and not self.options.obstacles:
            raise InputError(
                f"no radius for {', '.join(others)}, which may be in the way: take these atoms out, or count"
                " them as large as oxygen with pores.obstacles=true"
            )
        return coords

    def _diameter(self, distance: float) -> Quantity:
        return Quantity(2.0 * max(0.0, distance - self.options.oxygen_radius), "A")
