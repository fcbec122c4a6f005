"""What a random search tries next: a space group, a number of unique T atoms and their sites.

Groups differ a hundredfold in how many frameworks they give in a given time. They are drawn in proportion to
the measured yields of ``yields.csv``, with a share left to all alike.
"""

from __future__ import annotations

import csv
import functools
import importlib.resources
from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.errors import ConfigError
from zeo_search.options import SearchOptions
from zeo_search.settings import FIRST_GROUP, LAST_GROUP
from zeo_search.sites import Site, t_sites

YIELDS_FILE = "yields.csv"
"""Seconds spent on each space group and frameworks found, from ``scripts/measure_search_yields.py``."""

_SHARE_OF_ALL = 0.15
_LARGEST_SHARE = 0.04
"""No group gets more: its frameworks are soon exhausted."""

_UNIQUE_T_WEIGHTS = (0.03, 0.08, 0.22, 0.27, 0.2, 0.12, 0.05, 0.03)
"""Of 1 to 8 unique T atoms, and as the last for more. Few are quickly found and quickly exhausted."""

_SITE_DRAWS = 10
_FRUITLESS_DRAWS = 2000


@frozen(eq=False)
class Choice:
    """Where to search.

    Args:
        space_group: its number.
        sites: of the unique T atoms.
    """

    space_group: int
    sites: tuple[Site, ...]


def draw_choice(stream: np.random.Generator, options: SearchOptions) -> Choice:
    """A random choice that the options allow.

    Raises:
        ConfigError: they allow none, or name a group that has no orthogonal setting.
    """
    groups = options.space_groups or tuple(range(FIRST_GROUP, LAST_GROUP + 1))
    least, most = options.unique_t
    counts = np.arange(least, most + 1)
    group_shares, count_shares = _shares_of_groups(groups), _shares_of_counts(least, most)
    for _ in range(_FRUITLESS_DRAWS):
        number = groups[stream.choice(len(groups), p=group_shares)]
        sites = draw_sites(number, int(stream.choice(counts, p=count_shares)), options.t_atoms, stream)
        if sites:
            return Choice(number, sites)
    raise ConfigError(
        f"random search finds no sites for {least} to {most} unique T atoms that make"
        f" {options.t_atoms[0]} to {options.t_atoms[1]} in the cell: widen search.unique_t,"
        " search.t_atoms or search.space_groups"
    )


def draw_sites(
    number: int, unique_t: int, t_atoms: tuple[int, int], stream: np.random.Generator
) -> tuple[Site, ...]:
    """Sites for the unique T atoms of a space group; none when a few draws give no allowed number of T atoms.

    Positions of equal multiplicity and freedom count as one, lest groups with many alike use nothing else.
    """
    kinds = _kinds_of_sites(number)
    for _ in range(_SITE_DRAWS):
        drawn: list[Site] = []
        for _ in range(unique_t):
            kind = kinds[stream.integers(len(kinds))]
            drawn.append(kind[stream.integers(len(kind))])
        fixed = [site for site in drawn if not site.freedom]
        if len(set(map(id, fixed))) == len(fixed) and (
            t_atoms[0] <= sum(site.multiplicity for site in drawn) <= t_atoms[1]
        ):
            return tuple(drawn)
    return ()


@functools.cache
def _kinds_of_sites(number: int) -> tuple[tuple[Site, ...], ...]:
    kinds: dict[tuple[int, int], list[Site]] = {}
    for site in t_sites(number):
        kinds.setdefault((site.multiplicity, site.freedom), []).append(site)
    return tuple(map(tuple, kinds.values()))


@functools.cache
def measured_yields() -> dict[int, tuple[float, int]]:
    """Seconds and frameworks found for each space group."""
    text = importlib.resources.files("zeo_search").joinpath(YIELDS_FILE).read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {int(row["space_group"]): (float(row["seconds"]), int(row["frameworks"])) for row in rows}


@functools.cache
def _shares_of_groups(groups: Sequence[int]) -> NDArray[np.float64]:
    yields = np.array([measured_yields().get(number, (0.0, 0)) for number in groups])
    seconds, frameworks = yields.T
    # one framework and a third of the mean time are added to each, against luck in small samples
    rates = (frameworks + 1.0) / (seconds + 0.3 * seconds.mean() + 1e-9)
    shares = np.minimum(rates / rates.sum(), max(_LARGEST_SHARE, 1.0 / len(groups)))
    mixed: NDArray[np.float64] = (1.0 - _SHARE_OF_ALL) * shares / shares.sum() + _SHARE_OF_ALL / len(groups)
    return mixed


def _shares_of_counts(least: int, most: int) -> NDArray[np.float64]:
    last = len(_UNIQUE_T_WEIGHTS) - 1
    weights = np.array([_UNIQUE_T_WEIGHTS[min(count - 1, last)] for count in range(least, most + 1)])
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares
