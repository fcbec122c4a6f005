"""Random search: symmetric drafts of frameworks from nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from zeo_search.choices import Choice, draw_choice
from zeo_search.draft import Draft
from zeo_search.hops import Bounds, hop
from zeo_search.options import SearchOptions
from zeo_search.orbits import fractional, orbits_of
from zeo_search.settings import setting

DESCENTS = 40_000
"""Of one effort; a few seconds."""

WALKS = 3
"""Over the minima of each choice of sites."""

_MANY_UNIQUE_T = 5
"""From here on minima are rare, and it pays to look longer and to start lower."""


def search(stream: np.random.Generator, options: SearchOptions) -> Iterator[Draft]:
    """One bounded effort of a few seconds; drafts in which every T atom has four neighbours.

    A space group, a number of unique T atoms and their sites are drawn; walks over the minima of the cost
    follow; and again, until the descents are used up.

    Args:
        stream: all that is random is drawn from it.
        options: of which ``unique_t``, ``space_groups``, ``t_atoms``, ``density`` and ``edges`` count here.

    Raises:
        ConfigError: a space group that has no orthogonal setting, or ranges that leave nothing to draw.
    """
    left = DESCENTS
    while left > 0:
        drafts, used = walk(draw_choice(stream, options), stream, options)
        yield from drafts
        left -= used


def walk(choice: Choice, stream: np.random.Generator, options: SearchOptions) -> tuple[list[Draft], int]:
    """A few walks over the minima of one choice of sites.

    Returns:
        the four-connected minima, each once (to rounding), and the descents used, at least one a walk.
    """
    orbits = orbits_of(setting(choice.space_group), choice.sites)
    bounds = Bounds(*options.density, *options.edges)
    hops, tries = (40, 12) if len(choice.sites) >= _MANY_UNIQUE_T else (20, 4)
    drafts: dict[tuple[float, float], Draft] = {}
    used = 0
    for _ in range(WALKS):
        unique, scales, costs, descents = hop(orbits, bounds, hops, tries, stream)
        used += max(descents, 1)
        for positions, scale, cost in zip(unique, scales, costs, strict=True):
            lengths = scale * orbits.period
            minimum = round(float(cost), 2), round(float(lengths.prod()) / len(orbits.owner), 0)
            if minimum not in drafts:
                drafts[minimum] = Draft(
                    lengths=lengths,
                    coords=fractional(orbits, positions),
                    operation="random search",
                    space_group=choice.space_group,
                )
    return list(drafts.values()), used
