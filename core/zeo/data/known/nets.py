"""The nets of the framework types of the IZA Structure Commission, which ship with zeo.

Facts derived by ``scripts/build_reference_nets.py`` from the frameworks of: Ch. Baerlocher, L. B. McCusker,
Database of Zeolite Structures, IZA Structure Commission, and from a public archive of nets; each type says
which of these it comes from.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import attrs
from attrs import field, frozen

from zeo.crystal.fingerprint import fingerprint
from zeo.crystal.net import Net
from zeo.data.known.iza import CITATION

DATA_FILE = "iza_nets.json.gz"

AS_OF = "2024-03-07"
"""The day of the latest of the sources; types that were approved later are not there."""

SOURCES = {
    "zeose": "the frameworks that the Python package zeose 0.0.1 has from the Database of Zeolite Structures",
    "archive": "Liozou/CrystalNetsArchive, archives/zeolites.arc (MIT), types as of 2024-03-07: nets alone",
}
"""Where nets come from."""

WITHOUT_SOURCE = {
    "EOS": "approved in 2024; no public structure was found",
    "HZF": "approved after 2024-04; no public structure was found",
    "RFE": "approved in 2024; the archive gives it the net that MRE has here, the end member of *MRE",
    "WOZ": "no public structure was found, nor that the code has been approved",
    "ZJN": "approved after 2024-04; no public structure was found",
}
"""Types that are known to be absent, and why."""


def _rows(value: Iterable[Iterable[int]]) -> tuple[tuple[int, ...], ...]:
    return tuple(map(tuple, value))


@frozen(kw_only=True)
class ReferenceNet:
    """What is known of a framework type.

    Args:
        code: three letters.
        interrupted: whether some T atoms have fewer than four bridges.
        key: exact key of the net (of the bridging oxygen only, if interrupted).
        source: one of :data:`SOURCES`.
        framework_density: T atoms per 1000 cubic angstrom of the idealised SiO2 model; None where the source
            has no cell.
        td10: topological density.
        sites: names of the T sites.
        multiplicities: T atoms of each site in the conventional cell; in the primitive one where the source
            has no cell.
        coordination_sequences: shells 1-12 of each site.
        vertex_symbols: of each site.
        bridges: the canonical net, rows (i, j, a, b, c): T atom i is bonded to the image of j at a, b, c.
    """

    code: str
    interrupted: bool
    key: str
    source: str
    framework_density: float | None
    td10: float
    sites: tuple[str, ...] = field(converter=tuple)
    multiplicities: tuple[int, ...] = field(converter=tuple)
    coordination_sequences: tuple[tuple[int, ...], ...] = field(converter=_rows)
    vertex_symbols: tuple[str, ...] = field(converter=tuple)
    bridges: tuple[tuple[int, ...], ...] = field(converter=_rows)

    @property
    def symbol(self) -> str:
        """The code as the Structure Commission writes it: a hyphen marks an interrupted framework."""
        return f"-{self.code}" if self.interrupted else self.code

    @property
    def fingerprint(self) -> str:
        """Of its coordination sequences."""
        return fingerprint(self.coordination_sequences, self.multiplicities)

    @property
    def net(self) -> Net:
        """The net over its primitive cell, in canonical numbering."""
        n = int(self.key.partition("-")[0])
        return Net(n, [bridge[:2] for bridge in self.bridges], [bridge[2:] for bridge in self.bridges])


def dump(references: Iterable[ReferenceNet]) -> bytes:
    """The data file: gzipped JSON, one framework type on each line; the same bytes for the same facts."""
    lines = [json.dumps(attrs.asdict(reference), separators=(",", ":")) for reference in references]
    head = {"source": CITATION, "sources": SOURCES, "as_of": AS_OF, "without_source": WITHOUT_SOURCE}
    text = json.dumps(head)[:-1] + ', "frameworks": [\n' + ",\n".join(lines) + "\n]}\n"
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


@cache
def reference_nets() -> dict[str, ReferenceNet]:
    """The shipped reference nets by code, in alphabetical order."""
    packed = files("zeo.data").joinpath(DATA_FILE).read_bytes()
    return {row["code"]: ReferenceNet(**row) for row in json.loads(gzip.decompress(packed))["frameworks"]}


@cache
def symbols_by_key() -> dict[str, str]:
    """Framework type by exact key."""
    return {reference.key: reference.symbol for reference in reference_nets().values()}


@cache
def symbols_by_fingerprint() -> dict[str, str]:
    """Framework types by coordination sequences; a slash separates those that share them."""
    shared: dict[str, list[str]] = {}
    for reference in reference_nets().values():
        shared.setdefault(reference.fingerprint, []).append(reference.symbol)
    return {mark: "/".join(symbols) for mark, symbols in shared.items()}
