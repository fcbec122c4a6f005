"""Nets that are nearly four-connected: which bridges are chosen, as an integer programme over orbits.

minimise    sum over the T atoms of the squared deviations of their bridges from the ideal length
subject to  bridges at each unique T atom = 4

Bridges that are images of each other are chosen together, so the net keeps the space group; there are as few
unknowns as there are unique bridges. No T atom is added or left out.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from zeo_cleanup.candidate_net import IDEAL_EDGE, SHORTEST_EDGE
from zeo_zeosym.crystal import Crystal
from zeo_zeosym.silica import Bridges, Silica, orbits, with_oxygen

NODE_LIMIT = 100
"""Of the search, so that results repeat."""


def mended(net: Crystal, longest: float) -> Silica | None:
    """The net with four bridges at each T atom, oxygen at their midpoints; None where no choice gives one.

    Args:
        net: as drawn.
        longest: angstrom between T atoms that may be bridged.
    """
    bridges = Bridges.of(net, longest)
    if (np.bincount(bridges.unique, minlength=len(net.sites)) < 4).any():
        return None
    orbit, sites, coords = orbits(net, bridges.middle)
    at_site = np.zeros((len(net.sites), len(sites)))
    np.add.at(at_site, (bridges.unique, orbit), 1.0)
    costs = np.zeros(len(sites))
    misfit = np.square(bridges.length - IDEAL_EDGE)
    np.add.at(costs, orbit, net.multiplicities[bridges.unique] * misfit)
    shortest = np.full(len(sites), np.inf)
    np.minimum.at(shortest, orbit, bridges.length)
    result = milp(
        costs,
        constraints=LinearConstraint(at_site, 4.0, 4.0),
        bounds=Bounds(0, shortest > SHORTEST_EDGE),
        integrality=np.ones(len(sites), dtype=np.int64),
        options={"node_limit": NODE_LIMIT},
    )
    if result.x is None:
        return None
    chosen = np.flatnonzero(result.x > 0.5)
    return with_oxygen(net, [sites[k] for k in chosen], coords[chosen], longest)
