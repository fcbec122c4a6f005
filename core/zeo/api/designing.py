"""Inverse design in a closed loop: ``zeo.design`` and what it returns."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from attrs import evolve, field, frozen

from zeo.api import arguments
from zeo.api.arguments import Options
from zeo.api.executors import engine
from zeo.api.results import Result, Results, Row, csv_text
from zeo.crystal.formats.writing import shortest_cif_text
from zeo.crystal.structure import Structure
from zeo.data.looking.export import cif_items
from zeo.data.making.rounds import told_how_to_go_on
from zeo.data.sets.entry import ANGLES, EDGES, Column, Entry
from zeo.data.sets.store import DESCRIPTION_FILE, SHIPPED, DataSet
from zeo.designing.account import best_first, effort_of
from zeo.designing.conducting import End, how_to_go_on
from zeo.designing.conducting import design as carried_out
from zeo.designing.goal import ENERGY, Goal
from zeo.designing.known import Known
from zeo.designing.reading import recipe_in
from zeo.designing.recipe import Recipe, Resolved
from zeo.designing.rounds import Asked, Considered
from zeo.designing.state import State
from zeo.errors import ConfigError
from zeo.plugin.framework import FRAMEWORK, IZA, KNOWN, NEW, crystal_system
from zeo.tools.files import write_atomically
from zeo.wishes.expressions import Known as Quantity
from zeo.wishes.expressions import values_of

BEST, TABLE = "best", "hits.csv"
"""Within the directory of a design: CIFs of what it found, and their table."""

UNTIL, MINUTES = 20, 30.0
"""Where the user says nothing."""

STATED = ("name", "key", "code", "arm", "parent", "lineage", "operation")
"""What a table says of each first."""

SHOWN = ("t_atoms", "unique_t", ENERGY, "density", "space_group", "largest_ring")
"""Columns of every table beside what the wishes speak of."""

FEW = 5
"""Known frameworks that are shown."""


@frozen(kw_only=True)
class Hit(Result):
    """A framework that meets the wishes.

    Args:
        entry: what the data set of the design has of it, or that of known frameworks.
        columns: of what was measured.
        numbers: of the wishes and objectives by their text, as they were judged; None where not known.
        arm: what proposed it; empty for known ones.
        on_front: whether no other one is as good in all objectives and better in one.
    """

    entry: Entry = field(repr=False)
    columns: tuple[Column, ...] = field(repr=False)
    numbers: Mapping[str, float | None]
    arm: str = ""
    on_front: bool = False

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def structure(self) -> Structure:
        """The final atoms."""
        return self.entry.structure

    def cif(self) -> str:
        """The unique atoms in the space group that is found, with all that is known of them as items."""
        items = cif_items(self.entry, self.columns)
        return shortest_cif_text(self.structure, f"zeo_{self.name}", items)

    def values(self) -> dict[str, Any]:
        known: dict[str, Any] = {each.name: math.nan for each in FRAMEWORK}
        known |= {name: getattr(self.entry, name) for name in known if hasattr(self.entry, name)}
        sizes = map(float, (*self.structure.lengths, *self.structure.angles))
        known |= dict(zip((*EDGES, *ANGLES), sizes, strict=True))
        known |= {"volume": self.structure.volume, **self.entry.properties}
        known["novelty"] = IZA if self.entry.code else NEW if self.arm else KNOWN
        if self.entry.space_group is not None:
            known["crystal_system"] = crystal_system(self.entry.space_group)
        known |= {name: value for name, value in self.numbers.items() if _is_unknown(known.get(name))}
        return values_of(known)

    def row(self) -> Row:
        entry = self.entry
        values = {name: None if value != value else value for name, value in self.values().items()}
        stated = {"name": entry.name, "key": entry.key, "code": entry.code, "arm": self.arm or None}
        origin = {"parent": entry.parent, "lineage": entry.lineage, "operation": entry.operation}
        shown = _shown(self.numbers, self.columns)
        known = values | {name: self.numbers[name] for name in self.numbers if name not in values}
        return stated | origin | {heading: known.get(name) for name, heading in shown.items()}


def _is_unknown(value: Any) -> bool:
    return value is None or value != value


def _shown(numbers: Iterable[str], columns: Iterable[Column]) -> dict[str, str]:
    """The columns of numbers in a table by name, each with what heads it."""
    units = {each.name: each.unit for each in FRAMEWORK}
    measured = {each.name: each.unit for each in columns}
    asked = {text: units.get(text, "") for text in numbers if text not in measured}
    shown = {name: units[name] for name in SHOWN} | asked | measured
    return {name: name if unit in ("", "1") else f"{name} [{unit}]" for name, unit in shown.items()}


@frozen(eq=False, kw_only=True)
class Designed(Results[Hit]):
    """The new frameworks that meet the wishes, best first, and how they were found.

    Args:
        path: of the design, which is a data set of all frameworks that were relaxed.
        goal: what was wanted.
        known: the first few of the known frameworks that meet the wishes, IZA types first.
        known_hits: how many of them there are.
        looked_at: known frameworks of which it is known whether they meet the wishes.
        unmeasured: what the wishes speak of and the data sets do not have.
        effort: by arm, what was asked of it and what it gave.
        counts: of what was proposed, new, relaxed, met and hit.
        rounds: that were done.
        nearest: what came nearest where nothing hit; a known framework where nothing was worth relaxing.
        wanted: new ones that were asked for; None for as many as the time allowed.
        exhausted: whether nothing more was to be expected.
        hopeless: whether that is because none of the nets that are proposed can meet the wishes.
    """

    path: Path
    goal: Goal = field(repr=False)
    known: tuple[Hit, ...] = ()
    known_hits: int = 0
    looked_at: int = 0
    unmeasured: tuple[str, ...] = ()
    effort: Mapping[str, Asked] = field(factory=dict)
    counts: Mapping[str, int] = field(factory=dict)
    rounds: int = 0
    nearest: Hit | None = None
    wanted: int | None = None
    exhausted: bool = False
    hopeless: bool = False

    @cached_property
    def data(self) -> DataSet:
        """Every framework that was relaxed."""
        return DataSet.open(self.path)

    def csv(self) -> str:
        return csv_text(self.columns, [hit.row() for hit in self])

    def report(self, out: str | Path | None = None) -> Path:
        """Write the page on which the design is looked at; see :func:`zeo.report`.

        Args:
            out: the file, which is written over; ``report.html`` in the design's directory when None, the
                same bytes whatever the directory is called.

        Returns:
            The file.
        """
        from zeo.api.reporting import report, report_of_design

        return report_of_design(self) if out is None else report(self, out=out, force=True)

    def write(self) -> None:
        """The folder :data:`BEST` within the design: a CIF of each, and :data:`TABLE`."""
        folder = self.path / BEST
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir()
        for place, hit in enumerate(self, start=1):
            write_atomically(folder / f"{place:02d}_{hit.name}.cif", hit.cif())
        write_atomically(folder / TABLE, self.csv())


def design(
    targets: str | Iterable[str] = (),
    *,
    out: str | Path | None = None,
    maximise: str | Iterable[str] = (),
    minimise: str | Iterable[str] = (),
    until: int | None = None,
    minutes: float = MINUTES,
    generators: str | Iterable[str] = ("search", "zeosym"),
    probes: str | Iterable[str] = (),
    surrogates: str | Path | Iterable[str | Path] = (),
    known: str | Iterable[str] = SHIPPED,
    known_too: bool = False,
    unblocked: bool = False,
    finetune: int = 0,
    seed: int = 0,
    options: Options | None = None,
    jobs: int = 1,
    executor: str | Executor | None = None,
    on_known: Callable[[int], None] = lambda _: None,
    on_hit: Callable[[str], None] = lambda _: None,
) -> Designed:
    """Find new frameworks that meet wishes: ``zeo design``.

        zeo.design(["void_fraction=0.18..0.22", "energy<20 kJ/mol"], until=20).table()

    Known frameworks are looked up first. Then rounds propose frameworks, screen them by what is known before
    relaxation, relax what promises most, and confirm what hits by a shake. A design that was stopped goes on
    when it is called again with the same ``out``; a larger ``until`` finds more.

    Args:
        targets: wishes, all of which a hit meets.
        out: directory of the design; a new one in ``designs/`` when None.
        maximise: expressions that are to be as large as can be.
        minimise: likewise, as small.
        until: new frameworks wanted, 20 by default; with objectives so many of the best, and the clock ends
            it: what is found first is hardly the best.
        minutes: after which no further round is begun.
        generators: that propose: those that explore change known frameworks and what was found, others draw.
        probes: what is measured beside what the wishes need.
        surrogates: trained models (see :func:`zeo.train`) that are asked before relaxation in place of
            measuring what they tell.
        known: data sets and runs whose frameworks are looked up, changed, and not found again; those that
            ship with zeo unless told otherwise.
        known_too: whether known frameworks that meet the wishes count.
        unblocked: whether ``qst`` and the like count all pores, and not those alone that run through the
            crystal.
        finetune: steps, 60 being about a minute, of each training by which generators that learn (zeosym)
            follow what was found, every third round; 0 for none.
        seed: of everything random.
        options: of plugins, by plugin and option.
        jobs: processes.
        executor: that does the work instead; see :func:`zeo.api.executors.engine`.
        on_known: called with the number of known frameworks that meet the wishes.
        on_hit: called for each new one, with how far the design has come.

    Raises:
        ZeoError: a wish or an option that cannot work, or another design in ``out``.
    """
    recipe = Recipe(
        targets=arguments.texts(targets, "targets"),
        maximise=arguments.texts(maximise, "maximise"),
        minimise=arguments.texts(minimise, "minimise"),
        generators=tuple(dict.fromkeys(arguments.texts(generators, "generators"))),
        probes=tuple(dict.fromkeys(arguments.texts(probes, "probes"))),
        surrogates=tuple(str(path.resolve()) for path in _folders(surrogates)),
        known=tuple(dict.fromkeys(arguments.texts(known, "known"))),
        best=UNTIL if until is None else arguments.whole_number(until, "until", 1),
        unblocked=arguments.truth(unblocked, "unblocked"),
        finetune=arguments.whole_number(finetune, "finetune", 0),
        seed=arguments.whole_number(seed, "seed", 0),
        options=arguments.options_by_plugin(options),
    )
    if not recipe.generators:
        raise ConfigError("generators: name one at least, such as search")
    if not recipe.known:
        raise ConfigError("known: name a data set at least, such as standard")
    Resolved(recipe).refuse_idle_options()
    folder = arguments.path_or_none(out, "out") or free_folder()
    if (folder / DESCRIPTION_FILE).is_file():  # --until decides alone when it ends
        recipe = evolve(recipe, best=recipe_in(folder).best)
    end = End(
        hits_wanted(recipe, until),
        arguments.number(minutes, "minutes", 0.0),
        arguments.truth(known_too, "known_too"),
    )
    return _carry_out(folder, recipe, end, jobs, executor, on_known, on_hit)


def resume_design(
    path: str | Path,
    *,
    until: int | None = None,
    minutes: float = MINUTES,
    known_too: bool = False,
    jobs: int = 1,
    executor: str | Executor | None = None,
    on_known: Callable[[int], None] = lambda _: None,
    on_hit: Callable[[str], None] = lambda _: None,
) -> Designed:
    """Go on with a design: ``zeo design --resume``; the arguments are those of :func:`design`.

    Raises:
        ZeoError: there is none, or it was made by another version of zeo.
    """
    folder = arguments.path(path, "path")
    recipe = recipe_in(folder)
    end = End(
        hits_wanted(recipe, until),
        arguments.number(minutes, "minutes", 0.0),
        arguments.truth(known_too, "known_too"),
    )
    return _carry_out(folder, recipe, end, jobs, executor, on_known, on_hit)


def _folders(given: str | Path | Iterable[str | Path]) -> list[Path]:
    several = [given] if isinstance(given, str | Path) else given
    return [arguments.path(each, "surrogates") for each in dict.fromkeys(several)]


def hits_wanted(recipe: Recipe, until: int | None) -> int | None:
    """Hits with which a design ends; None where the clock ends it, as it does where there are objectives.

    Raises:
        ConfigError: ``until`` asks for another number of the best than the design began with.
    """
    if not (recipe.maximise or recipe.minimise):
        return recipe.best if until is None else arguments.whole_number(until, "until", 1)
    if until not in (None, recipe.best):
        raise ConfigError(
            f"until: this design is for its best {recipe.best}, by which it judges what is better;"
            " leave it out and say how much longer it is to look (minutes), or begin one anew"
        )
    return None


def free_folder() -> Path:
    """Where a design is kept if nothing is said: the first free one of a row."""
    number = 1
    while (folder := Path("designs") / f"design-{number:03d}").exists():
        number += 1
    return folder


def _carry_out(
    folder: Path,
    recipe: Recipe,
    end: End,
    jobs: int,
    executor: str | Executor | None,
    on_known: Callable[[int], None],
    on_hit: Callable[[str], None],
) -> Designed:
    arguments.function(on_known, "on_known")
    arguments.function(on_hit, "on_hit")
    with engine(executor, jobs) as what:
        done = carried_out(folder, recipe, end, what.jobs, what.executor, on_known, on_hit)
    found = _designed(folder, done, end)
    with told_how_to_go_on(folder, how_to_go_on(folder)):
        found.write()
    return found


def _designed(folder: Path, done: State, end: End) -> Designed:
    """What a design found, best first."""
    goal, columns = done.goal, done.resolved.columns
    data = DataSet.open(folder)
    places = {name: place for place, name in enumerate(data.names)}

    def as_hit(found: Considered, on_front: bool = False) -> Hit:
        assert found.name is not None, "what hits was relaxed"
        entry = data[places[found.name]]
        return Hit(entry=entry, columns=columns, numbers=found.after, arm=found.arm, on_front=on_front)

    energies = data.column(ENERGY)[[places[str(found.name)] for found in done.hits]]
    hits = [as_hit(found, on_front) for found, on_front in best_first(done.hits, energies.tolist(), goal)]
    if end.hits is None:
        hits = hits[: done.resolved.recipe.best]
    relaxed = [each for done_round in done.rounds for each in done_round.considered if each.miss is not None]
    nearest = min(relaxed, key=lambda each: each.miss or 0.0, default=None)
    return Designed(
        items=tuple(hits),
        failures={},
        columns=(*STATED, *_shown((aim.name for aim in goal.watched), columns).values()),
        quantities=(*(each.known for each in FRAMEWORK), *(_quantity(each) for each in columns)),
        path=folder,
        goal=goal,
        known=tuple(_of_known(done.known, done.known.hits_best_first()[:FEW], goal, columns)),
        known_hits=len(done.known.hits()),
        looked_at=done.known.looked_at,
        unmeasured=done.known.missing,
        effort=effort_of(done.rounds),
        counts=dict(data.description.counts),
        rounds=len(done.rounds),
        nearest=None if hits else as_hit(nearest) if nearest else _nearest_known(done, goal, columns),
        wanted=end.wanted(len(done.known.hits())),
        exhausted=done.is_exhausted,
        hopeless=done.is_hopeless,
    )


def _nearest_known(done: State, goal: Goal, columns: tuple[Column, ...]) -> Hit | None:
    """The known framework that is nearest to what is wished; None where some are there."""
    if len(done.known.hits()):
        return None
    misses = done.known.misses(done.aims, done.hopes)
    return next(_of_known(done.known, [int(np.argmin(misses))], goal, columns))


def _quantity(column: Column) -> Quantity:
    return Quantity(column.name, column.unit)


def _of_known(
    known: Known, positions: Iterable[int], goal: Goal, columns: tuple[Column, ...]
) -> Iterator[Hit]:
    """Some of the known frameworks."""
    numbers = known.numbers(goal.watched)
    numbers |= {name: values for name, values in known.values().items() if name in known.missing}
    for at in map(int, positions):
        yield Hit(
            entry=known.entry(at),
            columns=columns,
            numbers={name: float(values[at]) for name, values in numbers.items()},
        )
