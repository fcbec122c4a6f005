"""Runs side by side: their figures, their distances from a training set, how they meet targets."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from zeo.data.known.frameworks import distinct_data_sets
from zeo.data.looking.group import Measured, group, joined
from zeo.data.sets.store import DataSet
from zeo.errors import ConfigError
from zeo.evaluation.distances import Distance, Property, distance, properties_of
from zeo.evaluation.figures import figures
from zeo.evaluation.groups import drawn, frameworks
from zeo.evaluation.hits import Aim, aim, all_wishes
from zeo.evaluation.nets import KnownNets
from zeo.evaluation.sampled import Sampled
from zeo.evaluation.share import Share
from zeo.evaluation.spreads import Spread, beside, spread
from zeo.plugin.columns import Column
from zeo.wishes.wish import Wish

ATOMS_PER_T = 3
"""Of SiO2."""


@frozen(eq=False, kw_only=True)
class Evaluated:
    """A run and what is said of it.

    Args:
        run: the run.
        figures: by the names of :data:`zeo.evaluation.figures.LINES`; None for what the run cannot tell.
        atoms: mean number in the cell of the perfect samples; None of nothing.
        drawn: its grids as drawn.
        frameworks: what came of them, see :func:`zeo.evaluation.groups.frameworks`.
        drawn_distances: of the grids, by the name of the property.
        framework_distances: of the frameworks, likewise.
        spreads: of the frameworks, by the name of each further quantity of the evaluation.
        aims: one for each wish of the evaluation.
    """

    run: Sampled
    figures: Mapping[str, Share | None]
    atoms: float | None
    drawn: Measured
    frameworks: Measured
    drawn_distances: Mapping[str, Distance]
    framework_distances: Mapping[str, Distance]
    spreads: Mapping[str, Spread]
    aims: Sequence[Aim]


@frozen(eq=False, kw_only=True)
class Evaluation:
    """Runs side by side.

    Args:
        data: names of the data sets that they are compared with.
        training: their feasible frameworks for training.
        held_out: their feasible frameworks for testing; there may be none.
        properties: that are compared.
        training_spread: standard deviation of each property in the training set, where it has values.
        held_out_distances: of those for testing from those for training, by the name of the property.
        further: what runs have measured and no data set has.
        wishes: of all runs, and those given besides.
        runs: in the order given.
    """

    data: Sequence[str]
    training: Measured
    held_out: Measured
    properties: Sequence[Property]
    training_spread: Mapping[str, float]
    held_out_distances: Mapping[str, Distance]
    further: Sequence[Column]
    wishes: Sequence[Wish]
    runs: Sequence[Evaluated]


def evaluate(
    runs: Sequence[Sampled], sources: Sequence[str], targets: Iterable[str] = (), unblocked: bool = False
) -> Evaluation:
    """Compare runs with data sets, with each other and with wishes.

    Args:
        runs: at least one.
        sources: the data sets: directories, runs, URLs, ``"standard"`` or ``"open"``; of several each net
            counts once.
        targets: wishes besides those of the runs, such as ``"qst=18..22 kJ/mol"``.
        unblocked: whether these count all pores, and not those alone that run through the crystal.

    Raises:
        InputError: no data set, or a damaged one.
        ConfigError: data sets of which no feasible framework is for training, or a target that is no wish
            or of what no run has measured.
    """
    sets = distinct_data_sets(sources)
    known = KnownNets.of(sets)
    training, held_out = _part(sets, "train", "training set"), _part(sets, "test", "held out")
    if training.size == 0:
        named = ", ".join(sources)
        raise ConfigError(f"{named}: no feasible framework of this data set is in the split 'train'")
    measured = {column.name: column for data in sets for column in data.description.properties}
    properties = properties_of(measured.values())
    further = beside(runs, [compared.name for compared in properties])
    wanted = all_wishes(runs, targets, unblocked)
    values = {compared.name: compared.values(training) for compared in properties}

    def distances(one: Measured) -> dict[str, Distance]:
        return {
            compared.name: distance(compared.values(one), values[compared.name]) for compared in properties
        }

    def evaluated(run: Sampled) -> Evaluated:
        grids, found = drawn(run), frameworks(run)
        return Evaluated(
            run=run,
            figures=figures(run, known),
            atoms=mean_atoms(run),
            drawn=grids,
            frameworks=found,
            drawn_distances=distances(grids),
            framework_distances=distances(found),
            spreads={column.name: spread(found, column.name) for column in further},
            aims=[aim(run, wish) for wish in wanted],
        )

    return Evaluation(
        data=tuple(data.description.name for data in sets),
        training=training,
        held_out=held_out,
        properties=properties,
        training_spread={name: float(known.std()) for name, known in values.items() if len(known)},
        held_out_distances=distances(held_out),
        further=further,
        wishes=wanted,
        runs=[evaluated(run) for run in runs],
    )


def _part(sets: Sequence[DataSet], split: str, title: str) -> Measured:
    """The feasible frameworks of a split of all data sets."""
    return joined(title, [group(title, data.feasible.split(split)) for data in sets])


def mean_atoms(run: Sampled) -> float | None:
    """Atoms in the cell of a perfect sample, on average; None if there is none."""
    counts = [outcome.t_atoms for outcome in run.outcomes if outcome.perfect]
    known = [ATOMS_PER_T * count for count in counts if count is not None]
    return statistics.fmean(known) if known else None
