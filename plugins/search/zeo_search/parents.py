"""The frameworks that mutation starts from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from zeo.crystal.orthogonal import smallest_orthogonal_cell
from zeo.data.known.frameworks import Framework, FrameworkSet, open_frameworks
from zeo.data.known.relaxed import relaxed_frameworks, relaxed_structure
from zeo.errors import ConfigError, InputError
from zeo.tools.hints import nearest
from zeo_search.mutate import Parent
from zeo_search.options import SearchOptions
from zeo_search.t_net import TNet

LOOKED_AT = 50
"""Parents read for a sample at most; reading goes on until enough of them are within the limits."""


def open_parents(sources: Sequence[str]) -> list[FrameworkSet]:
    """The frameworks of each source that the option ``parents`` names.

    Args:
        sources: codes of IZA types (as zeo relaxed them) and whatever :func:`open_frameworks` takes.

    Raises:
        ConfigError: neither a code nor a source.
        ZeoError: a source that cannot be read.
    """
    codes = tuple(source for source in sources if source in relaxed_frameworks())
    sets = [FrameworkSet(codes, relaxed_structure)] if codes else []
    for source in sources:
        if source in codes:
            continue
        try:
            sets.append(open_frameworks(source))
        except InputError as error:
            if Path(source).exists():
                raise
            near = nearest(source, list(relaxed_frameworks()))
            hint = f"; did you mean {near}?" if near else ""
            raise ConfigError(
                f"search.parents: {source!r} is no four-connected framework type, file or folder{hint}"
            ) from error
    return sets


def drawn_parents(
    sets: Sequence[FrameworkSet], stream: np.random.Generator, options: SearchOptions
) -> Iterator[Parent]:
    """Parents in random order, each once, those within the limits among the first few looked at."""
    sizes = np.array([len(each) for each in sets])
    ends = np.cumsum(sizes)
    for number in stream.permutation(ends[-1])[:LOOKED_AT].tolist():
        which = int(np.searchsorted(ends, number, side="right"))
        parent = as_parent(sets[which][number - int(ends[which] - sizes[which])], options)
        if parent is not None:
            yield parent


def as_parent(framework: Framework, options: SearchOptions) -> Parent | None:
    """The T atoms of a framework in its smallest orthogonal cell; None where there is nothing to mutate.

    That is without such a cell, with one of too many T atoms or too long edges, or with T atoms of which the
    distances do not tell that they are one four-connected net.
    """
    structure = smallest_orthogonal_cell(framework.structure)
    if structure is None or not structure.count("Si"):
        return None
    parent = Parent.from_structure(framework.name, structure, framework.lineage)
    if len(parent.coords) > options.t_atoms[1] or parent.lengths.max() > options.edges[1]:
        return None
    return parent if is_one_net(parent) else None


def is_one_net(parent: Parent) -> bool:
    """Whether the distances between the T atoms tell that they are one four-connected net."""
    net = TNet.from_distances(parent.lengths, parent.coords)
    return net is not None and net.cycle_lattice_index == 1
