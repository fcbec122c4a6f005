"""Pore sizes: the largest sphere that fits into a framework, and the largest that can pass through it."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

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


class Pores(PropertyProbe):
    """Diameters of the largest included and of the largest free sphere, between the oxygen atoms.

    Other atoms are no obstacle: those of a framework lie inside tetrahedra of oxygen that keep any sphere
    away. The free sphere can move without end in at least one direction. Definitions: M. D. Foster, I. Rivin,
    M. M. J. Treacy, O. Delgado Friedrichs, Microporous Mesoporous Mater. 90 (2006) 32. Both are exact, for
    cells of any shape. The diameters in the Database of Zeolite Structures, made in that way, are 0.06 A
    larger: an ``oxygen_radius`` of 1.32 reproduces them.
    """

    Options = PoreOptions

    def properties(self, source: Grid | Structure) -> Mapping[str, Quantity]:
        """``included_sphere`` and ``free_sphere``, 0 where not even a point passes between the oxygen.

        Raises:
            GridError: a grid, in which there are no atoms.
            InputError: a structure without oxygen, or with a void of more than 50 A.
        """
        if not isinstance(source, Structure):
            raise GridError("pores are measured on atoms, not on a grid")
        oxygen = source.coords_of("O")
        if len(oxygen) == 0:
            raise InputError("there is no oxygen between which to look for pores")
        network = pore_network(source.lattice, oxygen)
        return {
            "included_sphere": self._diameter(network.largest()),
            "free_sphere": self._diameter(network.largest_free()),
        }

    def _diameter(self, distance: float) -> Quantity:
        return Quantity(2.0 * max(0.0, distance - self.options.oxygen_radius), "A")
