"""A periodic structure: lattice, species and fractional coordinates, and nothing else.

The conventions are pymatgen's: the rows of the lattice are a, b and c in angstrom, coordinates are
fractional. Arrays are read-only, so a structure can be shared without copies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen
from numpy.typing import ArrayLike, NDArray

from zeo.crystal.disorder import Occupant, complaint
from zeo.crystal.framework_atoms import FrameworkAtoms, framework_atoms
from zeo.errors import InputError
from zeo.tools.arrays import float64_array

if TYPE_CHECKING:
    import ase
    import pymatgen.core.structure

SMALLEST_VOLUME = 1e-3
"""Cubic angstrom; a cell with less has no inverse to speak of."""


def symbols(value: Iterable[str]) -> tuple[str, ...]:
    """Element symbols as a tuple."""
    return tuple(value)


def cell_vectors(lengths: ArrayLike, angles: ArrayLike = (90.0, 90.0, 90.0)) -> NDArray[np.float64]:
    """Lattice [3, 3] (rows a, b, c; a along x, b in the xy plane) of lengths (A) and angles (degrees)."""
    a, b, c = np.asarray(lengths, dtype=float)
    alpha, beta, gamma = np.asarray(angles, dtype=float)
    # cos(90 degrees) must be exactly zero, else orthogonal cells pick up a skew of 1e-16
    cos_a, cos_b, cos_g = (0.0 if x == 90.0 else np.cos(np.radians(x)) for x in (alpha, beta, gamma))
    sin_g = 1.0 if gamma == 90.0 else np.sin(np.radians(gamma))
    cx = cos_b
    cy = (cos_a - cos_b * cos_g) / sin_g
    cz = np.sqrt(1.0 - cx * cx - cy * cy)
    return np.array([[a, 0.0, 0.0], [b * cos_g, b * sin_g, 0.0], [c * cx, c * cy, c * cz]])


@frozen(eq=False, repr=False)
class Structure:
    """Atoms in a periodic cell.

    Args:
        lattice: [3, 3], rows a, b, c in angstrom.
        species: n element symbols.
        frac_coords: [n, 3], fractional.

    Raises:
        InputError: shapes that do not fit, non-finite numbers or a cell without volume.
    """

    lattice: NDArray[np.float64] = field(converter=float64_array)
    species: tuple[str, ...] = field(converter=symbols)
    frac_coords: NDArray[np.float64] = field(converter=float64_array)

    def __attrs_post_init__(self) -> None:
        if self.lattice.shape != (3, 3):
            raise InputError(f"a lattice is 3 x 3, not {self.lattice.shape}")
        if self.frac_coords.shape != (len(self.species), 3):
            raise InputError(
                f"{len(self.species)} species need coordinates of shape ({len(self.species)}, 3),"
                f" not {self.frac_coords.shape}"
            )
        if not (np.isfinite(self.lattice).all() and np.isfinite(self.frac_coords).all()):
            raise InputError("lattice and coordinates must be finite numbers")
        if self.volume < SMALLEST_VOLUME:
            raise InputError(f"the cell has no volume ({self.volume:.2g} A3)")

    def __len__(self) -> int:
        return len(self.species)

    def __repr__(self) -> str:
        return f"Structure({', '.join(f'{name} {value}' for name, value in self._facts().items())})"

    def _repr_html_(self) -> str:
        lines = (f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in self._facts().items())
        return f"<table>{''.join(lines)}</table>"

    def _facts(self) -> dict[str, str]:
        """What a person wants to see of it."""
        facts = {
            "formula": self.formula,
            "cell": " x ".join(f"{length:.3f}" for length in self.lengths) + " A",
            "angles": " ".join(f"{angle:.2f}" for angle in self.angles) + " deg",
        }
        if not len(self.framework.t):
            return facts
        t_atoms = {"T atoms": str(len(self.framework.t))}
        return facts | {"density": f"{self.framework_density:.2f} T/1000 A3"} | t_atoms

    @property
    def formula(self) -> str:
        """The content of the cell, such as ``"Si24O48"``, elements in the order of their first atoms."""
        return "".join(f"{element}{count}" for element, count in Counter(self.species).items())

    @cached_property
    def volume(self) -> float:
        """In cubic angstrom."""
        a, b, c = self.lattice
        return float(abs(a @ np.cross(b, c)))

    @property
    def lengths(self) -> NDArray[np.float64]:
        """a, b, c in angstrom."""
        lengths: NDArray[np.float64] = np.sqrt((self.lattice**2).sum(axis=1))
        return lengths

    @property
    def angles(self) -> NDArray[np.float64]:
        """alpha, beta, gamma in degrees."""
        unit = self.lattice / self.lengths[:, None]
        cosines = [unit[1] @ unit[2], unit[2] @ unit[0], unit[0] @ unit[1]]
        angles: NDArray[np.float64] = np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0)))
        return angles

    @property
    def is_orthogonal(self) -> bool:
        """Whether all angles are 90 degrees to within 1e-4 degrees."""
        return bool(np.abs(self.angles - 90.0).max() < 1e-4)

    @property
    def cart_coords(self) -> NDArray[np.float64]:
        """[n, 3] in angstrom."""
        coords: NDArray[np.float64] = self.frac_coords @ self.lattice
        return coords

    def coords_of(self, element: str) -> NDArray[np.float64]:
        """Fractional coordinates [m, 3] of one element."""
        coords: NDArray[np.float64] = self.frac_coords[np.array(self.species) == element]
        return coords

    def count(self, element: str) -> int:
        return self.species.count(element)

    @cached_property
    def framework(self) -> FrameworkAtoms:
        """Its T atoms, of any element, the oxygen between them, and what the other atoms are."""
        return framework_atoms(self)

    @property
    def framework_density(self) -> float:
        """T atoms per 1000 cubic angstrom."""
        return 1000.0 * len(self.framework.t) / self.volume

    @classmethod
    def from_si_o(cls, lattice: ArrayLike, si: ArrayLike, o: ArrayLike) -> Structure:
        """A structure of silicon [n, 3] and oxygen [m, 3] at fractional coordinates, silicon first."""
        si = np.asarray(si, dtype=float).reshape(-1, 3)
        o = np.asarray(o, dtype=float).reshape(-1, 3)
        return cls(lattice, ("Si",) * len(si) + ("O",) * len(o), np.concatenate([si, o]))

    @classmethod
    def from_ase(cls, atoms: ase.Atoms) -> Structure:
        symbols, coords = atoms.symbols, atoms.cell.scaled_positions(atoms.positions)
        return cls(atoms.cell.array, list(symbols), coords)

    @classmethod
    def from_pymatgen(cls, structure: pymatgen.core.structure.Structure) -> Structure:
        if not structure.is_ordered:
            site = next(site for site in structure if not site.is_ordered)
            parts = [Occupant(site.label, e.symbol, float(n)) for e, n in site.species.items()]
            raise InputError(complaint(parts) or f"site {site.label} is not ordered")
        return cls(
            structure.lattice.matrix, [site.specie.symbol for site in structure], structure.frac_coords
        )

    def to_ase(self) -> ase.Atoms:
        import ase

        return ase.Atoms(list(self.species), scaled_positions=self.frac_coords, cell=self.lattice, pbc=True)

    def to_pymatgen(self) -> pymatgen.core.structure.Structure:
        import pymatgen.core.structure

        return pymatgen.core.structure.Structure(self.lattice, list(self.species), self.frac_coords)
