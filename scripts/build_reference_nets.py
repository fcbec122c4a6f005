"""Build the reference nets that ship with zeo from the IZA frameworks in the PyPI package ``zeose``.

    pip install --no-deps zeose
    python scripts/build_reference_nets.py           # write the data file
    python scripts/build_reference_nets.py --check   # recompute everything and compare

Only facts about the nets are stored. Cite: Ch. Baerlocher, L. B. McCusker, Database of Zeolite Structures,
IZA Structure Commission.
"""

from __future__ import annotations

import argparse
import gzip
import sys
from collections.abc import Iterator
from pathlib import Path

from ase.db import connect

from zeo.crystal.net import Net, NotFourConnectedError
from zeo.crystal.structure import Structure
from zeo.data.known.iza import database_path
from zeo.tools.files import write_atomically
from zeo_cleanup.coordination import topological_density
from zeo_cleanup.key import topology_of
from zeo_cleanup.reference import ReferenceNet, dump
from zeo_cleanup.rings import vertex_symbols

DATA = Path(__file__).parents[1] / "plugins" / "cleanup" / "zeo_cleanup" / "data" / "iza_nets.json.gz"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--check", action="store_true", help="compare with the data file instead of writing it"
    )
    arguments = parser.parse_args()
    references = list(reference_nets())
    if len({reference.key for reference in references}) != len(references):
        print("two framework types have the same key", file=sys.stderr)
        return 1
    data = dump(references)
    if not arguments.check:
        DATA.parent.mkdir(exist_ok=True)
        write_atomically(DATA, data)
        print(f"{len(references)} framework types, {len(data)} bytes: {DATA}")
        return 0
    same = gzip.decompress(DATA.read_bytes()) == gzip.decompress(data)  # compressors may differ
    print(f"{len(references)} framework types: {DATA.name} is {'up to date' if same else 'DIFFERENT'}")
    return 0 if same else 1


def reference_nets() -> Iterator[ReferenceNet]:
    """The facts about each framework type, by code."""
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
    canonical = topology.canonical
    return ReferenceNet(
        code=code,
        interrupted=interrupted,
        key=topology.key,
        framework_density=round(structure.framework_density, 3),
        td10=round(topological_density(topology.sequences, topology.multiplicities), 3),
        sites=tuple(sites),
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
