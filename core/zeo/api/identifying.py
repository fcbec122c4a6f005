"""The net of a framework and its name: ``zeo.identify`` and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, Literal, get_args

from attrs import field, frozen

from zeo.api import arguments
from zeo.api.executors import HERE, Engine, engine
from zeo.api.results import Result, Results, Row, Stream, gathered, shared_out, worked_on
from zeo.api.structures import Structural, named_structures
from zeo.crystal.structure import Structure
from zeo.data.known.novelty import novelty_of
from zeo.plugin.candidate import Candidate
from zeo.plugin.framework import FRAMEWORK, values_of_net
from zeo.plugin.interfaces import Postprocessor
from zeo.plugin.registry import installed_plugins
from zeo.wishes.expressions import values_of

COLUMNS = (
    "structure",
    "name",
    "t_atoms",
    "unique_t",
    "td10",
    "framework_density_T_per_1000_A3",
    "key",
    "remark",
    "problem",
)
"""What the table has of each structure."""

KNOWN = tuple(quantity.known for quantity in FRAMEWORK if quantity.by_net or quantity.name == "density")
"""What results can be chosen and sorted by."""

Match = Literal["key", "coordination-sequence"]


@frozen(kw_only=True)
class Identification(Result):
    """What the net of a framework is called.

    Args:
        source: the structure's path, code or number.
        name: IZA code, or name that was added or is in the reference folder; None when the net is in none.
        key: the exact key of the net; None when there is a problem, as for all figures.
        t_atoms: T atoms in the cell, of any element.
        unique_t: T atoms not equivalent under the symmetry of the net.
        td10: topological density, the mean over T atoms of the sum of shells 0-10.
        framework_density: T atoms per 1000 cubic angstrom.
        multiplicities: how many T atoms of the cell each unique one stands for.
        vertex_symbols: of each unique T atom.
        coordination_sequences: shells 1-12 of each unique T atom, [unique_t][12].
        novelty: ``"iza"``, ``"known"`` (added, or in the reference folder) or ``"new"``.
        remark: why a framework type is an interrupted one, and what is no part of the framework; or None.
        problem: why this is no four-connected net, nor an interrupted framework type; None when it is one.
    """

    source: str
    name: str | None = None
    key: str | None = None
    t_atoms: int | None = None
    unique_t: int | None = None
    td10: float | None = None
    framework_density: float | None = None
    multiplicities: tuple[int, ...] = ()
    vertex_symbols: tuple[str, ...] = field(default=(), repr=False)
    coordination_sequences: tuple[tuple[int, ...], ...] = field(default=(), repr=False)
    novelty: str | None = None
    remark: str | None = None
    problem: str | None = None

    @property
    def is_new(self) -> bool:
        """Whether it is a four-connected net without a name; see :func:`zeo.reference.state` for the date."""
        return self.key is not None and self.name is None

    def values(self) -> dict[str, Any]:
        facts: dict[str, Any] = dict.fromkeys((quantity.name for quantity in KNOWN), None)
        if self.key is not None:
            facts |= {**values_of_net(self), "density": self.framework_density}
        return values_of(facts)

    def row(self) -> Row:
        density = None if self.framework_density is None else round(self.framework_density, 2)
        td10 = None if self.td10 is None else round(self.td10, 1)
        net = (self.name, self.t_atoms, self.unique_t, td10, density, self.key)
        return dict(zip(COLUMNS, (self.source, *net, self.remark, self.problem), strict=True))


def identify(
    x: Structural,
    reference: str | Path | None = None,
    match: Match = "key",
    executor: str | Executor | None = None,
) -> Identification | Results[Identification]:
    """Name a framework: ``zeo identify``.

        zeo.identify("LTA.cif").name

    Args:
        x: a path, a folder, an IZA code, a Structure, ASE Atoms, a pymatgen Structure or several of these.
        reference: a folder of structures, a data set or a run with further names.
        match: what is compared: exact keys, or coordination sequences to shell 10.
        executor: that does the work; see :func:`zeo.api.executors.engine`. None for this process.

    Returns:
        One result for one structure, a sequence of them for several.

    Raises:
        ZeoError: the one structure, or the reference, cannot be read.
    """
    with engine(executor, 1) as what:
        return gathered(x, identifications(x, reference, match, what), COLUMNS, KNOWN)


def identifications(
    x: Structural, reference: str | Path | None, match: str, what: Engine = HERE
) -> Stream[Identification]:
    """One after another.

    Raises:
        ZeoError: an option that cannot work.
    """
    arguments.choice(match, "match", get_args(Match))
    folder = arguments.path_or_none(reference, "reference")
    options: dict[str, object] = {"interrupted": True, "match": match, "reference": folder}
    identifying = _identifying(options)
    if what == HERE:
        return worked_on(named_structures(x), identifying)
    return shared_out(named_structures(x), _identifying, (options,), what)


def _identifying(options: dict[str, object]) -> Callable[[str, Structure], Identification]:
    plugins = installed_plugins().configured({"identify": options})
    identifier: Postprocessor = plugins.create("postprocessor", "identify")
    return lambda name, structure: _identification(name, structure, identifier)


def _identification(name: str, structure: Structure, identifier: Postprocessor) -> Identification:
    candidate = identifier.apply(Candidate.of(structure))
    remark = "; ".join(_remarks(candidate)) or None
    identity = candidate.identity
    if candidate.rejection is not None or identity is None:
        problem = str(candidate.rejection) if candidate.rejection is not None else None
        return Identification(source=name, remark=remark, problem=problem)
    return Identification(
        source=name,
        name=identity.name,
        key=identity.key,
        t_atoms=identity.t_atoms,
        unique_t=identity.unique_t,
        td10=identity.td10,
        framework_density=1000.0 * identity.t_atoms / structure.volume,
        multiplicities=identity.multiplicities,
        vertex_symbols=identity.vertex_symbols,
        coordination_sequences=identity.coordination_sequences,
        novelty=novelty_of(identity.key, identity.name),
        remark=remark,
    )


def _remarks(candidate: Candidate) -> Iterator[str]:
    if "interrupted" in candidate.notes:
        yield f"interrupted framework: {candidate.notes['interrupted']}"
    if "left_out" in candidate.notes:
        yield f"not of the framework: {candidate.notes['left_out']}"
