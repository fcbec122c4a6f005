"""Build the reference nets that ship with zeo.

    pip install --no-deps zeose
    python scripts/build_reference_nets.py --archive zeolites.arc          # write the data file
    python scripts/build_reference_nets.py --archive zeolites.arc --check  # recompute and compare

Most types come from the IZA frameworks in the PyPI package ``zeose``; those that were approved since, from
archives/zeolites.arc of Liozou/CrystalNetsArchive on GitHub (MIT licence), which holds their nets and neither
cells nor coordinates. The archive's nets of the other types are compared with those of ``zeose`` on the way.
Only facts about the nets are stored. Cite: Ch. Baerlocher, L. B. McCusker, Database of Zeolite Structures,
IZA Structure Commission; L. Zoubritzky, F.-X. Coudert, SciPost Chem. 1 (2022) 005.
"""

from __future__ import annotations

import argparse
import gzip
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from ase.db import connect

from zeo.crystal.net import Net, NotFourConnectedError
from zeo.crystal.structure import Structure
from zeo.data.known.iza import database_path
from zeo.data.known.nets import DATA_FILE, ReferenceNet, dump
from zeo.tools.files import write_atomically
from zeo_cleanup.coordination import topological_density
from zeo_cleanup.key import Topology, topology_of
from zeo_cleanup.rings import vertex_symbols

DATA = Path(__file__).parents[1] / "core" / "zeo" / "data" / DATA_FILE

FROM_ARCHIVE = ("ANO", "EWF", "HOS", "ION", "IRT", "JSY", "JZO", "JZT", "PTF", "PTO")
"""Types that ``zeose`` lacks. The archive's RFE has the net that MRE, the end member of *MRE, has there."""

OTHERWISE = {"RON"}
"""Types of which the archive leaves out T atoms that are bonded to two others only."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--archive", type=Path, required=True, help="zeolites.arc")
    parser.add_argument(
        "--check", action="store_true", help="compare with the data file instead of writing it"
    )
    arguments = parser.parse_args()
    of_archive = dict(archived_nets(arguments.archive))
    references = list(reference_nets())
    if differing := [r.code for r in references if not agrees(r, of_archive)]:
        print(f"the archive has other nets of {', '.join(differing)}", file=sys.stderr)
        return 1
    references += [reference_of_net(code, of_archive[code]) for code in FROM_ARCHIVE]
    references.sort(key=lambda reference: reference.code)
    if len({reference.key for reference in references}) != len(references):
        print("two framework types have the same key", file=sys.stderr)
        return 1
    data = dump(references)
    if not arguments.check:
        write_atomically(DATA, data)
        print(f"{len(references)} framework types, {len(data)} bytes: {DATA}")
        return 0
    same = gzip.decompress(DATA.read_bytes()) == gzip.decompress(data)  # compressors may differ
    print(f"{len(references)} framework types: {DATA.name} is {'up to date' if same else 'DIFFERENT'}")
    return 0 if same else 1


def archived_nets(path: Path) -> Iterator[tuple[str, Net]]:
    """The nets in an archive of genomes, by code without hyphen.

    A genome is the number of dimensions and then, for each edge, its two nodes (from 1) and the offset.
    """
    genome: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, _, value = line.partition("\t")
        if kind == "key":
            genome = value.split()
        elif kind == "id":
            rows = np.array(genome[1:], dtype=np.int64).reshape(-1, 2 + int(genome[0]))
            yield value.removeprefix("-"), Net(int(rows[:, :2].max()), rows[:, :2] - 1, rows[:, 2:])


def agrees(reference: ReferenceNet, of_archive: dict[str, Net]) -> bool:
    """Whether the archive, if it has a type of this code, has the same net of it."""
    net = of_archive.get(reference.code)
    return net is None or reference.code in OTHERWISE or topology_of(net).key == reference.key


def reference_nets() -> Iterator[ReferenceNet]:
    """The facts about each framework type in ``zeose``, by code."""
    rows = connect(database_path(), type="db").select()
    for row in sorted(rows, key=lambda row: row.fw):
        yield reference_net(row.fw, Structure.from_ase(row.toatoms()), row.data["tsites"], row.data["tmult"])


def reference_net(
    code: str, structure: Structure, sites: list[str], multiplicities: list[int]
) -> ReferenceNet:
    """The facts about one framework type, whose Si come in the order of the named sites."""
    try:
        net, interrupted = Net.from_structure(structure), False
    except NotFourConnectedError:
        net, interrupted = Net.of_bridges(structure), True
    topology = topology_of(net)
    if topology.multiplicities.tolist() != list(multiplicities):
        raise ValueError(
            f"{code}: the orbits of the net {topology.multiplicities} are not its T sites {sites}"
        )
    density = round(structure.framework_density, 3)
    return facts(code, interrupted, topology, "zeose", density, tuple(sites))


def reference_of_net(code: str, net: Net) -> ReferenceNet:
    """The facts about a framework type of which only the net is known; its T sites are numbered."""
    topology = topology_of(net)
    sites = tuple(f"T{number}" for number in range(1, len(topology.sites) + 1))
    return facts(code, bool((net.degrees < 4).any()), topology, "archive", None, sites)


def facts(
    code: str,
    interrupted: bool,
    topology: Topology,
    source: str,
    density: float | None,
    sites: tuple[str, ...],
) -> ReferenceNet:
    """What follows from the net."""
    canonical = topology.canonical
    return ReferenceNet(
        code=code,
        interrupted=interrupted,
        key=topology.key,
        source=source,
        framework_density=density,
        td10=round(topological_density(topology.sequences, topology.multiplicities), 3),
        sites=sites,
        multiplicities=tuple(topology.multiplicities.tolist()),
        coordination_sequences=tuple(map(tuple, topology.sequences.tolist())),
        vertex_symbols=vertex_symbols(topology.half, topology.sites),
        bridges=tuple(
            (*edge, *shift)
            for edge, shift in zip(canonical.edges.tolist(), canonical.shifts.tolist(), strict=True)
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
