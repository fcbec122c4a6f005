"""Maps of frameworks in Python: ``zeo.map``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.api import arguments
from zeo.api.embedding import Embedding, Options, embedded_in, held, left_out, vectors_of
from zeo.data.looking.projections import METHODS, Projection, projection
from zeo.data.sets.filters import filtered
from zeo.data.sets.store import DataSet
from zeo.errors import ConfigError, InputError
from zeo.tools.progress import Advance

if TYPE_CHECKING:
    from zeo.data.looking.landscape import Landscape

MOST = 2000
"""Frameworks of each source, by default."""


def map(
    sources: str | Path | Iterable[str | Path],
    *,
    colour: str = "energy",
    generator: str = "zeovae",
    checkpoint: str | Path | None = None,
    representation: str | None = None,
    where: str | Iterable[str] = (),
    method: str = "pca",
    most: int = MOST,
    options: Options | None = None,
    on_framework: Advance = lambda _: None,
) -> Landscape:
    """Frameworks in two dimensions of a generator's latent space: ``zeo map``.

        zeo.map(["standard", "runs/zeosym-001"], colour="methane.qst").picture("pdf")

    Args:
        sources: data sets and runs. The first is what the map is made of and coloured, the others are marked
            on top of it.
        colour: a quantity, by which the first is coloured.
        generator: whose latent space it is.
        checkpoint: its weights; the shipped ones when None.
        representation: of its weights; its own when None.
        where: conditions on the frameworks, such as ``"density<16"``.
        method: ``"pca"`` (principal components) or ``"umap"`` (the extra ``umap``).
        most: frameworks of each source; evenly chosen where there are more.
        options: of plugins, by plugin and option.
        on_framework: called with the name of each framework that was looked at.

    Raises:
        ZeoError: a source that cannot be read, a quantity that the first does not have, or a generator
            without a latent space.
    """
    advance = arguments.function(on_framework, "on_framework")
    return prepared_map(
        sources,
        colour=colour,
        generator=generator,
        checkpoint=checkpoint,
        representation=representation,
        where=where,
        method=method,
        most=most,
        options=options,
    ).carry_out(advance)


@frozen(eq=False)
class PreparedMap:
    """Frameworks that are to be placed.

    Args:
        sources: their names.
        sets: the frameworks of each.
        colour: what the first is coloured by, with its unit.
        values: of it, for the frameworks of the first.
        embed: gives latent vectors.
        project: from many dimensions to two.
    """

    sources: list[str]
    sets: list[DataSet]
    colour: str
    values: NDArray[np.float64]
    embed: Embedding
    project: Projection

    @property
    def total(self) -> int:
        """Frameworks, of all sources."""
        return sum(len(data) for data in self.sets)

    def carry_out(self, on_framework: Advance) -> Landscape:
        """Place them; the argument is that of :func:`map`."""
        from zeo.data.looking.landscape import Landscape

        embedded = embedded_in(self.sets, self.embed, on_framework)
        self.embed.require(embedded[: len(self.sets[0])], self.sources[0])
        there = held(embedded)
        points, axes = self.project(vectors_of(embedded))
        padded = np.concatenate([self.values, np.full(len(embedded) - len(self.values), np.nan)])
        rows = [
            (own, source, code or "")
            for data, source in zip(self.sets, self.sources, strict=True)
            for own, code in zip(data.names, data.column("code").tolist(), strict=True)
        ]
        kept = [row for row, is_there in zip(rows, there, strict=True) if is_there]
        names, origins, codes = (tuple(each) for each in zip(*kept, strict=True))
        return Landscape(
            names=names,
            sources=origins,
            codes=codes,
            points=points,
            values=padded[there],
            colour=self.colour,
            axes=axes,
            left_out=left_out(embedded),
        )


def prepared_map(
    sources: str | Path | Iterable[str | Path],
    *,
    colour: str,
    generator: str,
    checkpoint: str | Path | None,
    representation: str | None,
    where: str | Iterable[str],
    method: str,
    most: int,
    options: Options | None = None,
) -> PreparedMap:
    """A map, ready to be made; the arguments are those of :func:`map`."""
    named = _sources(sources)
    project = projection(arguments.choice(method, "method", METHODS))
    most = arguments.whole_number(most, "most", 2)
    conditions = arguments.texts(where, "where")
    sets = [_some_of(filtered(DataSet.open(name), conditions), most, name) for name in named]
    label, values = _coloured(sets[0], colour)
    embed = Embedding.of(generator, checkpoint, representation, options)
    return PreparedMap(named, sets, label, values, embed, project)


def _sources(sources: str | Path | Iterable[str | Path]) -> list[str]:
    given = [sources] if isinstance(sources, str | Path) else list(sources)
    named = [arguments.source(each, "sources") for each in given]
    if not named:
        raise ConfigError("there is nothing to map: name a data set or a run")
    return list(dict.fromkeys(named))


def _some_of(data: DataSet, most: int, name: str) -> DataSet:
    """So many of its frameworks, evenly chosen.

    Raises:
        InputError: it has none.
    """
    if len(data) == 0:
        raise InputError(f"{name}: no framework to map")
    return data.thinned(most)


def _coloured(data: DataSet, quantity: str) -> tuple[str, NDArray[np.float64]]:
    """What points are coloured by, with its unit, and its values.

    Raises:
        ConfigError: the data set does not have it.
    """
    name = arguments.text(quantity, "colour")
    if name not in data.columns:
        numbers = ", ".join(each for each in data.columns if "." in each or each in ("energy", "density"))
        raise ConfigError(f"the data set has no quantity {name!r} to colour by; it has {numbers}")
    columns = (*data.description.standard_columns, *data.description.properties)
    units = {column.name: column.unit for column in columns}
    unit = units.get(name, "1")
    try:
        return name if unit in ("1", "") else f"{name} / {unit}", data.column(name).astype(float)
    except ValueError:
        raise ConfigError(f"{name!r} holds words, which have no scale of colours") from None
