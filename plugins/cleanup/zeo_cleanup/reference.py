"""The nets of the framework types of the IZA Structure Commission, which ship with zeo.

Facts derived by ``scripts/build_reference_nets.py`` from the frameworks of: Ch. Baerlocher, L. B. McCusker,
Database of Zeolite Structures, IZA Structure Commission.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import attrs
from attrs import field, frozen

from zeo.crystal.net import Net
from zeo.data.known.iza import CITATION
from zeo_cleanup.coordination import fingerprint


def _rows(value: Iterable[Iterable[int]]) -> tuple[tuple[int, ...], ...]:
    return tuple(map(tuple, value))


@frozen(kw_only=True)
class ReferenceNet:
    """What is known of a framework type.

    Args:
        code: three letters.
        interrupted: whether some T atoms have fewer than four bridges.
        key: exact key of the net (of the bridging oxygen only, if interrupted).
        framework_density: T atoms per 1000 cubic angstrom of the idealised SiO2 model.
        td10: topological density.
        sites: names of the T sites.
        multiplicities: T atoms of each site in the conventional cell.
        coordination_sequences: shells 1-12 of each site.
        vertex_symbols: of each site.
        bridges: the canonical net, rows (i, j, a, b, c): T atom i is bonded to the image of j at a, b, c.
    """

    code: str
    interrupted: bool
    key: str
    framework_density: float
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
    def net(self) -> Net:
        """The net over its primitive cell, in canonical numbering."""
        n = int(self.key.partition("-")[0])
        return Net(n, [bridge[:2] for bridge in self.bridges], [bridge[2:] for bridge in self.bridges])


def dump(references: Iterable[ReferenceNet]) -> bytes:
    """The data file: gzipped JSON, one framework type on each line; the same bytes for the same facts."""
    lines = [json.dumps(attrs.asdict(reference), separators=(",", ":")) for reference in references]
    text = f'{{"source": {json.dumps(CITATION)}, "frameworks": [\n' + ",\n".join(lines) + "\n]}\n"
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


@cache
def reference_nets() -> dict[str, ReferenceNet]:
    """The shipped reference nets by code, in alphabetical order."""
    packed = files("zeo_cleanup").joinpath("data", "iza_nets.json.gz").read_bytes()
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
        mark = fingerprint(reference.coordination_sequences, reference.multiplicities)
        shared.setdefault(mark, []).append(reference.symbol)
    return {mark: "/".join(symbols) for mark, symbols in shared.items()}
