"""Where the frameworks of a page lie in the latent space of a generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from zeo.api.embedding import Embedding, embedded_in, held, vectors_of
from zeo.api.mapping import MOST
from zeo.api.runs import Run
from zeo.data.looking.projections import onto_principal_components
from zeo.data.sets.store import DataSet
from zeo.designing.reading import ReadDesign
from zeo.page.data_sets import Background
from zeo.page.places import Places, Point
from zeo.tools.progress import Advance


def places_of(
    sources: Sequence[Run | DataSet | ReadDesign],
    background: Background | None,
    embed: Embedding,
    on_framework: Advance,
) -> Places:
    """The principal components of latent vectors, of the background and all sources together.

    Args:
        sources: of the page; of each, :data:`zeo.api.mapping.MOST` frameworks at most are placed.
        background: of the page.
        embed: gives latent vectors.
        on_framework: called with the name of each framework.

    Raises:
        InputError: the generator can hold fewer than three of the frameworks.
    """
    sets = [_frameworks_of(each) for each in sources]
    behind = [] if background is None else [background.data]
    embedded = embedded_in([*behind, *sets], embed, on_framework)
    embed.require(embedded, "the map")
    found, axes = onto_principal_components(vectors_of(embedded))
    points = np.full((len(embedded), 2), np.nan)
    points[held(embedded)] = found
    parts = np.split(points, np.cumsum([len(data) for data in [*behind, *sets]])[:-1])
    by_name = [_by_name(data, part) for data, part in zip([*behind, *sets], parts, strict=True)]
    pairs = zip(sources, by_name[len(behind) :], strict=True)
    return Places(
        generator=embed.generator,
        axes=axes,
        of_sources=tuple(_by_id(places) if isinstance(each, Run) else places for each, places in pairs),
        behind=by_name[0] if behind else {},
    )


def _frameworks_of(source: Run | DataSet | ReadDesign) -> DataSet:
    if isinstance(source, ReadDesign):
        data = source.data
    elif isinstance(source, Run):
        data = DataSet.open(source.path)
    else:
        data = source
    return data.thinned(MOST)


def _by_name(data: DataSet, points: NDArray[np.float64]) -> dict[str, Point]:
    return {
        name: (float(x), float(y)) for name, (x, y) in zip(data.names, points, strict=True) if np.isfinite(x)
    }


def _by_id(places: Mapping[str, Point]) -> dict[str, Point]:
    """Of a run, whose name precedes the ids of its survivors."""
    return {name.rpartition("-")[2]: place for name, place in places.items()}
