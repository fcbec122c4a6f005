"""Data sets of frameworks: ``zeo.make_data``, ``build_data``, ``export_data`` and ``plot_data``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from pathlib import Path

from zeo.api import arguments
from zeo.api.arguments import PICTURES, Options
from zeo.api.executors import engine
from zeo.data.looking import export
from zeo.data.looking.group import compared
from zeo.data.making import build, make
from zeo.data.making.exploring import Recipe
from zeo.data.making.preparation import Requirements
from zeo.data.sets.filters import filtered
from zeo.data.sets.store import DataSet
from zeo.errors import ConfigError, InputError
from zeo.plugin.registry import installed_plugins

Advance = Callable[[str], None]
SPLITS = ("lineage", "random-half")

Writer = Callable[[DataSet, Path, Advance], None]

WRITERS: dict[str, Writer] = {
    "cif": export.write_cifs,
    "poscar": export.write_poscars,
    "extxyz": export.write_xyz,
    "ase-db": export.write_database,
    "chemiscope": export.write_chemiscope,
}
"""By the name of the format; the first two write folders."""

ENDINGS = {
    "": "cif",
    ".extxyz": "extxyz",
    ".xyz": "extxyz",
    ".db": "ase-db",
    ".json": "chemiscope",
    ".gz": "chemiscope",
}
"""Formats by the ending of what is written; a folder has none."""

NO_FOLDERS = frozenset(WRITERS) - {"cif"} | {"contcar"}
"""Names by which nobody means a folder of CIFs, such as ``POSCAR``."""


def make_data(
    out: str | Path,
    n: int = 1000,
    *,
    generator: str = "search",
    probes: str | Iterable[str] = ("methane",),
    parents: str | Iterable[str] = (),
    relax: bool = True,
    seed: int = 0,
    options: Options | None = None,
    jobs: int = 1,
    executor: str | Executor | None = None,
    on_framework: Advance = lambda _: None,
) -> DataSet:
    """Search for frameworks that are in no database yet: ``zeo data make hypothetical``.

    A call that was stopped goes on where it was when it is made again; a larger ``n`` makes more.

    Args:
        out: directory of the data set.
        n: feasible frameworks wanted, each net once and none of the parents'.
        generator: that searches.
        probes: what is measured.
        parents: data sets and runs whose frameworks are changed too, and are not found again.
        relax: whether frameworks are relaxed; all count as feasible without.
        seed: of everything random.
        options: of plugins, by plugin and option.
        jobs: processes.
        executor: that does the work instead; see :func:`zeo.api.executors.engine`.
        on_framework: called for each feasible framework with how far the search has come.

    Raises:
        ZeoError: a choice that cannot work, another data set in ``out``, or nothing new to be found.
    """
    recipe = Recipe(
        generator=arguments.text(generator, "generator"),
        relax=arguments.truth(relax, "relax"),
        probes=_probes(probes),
        parents=tuple(dict.fromkeys(arguments.texts(parents, "parents"))),
        seed=arguments.whole_number(seed, "seed", 0),
        options=arguments.options_by_plugin(options),
    )
    wanted = arguments.whole_number(n, "n", 1)
    arguments.function(on_framework, "on_framework")
    with engine(executor, jobs) as what:
        folder = arguments.path(out, "out")
        return make.make(folder, recipe, wanted, what.jobs, on_framework, what.executor)


def build_data(
    *sources: str | Path,
    out: str | Path,
    probes: str | Iterable[str] = ("methane",),
    relax: bool = False,
    min_kh: float = 1e-6,
    max_energy: float | None = None,
    where: str | Iterable[str] = (),
    split: str = "lineage",
    size: int | None = None,
    three_rings: float = 0.05,
    seed: int = 0,
    options: Options | None = None,
    jobs: int = 1,
    executor: str | Executor | None = None,
) -> DataSet:
    """Read, check, measure, filter and split frameworks of any sources: ``zeo data build``.

    A call that was stopped goes on where it was when it is made again. ``rejected.csv`` in the directory has
    everything that was left out, and why.

    Args:
        sources: folders, archives, files, ASE databases, data sets, runs, ``"relaxed"`` or ``"iza"``; of
            several frameworks with one net the first is kept.
        out: directory of the data set.
        probes: what is measured.
        relax: whether frameworks whose energy is not known are relaxed.
        min_kh: Henry coefficient of methane (mol/kg/Pa, closed pores included) to be exceeded; 0 lets all
            pass.
        max_energy: highest energy (kJ/mol Si above quartz), where it is known.
        where: conditions on what the data set says of each framework, such as ``"density<16"`` or
            ``"methane.qst>18"``; an unknown value meets none.
        split: ``"lineage"`` keeps nets and lineages together and holds a third of the IZA types out;
            ``"random-half"`` halves as the papers do.
        size: how many are chosen, to cover what IZA types cover; all when None.
        three_rings: with ``size``, the largest share of frameworks with three-rings.
        seed: of choices by chance.
        options: of plugins, by plugin and option.
        jobs: processes.
        executor: that does the work instead; see :func:`zeo.api.executors.engine`.

    Raises:
        ZeoError: a source or an option that cannot work, or another data set in ``out``.
    """
    if not sources:
        raise ConfigError('name a source or more, as in zeo.build_data("relaxed", "cifs/", out="set")')
    requirements = Requirements(
        probes=_probes(probes),
        options=arguments.options_by_plugin(options),
        relax=arguments.truth(relax, "relax"),
        min_kh=arguments.number(min_kh, "min_kh", 0.0, math.inf),
        max_energy=None if max_energy is None else arguments.number(max_energy, "max_energy"),
        where=arguments.texts(where, "where"),
    )
    plan = build.Plan(
        sources=tuple(arguments.source(source, "sources") for source in sources),
        requirements=requirements,
        split=arguments.choice(split, "split", SPLITS),
        size=None if size is None else arguments.whole_number(size, "size", 1),
        three_ring_limit=arguments.number(three_rings, "three_rings", 0.0, 1.0),
        seed=arguments.whole_number(seed, "seed", 0),
    )
    with engine(executor, jobs) as what:
        return build.build(arguments.path(out, "out"), plan, what.jobs, what.executor)


def export_data(
    source: str | Path,
    out: str | Path,
    where: str | Iterable[str] = (),
    *,
    to: str | None = None,
    on_framework: Advance = lambda _: None,
) -> DataSet:
    """Write the frameworks of a data set or of a run for other programs: ``zeo data export``.

    Args:
        source: a directory, a run, a URL, ``"standard"`` or ``"open"``.
        out: a folder for CIFs, or a file that ends in .extxyz, .xyz, .db, or .json or .json.gz (chemiscope).
        to: the format, one of :data:`WRITERS`; what the ending of ``out`` says when None.
        where: conditions on the frameworks, such as ``"density<16"``.
        on_framework: called with the name of each framework that is written.

    Returns:
        What was written.

    Raises:
        ZeoError: no data set, no framework that meets the conditions, or a file that is there already.
    """
    advance = arguments.function(on_framework, "on_framework")
    writer_for(arguments.path(out, "out"), to)  # what cannot be written is found out before anything is read
    return written(chosen_from(source, where), out, advance, to)


def written(chosen: DataSet, out: str | Path, on_framework: Advance, to: str | None = None) -> DataSet:
    """The same data set, of which each framework was written; the arguments are those of :func:`export_data`.

    Raises:
        ZeoError: an unknown ending, or a file that is there already.
    """
    target = arguments.path(out, "out")
    writer_for(target, to)(chosen, target, on_framework)
    return chosen


def writer_for(out: Path, to: str | None = None) -> Writer:
    """What writes a file or a folder of this name, or in this format.

    Raises:
        ConfigError: nothing does, or the name is that of a format whose ending it lacks.
    """
    if to is None and out.name.lower() in NO_FOLDERS:
        raise ConfigError(
            f"--out: {out.name!r} is what a format is called, and would be a folder of CIFs; say with --to"
            f" what to write ({', '.join(WRITERS)}), or choose another --out"
        )
    form = ENDINGS.get(out.suffix.lower()) if to is None else to
    if form is None:
        raise ConfigError(
            f"--out: {out.name!r} is neither a folder nor a name that ends in .extxyz, .xyz, .db, .json or"
            f" .json.gz; or say with --to what it is: {', '.join(WRITERS)}"
        )
    return WRITERS[arguments.choice(form, "to", tuple(WRITERS))]


def chosen_from(source: str | Path, where: str | Iterable[str] = ()) -> DataSet:
    """The frameworks of a data set that meet conditions, one at least; the arguments are those of
    :func:`export_data`.

    Raises:
        ZeoError: no data set, or no such framework.
    """
    name = arguments.source(source, "source")
    conditions = arguments.texts(where, "where")
    chosen = filtered(DataSet.open(name), conditions)
    if len(chosen) == 0:
        raise InputError(f"{name}: no framework meets {' and '.join(conditions) or 'this: it is empty'}")
    return chosen


def plot_data(source: str | Path, form: str = "png") -> bytes:
    """What a data set holds in histograms, beside the IZA types: ``zeo data plot``.

    Args:
        source: a directory, a URL, ``"standard"`` or ``"open"``.
        form: ``"png"``, ``"pdf"`` or ``"svg"``.

    Returns:
        The picture, for a file or for ``IPython.display.Image``.

    Raises:
        ZeoError: no data set, or one without feasible frameworks.
    """
    from zeo.data.looking.plot import draw

    arguments.choice(form, "form", PICTURES)
    name = arguments.source(source, "source")
    groups = compared(DataSet.open(name), installed_plugins())
    if not groups:
        raise InputError(f"{name}: no feasible framework to draw; zeo data info shows the verdicts")
    return draw(groups, form)


def _probes(probes: str | Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(arguments.texts(probes, "probes")))
