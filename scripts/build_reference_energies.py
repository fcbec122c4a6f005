"""Relax the four-connected IZA framework types and store energies and geometries as package data.

    pip install --no-deps zeose
    python scripts/build_reference_energies.py             # write the data file
    python scripts/build_reference_energies.py SOD LTA     # relax these and compare with the data file

Each is relaxed from the idealised model of the Structure Commission in its full symmetry. One process, about
two minutes. Cite: Ch. Baerlocher, L. B. McCusker, Database of Zeolite Structures, IZA Structure Commission.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from zeo.crystal.symmetry import crystal_of
from zeo.data.known.iza import iza_codes, iza_structure
from zeo.data.known.relaxed import DATA_FILE, RelaxedFramework, dump, relaxed_frameworks
from zeo.tools.files import write_atomically
from zeo.tools.progress import progress
from zeo_cleanup.relax.framework import nearest_bonds
from zeo_cleanup.relax.lid import distances, limits, violations
from zeo_cleanup.relax.parameters import sanders_leslie_catlow
from zeo_cleanup.relax.postprocessor import relax

DATA = Path(__file__).parents[1] / "core" / "zeo" / "data" / DATA_FILE

SAME_ENERGY = 0.05
"""kJ/mol Si."""


def main() -> int:
    if sys.argv[1:]:
        return compare(sys.argv[1:])
    frameworks = list(relaxed(iza_codes()))
    data = dump(sanders_leslie_catlow().name, frameworks)
    write_atomically(DATA, data)
    print(f"{len(frameworks)} framework types, {len(data)} bytes: {DATA}")
    return 0


def compare(codes: list[str]) -> int:
    different = 0
    for found in relaxed(codes):
        stored = relaxed_frameworks()[found.code].energy
        same = abs(found.energy - stored) < SAME_ENERGY
        different += not same
        print(f"{found.code} {found.energy:.3f}, stored {stored:.3f}" + ("" if same else "  DIFFERENT"))
    return int(different > 0)


def relaxed(codes: list[str]) -> Iterator[RelaxedFramework]:
    """The types that relax; standard error names the others."""
    with progress("relaxing", len(codes)) as advance:
        for code in codes:
            found = relax(iza_structure(code))
            advance(code)
            if found.energy is None:
                print(f"{code}: {found.reason}: {found.detail}", file=sys.stderr)
                continue
            crystal = crystal_of(found.structure)
            assert crystal is not None
            lengths = np.linalg.norm(crystal.lattice, axis=1)
            unit = crystal.lattice / lengths[:, None]
            cosines = (unit[1] @ unit[2], unit[0] @ unit[2], unit[0] @ unit[1])
            local = distances(found.structure, nearest_bonds(found.structure))
            yield RelaxedFramework(
                code=code,
                energy=round(found.energy, 3),
                lid_violations=len(violations(local, limits("slc"))),
                space_group=crystal.number,
                cell=[*np.round(lengths, 5).tolist(), *np.round(np.degrees(np.arccos(cosines)), 4).tolist()],
                sites=[
                    (element, *site)
                    for element, site in zip(
                        crystal.species, np.round(crystal.sites, 6).tolist(), strict=True
                    )
                ],
            )


if __name__ == "__main__":
    sys.exit(main())
