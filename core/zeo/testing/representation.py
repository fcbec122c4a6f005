"""Conformance of representations."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from attrs import evolve

from zeo.crystal.structure import Structure
from zeo.errors import GridError
from zeo.grids.grid import Grid
from zeo.plugin.declare import RepresentationSpec
from zeo.plugin.interfaces import GridRepresentation, Representation
from zeo.testing.common import ConformanceError, check_common, require, snapshot
from zeo.testing.frameworks import sodalite

STEPS = (1, 2, 3)
"""Grid steps along a, b, c by which the structure is moved; unequal, so that swapped axes show."""

TRANSLATION = np.array([0.1, 0.2, 0.3])
"""Fractional: the same for representations without a grid."""

LATTICE_TOLERANCE = 1e-5
"""Relative, and in angstrom: lattices may be kept in single precision."""


def check_representation(
    representation: Representation[Any], spec: RepresentationSpec, structure: Structure | None = None
) -> str:
    """Check that a representation reads back the atoms that it wrote, and what else is promised of grids.

    Args:
        representation: with the options to check.
        spec: its record.
        structure: to encode; sodalite when None.

    Raises:
        ConformanceError: which promise is broken.
    """
    structure = sodalite() if structure is None else structure
    check_common("representation", representation, spec)
    before = snapshot(structure)
    encoded = _encode(representation, structure)
    require(snapshot(structure) == before, "encode() changed the structure that it was given")
    require(
        snapshot(_encode(representation, structure)) == snapshot(encoded), "encode() differs when repeated"
    )
    _require_counts(structure, _decode(representation, encoded, structure), "decode(encode(structure))")
    if isinstance(representation, GridRepresentation):
        _check_grids(representation, encoded, structure)
    else:
        moved = evolve(structure, frac_coords=structure.frac_coords + TRANSLATION)
        again = _decode(representation, _encode(representation, moved), structure)
        _require_counts(structure, again, "translating the structure")
    return ""


def _check_grids(representation: GridRepresentation, grid: Grid, structure: Structure) -> None:
    rolled = _decode(representation, grid.rolled(STEPS), structure)
    _require_counts(structure, rolled, "decoding the rolled grid")
    moved = evolve(structure, frac_coords=structure.frac_coords + np.array(STEPS) / grid.shape)
    again = _decode(representation, _encode(representation, moved), structure)
    _require_counts(structure, again, "translating the structure")
    _decode(representation, grid.with_values(np.zeros_like(grid.values)), structure)
    _require_grid_error(representation, grid)


def _encode(representation: Representation[Any], structure: Structure) -> Any:
    encoded = representation.encode(structure)
    require(encoded is not None, "encode() returned None")
    if isinstance(representation, GridRepresentation):
        _check_encoded_grid(representation, encoded, structure)
    else:
        require(not isinstance(encoded, Grid), "it encodes grids, but is no GridRepresentation")
    return encoded


def _check_encoded_grid(representation: GridRepresentation, grid: Any, structure: Structure) -> None:
    require(isinstance(grid, Grid), f"encode() returned {type(grid).__name__}, not a Grid")
    channels = tuple(representation.channels)
    require(grid.channels == channels, f"encode() filled {grid.channels}, but `channels` is {channels}")
    require(np.allclose(grid.lattice, structure.lattice), "encode() changed the lattice")


def _decode(representation: Representation[Any], encoded: Any, original: Structure) -> Structure:
    before = snapshot(encoded)
    structure = representation.decode(encoded)
    require(
        isinstance(structure, Structure), f"decode() returned {type(structure).__name__}, not a Structure"
    )
    same = np.allclose(structure.lattice, original.lattice, rtol=LATTICE_TOLERANCE, atol=LATTICE_TOLERANCE)
    require(same, "decode() changed the lattice")
    require(snapshot(encoded) == before, "decode() changed what it was given")
    return structure


def _require_counts(expected: Structure, structure: Structure, what: str) -> None:
    wanted, found = Counter(expected.species), Counter(structure.species)
    require(found == wanted, f"{what}: {dict(found)} atoms came back instead of {dict(wanted)}")


def _require_grid_error(representation: GridRepresentation, grid: Grid) -> None:
    strange = Grid(grid.values[:1], ["no-such-channel"], grid.lattice)
    try:
        representation.decode(strange)
    except GridError:
        return
    except Exception as error:
        raise ConformanceError(
            f"decode() of a grid without its channels raised {type(error).__name__}, not GridError"
        ) from error
    raise ConformanceError("decode() accepted a grid without its channels; it should raise GridError")
