"""Random search: symmetric drafts of frameworks from nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from zeo.errors import ConfigError
from zeo_search.draft import Draft
from zeo_search.hops import Bounds, hop
from zeo_search.options import SearchOptions
from zeo_search.orbits import Orbits, fractional, orbits_of
from zeo_search.settings import FIRST_GROUP, LAST_GROUP, setting
from zeo_search.sites import Site, t_sites

DESCENTS = 20_000
"""Of one effort; a few seconds."""

WALKS = 3
"""For each choice of sites."""

_SITE_DRAWS = 10


def search(stream: np.random.Generator, options: SearchOptions) -> Iterator[Draft]:
    """One bounded effort of a few seconds; drafts of which every T atom has four neighbours.

    A group, a number of unique T atoms and their sites are drawn; walks over the minima of the cost follow;
    and again, until the descents are used up.

    Args:
        stream: all that is random is drawn from it.
        options: of which ``unique_t``, ``space_groups``, ``t_atoms``, ``density`` and ``edges`` count here.

    Raises:
        ConfigError: a space group that has no orthogonal setting, or ranges that leave nothing to draw.
    """
    groups = options.space_groups or tuple(range(FIRST_GROUP, LAST_GROUP + 1))
    bounds = Bounds(*options.density, *options.edges)
    descents = failures = 0
    while descents < DESCENTS:
        number = int(stream.choice(groups))
        unique_t = int(stream.integers(options.unique_t[0], options.unique_t[1] + 1))
        sites = draw_sites(t_sites(number), unique_t, options.t_atoms, stream)
        if sites is None:
            failures += 1
            if failures > 2000:
                raise ConfigError("nothing to search")
            continue
        failures = 0
        orbits = orbits_of(setting(number), sites)
        hops, drafts = effort_for(unique_t)
        for _ in range(WALKS):
            unique, scales, costs, used = hop(orbits, bounds, hops, drafts, stream)
            descents += max(used, 1)
            yield from _drafts(number, orbits, unique, scales, costs)


def effort_for(unique_t: int) -> tuple[int, int]:
    return (20, 4) if unique_t < 5 else (40, 12)


def draw_sites(
    sites: Sequence[Site], unique_t: int, t_atoms: tuple[int, int], stream: np.random.Generator
) -> list[Site] | None:
    kinds: dict[tuple[int, int], list[Site]] = {}
    for site in sites:
        kinds.setdefault((site.multiplicity, site.freedom), []).append(site)
    choices = list(kinds.values())
    for _ in range(_SITE_DRAWS):
        drawn: list[Site] = []
        for _ in range(unique_t):
            for _ in range(20):
                kind = choices[stream.integers(len(choices))]
                site = kind[stream.integers(len(kind))]
                if site.freedom or site not in drawn:
                    drawn.append(site)
                    break
        if len(drawn) == unique_t and t_atoms[0] <= sum(s.multiplicity for s in drawn) <= t_atoms[1]:
            return drawn
    return None


def _drafts(
    number: int,
    orbits: Orbits,
    unique: NDArray[np.float64],
    scales: NDArray[np.float64],
    costs: NDArray[np.float64],
) -> Iterator[Draft]:
    seen = set()
    for positions, scale, cost in zip(unique, scales, costs, strict=True):
        key = round(float(cost), 3), round(float(scale.prod()), -1)
        if key not in seen:
            seen.add(key)
            yield Draft(
                lengths=scale * orbits.period,
                coords=fractional(orbits, positions),
                operation="random search",
                space_group=number,
            )
