"""Other descriptions of a crystal."""

import numpy as np
from attrs import evolve

from zeo.crystal.structure import Structure


def described_otherwise(structure: Structure, shift: tuple[float, float, float], seed: int) -> Structure:
    """The same crystal from another origin, its atoms in another order."""
    order = np.random.default_rng(seed).permutation(len(structure))
    return evolve(
        structure,
        species=tuple(np.array(structure.species)[order]),
        frac_coords=structure.frac_coords[order] + shift,
    )
