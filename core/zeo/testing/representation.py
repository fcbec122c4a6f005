"""Conformance of representations."""

from __future__ import annotations

from collections import Counter

import numpy as np
from attrs import evolve

from zeo.crystal.structure import Structure
from zeo.errors import GridError
from zeo.grids.grid import Grid
from zeo.plugin.declare import RepresentationSpec
from zeo.plugin.interfaces import Representation
from zeo.testing.common import ConformanceError, check_common, require, snapshot
from zeo.testing.frameworks import sodalite

STEPS = (1, 2, 3)
"""Grid steps along a, b, c by which the structure is moved; unequal, so that swapped axes show."""


def check_representation(
    representation: Representation, spec: RepresentationSpec, structure: Structure | None = None
) -> str:
    """Check that a representation writes what it says and reads back the atoms that it wrote.

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
    grid = _encode(representation, structure)
    require(snapshot(structure) == before, "encode() changed the structure that it was given")
    require(snapshot(_encode(representation, structure)) == snapshot(grid), "encode() differs when repeated")
    _require_counts(structure, _decode(representation, grid), "decode(encode(structure))")
    _require_counts(structure, _decode(representation, grid.rolled(STEPS)), "decoding the rolled grid")
    moved = evolve(structure, frac_coords=structure.frac_coords + np.array(STEPS) / grid.shape)
    _require_counts(
        structure, _decode(representation, _encode(representation, moved)), "translating the structure"
    )
    _decode(representation, grid.with_values(np.zeros_like(grid.values)))
    _require_grid_error(representation, grid)
    return ""


def _encode(representation: Representation, structure: Structure) -> Grid:
    grid = representation.encode(structure)
    require(isinstance(grid, Grid), f"encode() returned {type(grid).__name__}, not a Grid")
    channels = tuple(representation.channels)
    require(grid.channels == channels, f"encode() filled {grid.channels}, but `channels` is {channels}")
    require(np.allclose(grid.lattice, structure.lattice), "encode() changed the lattice")
    return grid


def _decode(representation: Representation, grid: Grid) -> Structure:
    before = snapshot(grid)
    structure = representation.decode(grid)
    require(
        isinstance(structure, Structure), f"decode() returned {type(structure).__name__}, not a Structure"
    )
    require(np.allclose(structure.lattice, grid.lattice), "decode() changed the lattice")
    require(snapshot(grid) == before, "decode() changed the grid that it was given")
    return structure


def _require_counts(expected: Structure, structure: Structure, what: str) -> None:
    wanted, found = Counter(expected.species), Counter(structure.species)
    require(found == wanted, f"{what}: {dict(found)} atoms came back instead of {dict(wanted)}")


def _require_grid_error(representation: Representation, grid: Grid) -> None:
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
