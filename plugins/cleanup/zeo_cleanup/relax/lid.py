"""Local interatomic distances: do the tetrahedra of a relaxed framework look like those of real zeolites?

Y. Li, J. Yu & R. Xu, Angew. Chem. Int. Ed. 2013, 52, 1673: in real zeolites the mean O..O distance within
tetrahedra and the mean T..T distance across bridges follow the mean T-O distance on two straight lines, and
the distances of each kind scatter little. The lines and limits belong to the potential that relaxed the
structure, so that unrelaxed ones cannot be judged. They test the geometry, not whether it can be made.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo_cleanup.bonds import Bonds, bridges

KINDS = ("TO", "OO", "TT")


@frozen(kw_only=True)
class Distances:
    """Means, standard deviations and ranges (largest minus smallest) by kind of distance, angstrom."""

    mean: Mapping[str, float]
    deviation: Mapping[str, float]
    range: Mapping[str, float]


@frozen(kw_only=True)
class Limits:
    """What frameworks must keep to.

    Args:
        lines: slope and intercept (angstrom) of the mean OO and TT distance over the mean TO distance.
        offset: farthest from those lines, angstrom.
        deviation: largest standard deviation of each kind, angstrom.
        range: largest range of each kind, angstrom.
    """

    lines: Mapping[str, tuple[float, float]]
    offset: Mapping[str, float]
    deviation: Mapping[str, float]
    range: Mapping[str, float]


def limits(name: str) -> Limits:
    """A set of limits from ``data/lid_limits.toml``: ``slc`` or ``published``."""
    data = tomllib.loads(files("zeo_cleanup").joinpath("data", "lid_limits.toml").read_text("utf-8"))[name]
    return Limits(
        lines={kind: (line["slope"], line["intercept"]) for kind, line in data["lines"].items()},
        offset=data["offset"],
        deviation=data["deviation"],
        range=data["range"],
    )


def distances(structure: Structure, bonds: Bonds) -> Distances:
    """The local distances of a relaxed framework.

    Args:
        structure: relaxed with the potential that the limits are for.
        bonds: of it.
    """
    coords = structure.frac_coords
    order = np.argsort(bonds.si, kind="stable")
    oxygen = (coords[bonds.o] + bonds.shifts)[order].reshape(-1, 4, 3)
    one, other = np.triu_indices(4, k=1)
    i, j, shifts = bridges(bonds)
    lengths = {
        "TO": _lengths(coords[bonds.o] + bonds.shifts - coords[bonds.si], structure),
        "OO": _lengths((oxygen[:, other] - oxygen[:, one]).reshape(-1, 3), structure),
        "TT": _lengths(coords[j] + shifts - coords[i], structure),
    }
    return Distances(
        mean={kind: float(lengths[kind].mean()) for kind in KINDS},
        deviation={kind: float(lengths[kind].std()) for kind in KINDS},
        range={kind: float(np.ptp(lengths[kind])) for kind in KINDS},
    )


def offsets(found: Distances, lines: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """How far the mean OO and TT distances are from the lines, angstrom."""
    return {
        kind: abs(found.mean[kind] - slope * found.mean["TO"] - intercept)
        for kind, (slope, intercept) in lines.items()
    }


def violations(found: Distances, allowed: Limits) -> list[str]:
    """What exceeds its limit, such as ``"range TT 0.41 > 0.33"``; empty when all is well."""
    pairs = [
        ("offset", offsets(found, allowed.lines), allowed.offset),
        ("deviation", found.deviation, allowed.deviation),
        ("range", found.range, allowed.range),
    ]
    return [
        f"{measure} {kind} {values[kind]:.4f} > {bounds[kind]:.4f}"
        for measure, values, bounds in pairs
        for kind in bounds
        # at the precision that is printed, which is also that to which relaxations repeat
        if round(values[kind], 4) > round(bounds[kind], 4)
    ]


def _lengths(vectors: NDArray[np.float64], structure: Structure) -> NDArray[np.float64]:
    lengths: NDArray[np.float64] = np.linalg.norm(vectors @ structure.lattice, axis=1)
    return lengths
