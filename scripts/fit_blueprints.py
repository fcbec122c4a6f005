"""How well the blueprints that ``zeosym.prior=smoothed`` draws foretell known framework types.

    python scripts/fit_blueprints.py

The mean log-probability of the kinds (space group and Wyckoff positions of the T atoms) of the framework
types that the shipped weights learned from, each left out of the counts in its turn: for the smoothing that
zeo has, and for others that differ in one number. Held-out types play no part. Takes two minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import attrs
import click
import numpy as np
from numpy.typing import NDArray

from zeo.data.known.frameworks import open_frameworks
from zeo.plugin.seen import digest_of
from zeo_learning.learned_nets import key_of, read_nets
from zeo_zeosym.blueprint import Blueprints
from zeo_zeosym.crystal import Crystal, crystal_of
from zeo_zeosym.model import Model
from zeo_zeosym.positions import position_of
from zeo_zeosym.smoothed import SmoothedKinds, Smoothing

OTHERS = {
    "simplicity": (0.0, 0.75, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0),
    "group": (0.01, 0.03, 0.3, 1.0),
    "number": (0.3, 1.0, 10.0, 30.0),
    "position": (1.0, 3.0, 30.0, 100.0),
}
"""Values of each number of the smoothing."""

SAME_DENSITY = 1e-3
"""T atoms per 1000 cubic angstrom."""


def types_learned_from(folder: Path) -> Iterator[Crystal]:
    """The known framework types that a model learned from."""
    learned = read_nets(folder).training or frozenset()
    for framework in open_frameworks("relaxed"):
        crystal = crystal_of(framework.structure)
        if crystal is not None and digest_of(key_of(framework)) in learned:
            yield crystal


def place_of(crystal: Crystal, blueprints: Blueprints) -> int | None:
    """Which of the blueprints is that of a crystal."""
    alike = (blueprints.groups == crystal.group) & (blueprints.unique == len(crystal.sites))
    alike &= np.abs(blueprints.density - crystal.density) < SAME_DENSITY
    return next(iter(np.flatnonzero(alike).tolist()), None)


def log_probability(
    crystal: Crystal, numbers: NDArray[np.int64], blueprints: Blueprints, smoothing: Smoothing
) -> float:
    """Of the kind of a crystal, which does not count itself."""
    kinds = SmoothedKinds(blueprints=blueprints, smoothing=smoothing)
    place = place_of(crystal, blueprints)
    if place is not None:
        kinds.counts[place] = 0.0
    return kinds.log_probability(crystal.group, numbers)


@click.command(help=__doc__)
def main() -> None:
    folder = Path(str(files("zeo_zeosym") / "weights"))
    blueprints = Model.load(folder).blueprints
    types = [each for each in types_learned_from(folder) if len(each.sites) <= blueprints.unique.max()]
    numbers = [np.array([position_of(site) for site in each.sites]) for each in types]
    changes = [{}, *({name: value} for name, values in OTHERS.items() for value in values)]
    for change in changes:
        smoothing = attrs.evolve(Smoothing(), **change)
        pairs = zip(types, numbers, strict=True)
        mean = np.mean([log_probability(each, known, blueprints, smoothing) for each, known in pairs])
        click.echo(f"{len(types)} types, {smoothing}: {mean:.3f}")


if __name__ == "__main__":
    main()
