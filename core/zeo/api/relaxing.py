"""Frameworks at rest: ``zeo.relax`` and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from itertools import islice
from typing import Any

from attrs import field, frozen

from zeo.api import arguments
from zeo.api.arguments import Options
from zeo.api.executors import HERE, Engine, engine
from zeo.api.results import Result, Results, Row, Stream, gathered
from zeo.api.structures import Named, Structural, named_structures
from zeo.crystal.cif import cif_text, symmetric_cif_text
from zeo.crystal.structure import Structure
from zeo.crystal.symmetry import crystal_of
from zeo.errors import ConfigError, InputError
from zeo.plugin.candidate import Candidate, Energy
from zeo.plugin.facts import RelaxFacts
from zeo.plugin.feasibility import energy_band
from zeo.plugin.registry import installed_plugins
from zeo.plugin.use import refuse_idle_options
from zeo.running.sharing import workers as sharing_out
from zeo.running.stages import PostprocessorStage, relaxing
from zeo.tools.parallel import portable

COLUMNS = (
    "structure",
    "energy_kJ_per_mol_Si",
    "band",
    "potential",
    "volume_change_percent",
    "largest_force_eV_per_A",
    "largest_stress_bar",
    "pressure_bar",
    "iterations",
    "net",
    "space_group",
    "lid_violations",
    "converged",
    "problem",
)
"""What the table has of each structure."""


@frozen(kw_only=True)
class Relaxation(Result):
    """A framework after its relaxation.

    Args:
        source: the structure's path, code or number.
        structure: the relaxed atoms; None when it did not converge.
        energy: kJ/mol per Si above alpha-quartz; None when it did not converge.
        potential: whose energy that is. Energies of different potentials cannot be compared.
        band: the bound of the SLC potential that the energy is within, in words.
        converged: whether it came to rest as a four-connected framework.
        net_unchanged: whether the net is that of before; None when that is not known.
        net_name: of a net that changed; None for one that is in no reference.
        space_group: of the relaxed atoms.
        lid_violations: local interatomic distances out of bounds, "none", or None where none were judged.
        volume_change: relative to the volume before (1).
        largest_force: eV/angstrom.
        largest_stress: bar.
        pressure: that it was relaxed at, bar.
        iterations: that the relaxation took.
        problem: why there is no relaxed framework; None when there is one.
    """

    source: str
    structure: Structure | None = field(default=None, eq=False)
    energy: float | None = None
    potential: str | None = None
    band: str | None = None
    converged: bool
    net_unchanged: bool | None = None
    net_name: str | None = None
    space_group: str | None = None
    lid_violations: str | None = None
    volume_change: float | None = None
    largest_force: float | None = None
    largest_stress: float | None = None
    pressure: float | None = None
    iterations: int | None = None
    problem: str | None = None

    @property
    def net(self) -> str | None:
        """What became of the net, in words."""
        if self.net_unchanged is None:
            return None
        return "unchanged" if self.net_unchanged else f"changed, now {self.net_name or 'unknown'}"

    def cif(self, name: str = "relaxed", *, symmetric: bool = False) -> str:
        """The relaxed atoms as the text of a CIF, with their energy in a comment.

        Args:
            name: of the data block.
            symmetric: whether it is written in the space group that is found, not P1.

        Raises:
            InputError: there are none.
        """
        if self.structure is None:
            raise InputError(f"{self.source}: {self.problem}")
        label = arguments.text(name, "name")
        comments = [f"relaxed ({self.potential}): {self.energy:.3f} kJ/mol per Si above alpha-quartz"]
        crystal = crystal_of(self.structure) if arguments.truth(symmetric, "symmetric") else None
        if crystal is None:
            return cif_text(self.structure, label, comments=comments)
        return symmetric_cif_text(crystal, label, comments)

    def row(self) -> Row:
        energy = None if self.energy is None else round(self.energy, 3)
        volume = None if self.volume_change is None else round(100.0 * self.volume_change, 3)
        rest = (self.largest_force, self.largest_stress, self.pressure, self.iterations)
        verdict = (self.net, self.space_group, self.lid_violations, self.converged, self.problem)
        values = (self.source, energy, self.band, self.potential, volume, *rest, *verdict)
        return dict(zip(COLUMNS, values, strict=True))


def relax(
    x: Structural,
    relaxer: str = "relax",
    jobs: int = 1,
    executor: str | Executor | None = None,
    **options: Any,
) -> Relaxation | Results[Relaxation]:
    """Bring a framework to rest and say how much less stable than quartz it is: ``zeo relax``.

        zeo.relax("LTA.cif", cell="orthorhombic").energy
        zeo.relax("cifs/", device="cuda").table()  # many at once

    Args:
        x: a path, a folder, an IZA code, a Structure, ASE Atoms, a pymatgen Structure or several of these.
        relaxer: the plugin that relaxes.
        jobs: processes.
        executor: that does the work instead; see :func:`zeo.api.executors.engine`.
        options: of the relaxer; ``zeo plugins show relax`` lists them.

    Returns:
        One result for one structure, a sequence of them for several.

    Raises:
        ZeoError: an option that cannot work, or the one structure cannot be read.
    """
    name = arguments.text(relaxer, "relaxer")
    with engine(executor, jobs) as what:
        return gathered(x, relaxations(x, name, {name: options}, what), COLUMNS)


def relaxations(x: Structural, relaxer: str, options: Options, what: Engine = HERE) -> Stream[Relaxation]:
    """One after another.

    Raises:
        ZeoError: there is no such relaxer, or an option cannot work; found out before the first structure.
    """
    at_once = _relaxer(relaxer, options).at_once
    return _relaxed(x, relaxer, options, what, at_once)


def _relaxed(x: Structural, relaxer: str, options: Options, what: Engine, at_once: int) -> Stream[Relaxation]:
    # a single relaxation may use all threads, and a graphics card without another process
    jobs = 0 if what.jobs == 1 else what.jobs
    with sharing_out(_relaxing, (relaxer, options), jobs, what.executor) as workers:
        for some, outcome in workers.map(_chunks(named_structures(x), at_once)):
            if isinstance(outcome, ConfigError):
                raise outcome
            outcomes = [outcome] * len(some) if isinstance(outcome, Exception) else outcome
            for (name, _), one in zip(some, outcomes, strict=True):
                yield name, one if isinstance(one, Exception) else _relaxation(name, one)


def _chunks(named: Iterable[Named], size: int) -> Iterator[tuple[Named, ...]]:
    rest = iter(named)
    while some := tuple(islice(rest, max(size, 1))):
        yield some


def _relaxer(name: str, options: Options) -> PostprocessorStage:
    plugins = installed_plugins().configured(options)
    stage = relaxing(name, "identify", plugins)
    stages = [("postprocessor", name), ("postprocessor", "identify")]
    refuse_idle_options(options, stages, plugins, "a relaxation")
    return stage


def _relaxing(relaxer: str, options: Options) -> Callable[[Sequence[Named]], list[Candidate | Exception]]:
    stage = _relaxer(relaxer, options)

    def work(some: Sequence[Named]) -> list[Candidate | Exception]:
        candidates = [Candidate.of(found) for _, found in some if isinstance(found, Structure)]
        outcomes = iter(_outcomes(stage, candidates))
        return [next(outcomes) if isinstance(found, Structure) else found for _, found in some]

    return work


def _outcomes(stage: PostprocessorStage, candidates: Sequence[Candidate]) -> list[Candidate | Exception]:
    """What becomes of each; where many together fail, as on a device without room, their halves are tried."""
    if not candidates:
        return []
    try:
        return list(stage.apply_many(candidates))
    except ConfigError:
        raise
    except Exception as error:
        if len(candidates) == 1:  # the frames of a traceback would keep what they have on the device
            return [portable(error if stage.at_once == 1 else error.with_traceback(None))]
    middle = len(candidates) // 2
    return _outcomes(stage, candidates[:middle]) + _outcomes(stage, candidates[middle:])


def _relaxation(name: str, candidate: Candidate) -> Relaxation:
    """The only place that reads what a relaxer notes."""
    facts, rejection = RelaxFacts.read(candidate.notes), candidate.rejection
    energy: Energy | None = candidate.energy
    at_rest = rejection is None
    return Relaxation(
        source=name,
        structure=candidate.structure if at_rest else None,
        energy=energy.value if energy is not None and at_rest else None,
        potential=energy.potential if energy is not None else facts.potential,
        band=energy_band(energy) if energy is not None and at_rest else None,
        converged=at_rest,
        net_unchanged=facts.net_unchanged if at_rest else None,
        net_name=candidate.identity.name if candidate.identity is not None else None,
        space_group=facts.space_group,
        lid_violations=facts.lid_verdict,
        volume_change=facts.volume_change,
        largest_force=facts.largest_force,
        largest_stress=facts.largest_stress,
        pressure=facts.pressure,
        iterations=facts.iterations,
        problem=None if at_rest else str(rejection),
    )
