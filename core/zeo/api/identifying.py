"""The net of a framework and its name: ``zeo.identify`` and what it returns."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from attrs import evolve, field, frozen

from zeo.api import arguments
from zeo.api.results import Result, Results, Row, Stream, each, gathered
from zeo.api.structures import Structural
from zeo.crystal.structure import Structure
from zeo.plugin.candidate import Candidate
from zeo.plugin.interfaces import Postprocessor
from zeo.plugin.registry import installed_plugins

COLUMNS = (
    "structure",
    "name",
    "t_atoms",
    "unique_t",
    "td10",
    "framework_density_T_per_1000_A3",
    "key",
    "problem",
)
"""What the table has of each structure."""

Match = Literal["key", "coordination-sequence"]


@frozen(kw_only=True)
class Identification(Result):
    """What the net of a framework is called.

    Args:
        source: the structure's path, code or number.
        name: IZA code, or name in the reference folder; None when the net is in neither.
        key: the exact key of the net; None when there is a problem, as for ``unique_t`` and ``td10``.
        t_atoms: T atoms in the cell.
        unique_t: T atoms not equivalent under the symmetry of the net.
        td10: topological density, the mean over T atoms of the sum of shells 0-10.
        framework_density: T atoms per 1000 cubic angstrom.
        multiplicities: how many T atoms of the cell each unique one stands for.
        vertex_symbols: of each unique T atom.
        coordination_sequences: shells 1-12 of each unique T atom, [unique_t][12].
        problem: why this is no four-connected net; None when it is one.
    """

    source: str
    name: str | None = None
    key: str | None = None
    t_atoms: int
    unique_t: int | None = None
    td10: float | None = None
    framework_density: float
    multiplicities: tuple[int, ...] = ()
    vertex_symbols: tuple[str, ...] = field(default=(), repr=False)
    coordination_sequences: tuple[tuple[int, ...], ...] = field(default=(), repr=False)
    problem: str | None = None

    @property
    def is_new(self) -> bool:
        """Whether it is a four-connected net, no IZA framework type and not in the reference folder."""
        return self.key is not None and self.name is None

    def row(self) -> Row:
        density = round(self.framework_density, 2)
        td10 = None if self.td10 is None else round(self.td10, 1)
        net = (self.name, self.t_atoms, self.unique_t, td10, density, self.key)
        return dict(zip(COLUMNS, (self.source, *net, self.problem), strict=True))


def identify(
    x: Structural, reference: str | Path | None = None, match: Match = "key"
) -> Identification | Results[Identification]:
    """Name a framework: ``zeo identify``.

        zeo.identify("LTA.cif").name

    Args:
        x: a path, a folder, an IZA code, a Structure, ASE Atoms, a pymatgen Structure or several of these.
        reference: a folder of structures with further names.
        match: what is compared: exact keys, or coordination sequences to shell 10.

    Returns:
        One result for one structure, a sequence of them for several.

    Raises:
        ZeoError: the one structure, or the reference, cannot be read.
    """
    return gathered(x, identifications(x, reference, match), COLUMNS)


def identifications(x: Structural, reference: str | Path | None, match: str) -> Stream[Identification]:
    """One after another.

    Raises:
        ZeoError: an option that cannot work.
    """
    arguments.choice(match, "match", get_args(Match))
    options = {"match": match, "reference": arguments.path_or_none(reference, "reference")}
    plugins = installed_plugins().configured({"identify": options})
    identifier: Postprocessor = plugins.create("postprocessor", "identify")
    return each(x, lambda name, structure: _identification(name, structure, identifier))


def _identification(name: str, structure: Structure, identifier: Postprocessor) -> Identification:
    candidate = identifier.apply(Candidate.of(structure))
    unnamed = Identification(
        source=name,
        t_atoms=structure.count("Si"),
        framework_density=structure.framework_density,
        problem=str(candidate.rejection) if candidate.rejection is not None else None,
    )
    identity = candidate.identity
    if candidate.rejection is not None or identity is None:
        return unnamed
    return evolve(
        unnamed,
        name=identity.name,
        key=identity.key,
        unique_t=identity.unique_t,
        td10=identity.td10,
        multiplicities=identity.multiplicities,
        vertex_symbols=identity.vertex_symbols,
        coordination_sequences=identity.coordination_sequences,
    )
