"""The ``voxel`` representation: energies and atom densities on the points of the fractional cell."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.errors import GridError, InputError
from zeo.grids import flood_fill, peaks
from zeo.grids.gaussians import gaussian_density
from zeo.grids.grid import Grid
from zeo.plugin.interfaces import GridRepresentation
from zeo.plugin.options import option

ELEMENTS = {"si": "Si", "o": "O"}
"""The channels that hold atoms."""

CLOSEST = {"si": 2.0, "o": 1.6}
"""Angstrom. In the IZA frameworks no two Si are closer than 2.74 and no two O closer than 2.51."""

LARGEST_VOLUME = 1e7
"""Cubic angstrom; peaks are searched on points 0.6 A apart at most, and many more would fill the memory."""


class Voxel(GridRepresentation):
    """Grids of ``n`` points along each axis, any cell.

    Atom channels are sums of exp(-r^2 / 1.0 A^2) over the atoms of one element; all other channels come from
    the probe that declares them.
    """

    @frozen(kw_only=True)
    class Options:
        n: int = option(32, "grid points along each axis", at_least=4, at_most=1024)
        channels: tuple[str, ...] = option(
            ("energy:methane", "si", "o"), "what to put into the grid: si, o, energy:GAS, boltzmann:GAS"
        )
        decoder: str = option(
            "peaks",
            "how atoms are found: a least-squares fit, or the volumes of the reference papers",
            choices=("peaks", "flood-fill"),
        )
        threshold: float = option(
            0.5, "smallest amplitude of a fitted atom (peaks); a whole atom has 1", above=0, at_most=1
        )

    @property
    def channels(self) -> tuple[str, ...]:
        channels: tuple[str, ...] = self.options.channels
        return channels

    def encode(self, structure: Structure) -> Grid:
        """Write a structure as a grid.

        Raises:
            InputError: atoms other than Si and O.
            PluginError: a channel that no probe computes.
        """
        foreign = sorted(set(structure.species) - set(ELEMENTS.values()))
        if foreign:
            raise InputError(f"a voxel grid holds Si and O only, not {', '.join(foreign)}")
        shape = (self.options.n,) * 3
        return Grid.stack(
            {name: self._channel(name, structure, shape) for name in self.channels}, structure.lattice
        )

    def _channel(self, name: str, structure: Structure, shape: tuple[int, int, int]) -> NDArray[np.float32]:
        if name in ELEMENTS:
            return gaussian_density(structure.lattice, structure.coords_of(ELEMENTS[name]), shape)
        return self.plugins.probe_of_channel(name).channel(name, structure, shape)

    def decode(self, encoded: Grid) -> Structure:
        """The atoms of the ``si`` and ``o`` channels; grids of any shape and cell.

        Raises:
            GridError: one of the two is missing, or the cell is too large to be searched in memory.
        """
        grid = encoded
        volume = abs(float(np.linalg.det(grid.lattice)))
        if volume > LARGEST_VOLUME:
            raise GridError(
                f"atoms are not looked for in a cell of {volume:.0f} A3, above {LARGEST_VOLUME:.0f}"
            )
        if not set(ELEMENTS) <= set(grid.channels):
            raise GridError(
                f"atoms are read from the channels si and o; the grid has only {', '.join(grid.channels)}"
            )
        si, o = (self._atoms(name, grid) for name in ELEMENTS)
        return Structure.from_si_o(grid.lattice, si, o)

    def _atoms(self, name: str, grid: Grid) -> NDArray[np.float64]:
        if self.options.decoder == "flood-fill":
            return flood_fill.find_atoms(grid.channel(name))
        return peaks.find_atoms(grid.channel(name), grid.lattice, self.options.threshold, CLOSEST[name])
