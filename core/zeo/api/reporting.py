"""Pages on which results are looked at: ``zeo.report`` and ``zeo.view``."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import zeo
from zeo.api import arguments
from zeo.api.designing import Designed
from zeo.api.embedding import Embedding
from zeo.api.placing import places_of
from zeo.api.probing import Measurement
from zeo.api.runs import Run
from zeo.api.structures import Structural, named_structures, short
from zeo.crystal.structure import Structure
from zeo.data.sets.store import DataSet, is_data_set
from zeo.designing.reading import ReadDesign, is_design
from zeo.errors import ConfigError, InputError, ZeoError
from zeo.page.contents import Contents, Gathering
from zeo.page.data_sets import Background
from zeo.page.places import Places
from zeo.page.runs import ReadRun
from zeo.page.structures import Seen
from zeo.page.writing import page_of
from zeo.plugin.candidate import Candidate, Properties
from zeo.plugin.registry import installed_plugins
from zeo.tools.files import require_free, write_atomically
from zeo.tools.progress import Advance

Source = Any
"""A run or its directory, a design or its directory, or a data set: its directory, URL or name."""

Opened = Run | DataSet | ReadDesign

Place = Callable[[Sequence[Opened], Background | None], Places]
"""Finds the places of sources and of what lies behind them on a map."""

REPORT, VIEW = "report.html", "view.html"

DESIGN = "design"
"""What its own page calls a design."""

TOP = 100
"""Frameworks that a page has in 3D."""

BACKGROUND = "standard"
"""The data set behind the points of runs."""


def report(
    *sources: Source,
    out: str | Path = REPORT,
    top: int = TOP,
    background: str | Path | None = BACKGROUND,
    map: str | None = None,
    checkpoint: str | Path | None = None,
    force: bool = False,
    on_framework: Advance = lambda _: None,
) -> Path:
    """Write a page of runs, designs and data sets, in one file that needs no network: ``zeo report``.

        zeo.report("runs/search-001", "runs/zeosym-001", out="both.html")
        zeo.report("runs/search-001", map="zeovae")

    Args:
        sources: runs or designs or their directories, data sets by directory, URL or name; one at least.
        out: the file.
        top: frameworks with atoms and pores in all, the best of each source.
        background: data set whose distribution lies behind the points of runs; none when None.
        map: a generator in whose latent space frameworks are placed, too, as ``zeo.map`` does.
        checkpoint: its weights; the shipped ones when None.
        force: whether a file that is there is written over.
        on_framework: called with the name of each framework that is placed.

    Returns:
        The file.

    Raises:
        ZeoError: no such run or data set, a generator without a latent space, or a file that is there
            already.
    """
    target = free_file(out, force)
    place = _placing(map, checkpoint, arguments.function(on_framework, "on_framework"))
    return write_page(report_contents(sources, top, background, place), target, force)


def _placing(generator: str | None, checkpoint: str | Path | None, on_framework: Advance) -> Place | None:
    if generator is not None:
        return partial(places_of, embed=Embedding.of(generator, checkpoint), on_framework=on_framework)
    if checkpoint is not None:
        raise ConfigError("checkpoint: name the generator too that makes the map, such as --map zeovae")
    return None


def own_report(run: Run) -> Path:
    """The page in a run's own folder, whose name it does not bear: it is the same wherever the run lies.

    Raises:
        ZeoError: it cannot be written.
    """
    contents = _contents([(run, run.plan.generator)], TOP, BACKGROUND)
    return write_page(contents, run.path / REPORT, force=True)


def report_of_design(found: Designed) -> Path:
    """The page in the own folder of a design: it is the same wherever that lies.

    Raises:
        ZeoError: it cannot be written.
    """
    contents = _contents([(ReadDesign.of(found.path), DESIGN)], TOP, BACKGROUND)
    return write_page(contents, found.path / REPORT, force=True)


def view(
    x: Structural,
    *probes: str,
    out: str | Path = VIEW,
    force: bool = False,
) -> Path:
    """Write a page of structures with their nets, properties and pores: ``zeo view``.

        zeo.view("LTA.cif", "methane", out="lta.html")
        zeo.view("runs/search-001:000012")

    Args:
        x: what :func:`zeo.read` takes, or a survivor of a run as ``RUN:ID``.
        probes: what is measured; of a survivor of a run the page has what the run measured.
        out: the file.
        force: whether a file that is there is written over.

    Returns:
        The file.

    Raises:
        ZeoError: nothing there that can be shown, no such probe, or a file that is there already.
    """
    target = free_file(out, force)
    return write_page(view_contents(x, probes), target, force)


def free_file(out: str | Path, force: bool) -> Path:
    """The file to write, found out to be free before any work is done.

    Raises:
        ZeoError: it is a folder, or there already.
    """
    target = arguments.path(out, "out")
    if target.is_dir():
        raise ConfigError(f"{target} is a folder: name a file, such as {target / REPORT}")
    if not force:
        require_free(target)
    return target


def write_page(contents: Contents, target: Path, force: bool) -> Path:
    """The file, whole or not at all.

    Raises:
        ZeoError: it cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, page_of(contents), overwrite=force)
    except OSError as error:
        if error.errno == errno.EEXIST:  # it came while the page was made
            require_free(target)
        raise ZeoError(f"cannot write {target}: {error.strerror or error}") from error
    return target


def report_contents(
    sources: Sequence[Source],
    top: int = TOP,
    background: str | Path | None = BACKGROUND,
    place: Place | None = None,
) -> Contents:
    """What the page of :func:`report` holds, whose arguments are the first three.

    Args:
        sources: of the page.
        top: frameworks with atoms and pores.
        background: data set behind the points of runs.
        place: finds the places of all frameworks on a map.

    Raises:
        ZeoError: no source, or one that is neither a run nor a data set.
    """
    if not sources:
        raise ConfigError('name a run or a data set, as in zeo.report("runs/search-001")')
    most = arguments.whole_number(top, "top", 0)
    behind = None if background is None else arguments.source(background, "background")
    return _contents([_opened(source) for source in sources], most, behind, place)


def _contents(
    opened: Sequence[tuple[Opened, str]],
    most: int,
    behind: str | None,
    place: Place | None = None,
) -> Contents:
    """Of runs, designs and data sets, each with the name by which the page calls it."""
    gathering = Gathering(installed_plugins(), most, len(opened))
    for found, name in opened:
        if isinstance(found, DataSet):
            gathering.add_data_set(found, name)
        elif isinstance(found, ReadDesign):
            gathering.add_design(found, name)
        else:
            gathering.add_run(ReadRun.of(found.directory, name))
    only_data = all(isinstance(found, DataSet) for found, _ in opened)
    background = None
    if behind is not None and not only_data:
        background = Background.of_data_set(DataSet.open(behind), behind)
    places = None if place is None else place([each for each, _ in opened], background)
    return gathering.contents(", ".join(name for _, name in opened), zeo.__version__, background, places)


def _opened(source: Source) -> tuple[Opened, str]:
    """A source, and what it is called."""
    if isinstance(source, Run):
        return source, source.path.resolve().name
    if isinstance(source, Designed):
        return ReadDesign.of(source.path), source.path.resolve().name
    if isinstance(source, DataSet):
        return source, source.description.name
    name = arguments.source(source, "sources")
    path = Path(name)
    if not (path / "run.json").exists() and is_data_set(name):
        data = DataSet.open(name)
        if path.is_dir() and is_design(data):
            return ReadDesign.of(path), path.resolve().name
        return data, path.name
    if not path.exists():
        raise InputError(f"{name}: no such run, nor a data set")
    if not (path / "run.json").exists():
        raise InputError(f"{name} is neither a run nor a data set: it has no run.json and no dataset.json")
    return Run.open(path), path.resolve().name


def view_contents(x: Structural, probes: Sequence[str]) -> Contents:
    """What the page of :func:`view` holds.

    Raises:
        ZeoError: nothing there that can be shown, or no such probe.
    """
    gathering = Gathering(installed_plugins(), most=1, sources=1)
    of_run = _survivor(x)
    if of_run is not None:
        run, candidate = of_run
        if probes:
            raise ConfigError(f"{x}: the page has what its run measured; leave out the probes")
        name = run.path.resolve().name
        gathering.add_survivor(ReadRun.of(run.directory, name), candidate)
        return gathering.contents(f"{name}:{candidate}", zeo.__version__)
    measurement = Measurement(probes, None, None) if probes else None
    seen = [_seen(name, found, measurement) for name, found in _usable(x)]
    columns = measurement.columns if measurement is not None else ()
    gathering.add_structures(seen, columns, probes)
    title = seen[0].name if len(seen) == 1 else f"{len(seen)} structures"
    return gathering.contents(title, zeo.__version__)


def _survivor(x: Structural) -> tuple[Run, str] | None:
    """Run and id of ``RUN:ID``; None of anything else."""
    if not isinstance(x, str) or Path(x).exists() or ":" not in x:
        return None
    folder, _, candidate = x.rpartition(":")
    return (Run.open(folder), candidate) if (Path(folder) / "run.json").exists() else None


def _usable(x: Structural) -> Iterator[tuple[str, Structure]]:
    """Structures with short names.

    Raises:
        InputError: none can be used.
    """
    failure: ZeoError | None = None
    empty = True
    for name, found in named_structures(x):
        if isinstance(found, Structure):
            empty = False
            yield short(name), found
        else:
            failure = failure or found
    if empty:
        raise failure or InputError(f"{x}: no structure there")


def _seen(name: str, structure: Structure, measurement: Measurement | None) -> Seen:
    """A structure with all that can be found out of it."""
    identify = installed_plugins().create("postprocessor", "identify")
    identified = identify.apply(Candidate.of(structure))
    remarks = [] if identified.rejection is None else [str(identified.rejection)]
    measured: Properties = {}
    if measurement is not None:
        for _, found in measurement.of({name: structure}):
            if isinstance(found, Exception):
                remarks.append(" ".join(str(found).split()))
            else:
                measured = found.quantities
    return Seen(
        name=name,
        structure=structure,
        identity=identified.identity,
        properties=measured,
        remarks=tuple(remarks),
    )
