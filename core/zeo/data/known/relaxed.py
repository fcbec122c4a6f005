"""The four-connected framework types of the IZA Structure Commission, relaxed with our own potential.

Computed by ``scripts/build_reference_energies.py``; they ship with zeo.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import numpy as np
from attrs import field, frozen

from zeo.crystal.structure import Structure, cell_vectors
from zeo.crystal.symmetry import expand
from zeo.data.known.iza import CITATION
from zeo.errors import InputError

DATA_FILE = "iza_relaxed.json.gz"

Site = tuple[str, float, float, float]


def _sites(value: Iterable[Iterable[object]]) -> tuple[Site, ...]:
    return tuple(tuple(site) for site in value)  # type: ignore[misc]


@frozen(kw_only=True)
class RelaxedFramework:
    """A relaxed framework type.

    Args:
        code: three letters.
        energy: kJ/mol per Si above alpha-quartz.
        lid_violations: local interatomic distances out of bounds.
        space_group: number, standard setting.
        cell: a, b, c (A), alpha, beta, gamma (degrees) of the conventional cell.
        sites: element and fractional coordinates of every symmetry-unique atom.
    """

    code: str
    energy: float
    lid_violations: int
    space_group: int
    cell: tuple[float, ...] = field(converter=tuple)
    sites: tuple[Site, ...] = field(converter=_sites)

    @property
    def structure(self) -> Structure:
        """All atoms of the conventional cell."""
        lattice = cell_vectors(self.cell[:3], self.cell[3:])
        species = [site[0] for site in self.sites]
        return expand(self.space_group, lattice, species, np.array([site[1:] for site in self.sites]))


def dump(potential: str, frameworks: Iterable[RelaxedFramework]) -> bytes:
    """The data file: gzipped JSON, one framework type on each line."""
    rows = [
        {
            "code": f.code,
            "energy": f.energy,
            "lid_violations": f.lid_violations,
            "space_group": f.space_group,
            "cell": f.cell,
            "sites": f.sites,
        }
        for f in frameworks
    ]
    head = f'{{"source": {json.dumps(CITATION)}, "potential": {json.dumps(potential)}, "frameworks": [\n'
    text = head + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]}\n"
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


@cache
def relaxed_frameworks() -> dict[str, RelaxedFramework]:
    """The shipped relaxed framework types by code, in alphabetical order."""
    packed = files("zeo.data").joinpath(DATA_FILE).read_bytes()
    return {row["code"]: RelaxedFramework(**row) for row in json.loads(gzip.decompress(packed))["frameworks"]}


@cache
def relaxed_structure(code: str) -> Structure:
    """One framework type, relaxed, in its conventional cell. All 237 take a second and 3 MB.

    Raises:
        InputError: no such code.
    """
    try:
        return relaxed_frameworks()[code].structure
    except KeyError as error:
        raise InputError(f"no four-connected framework type {code!r}") from error
