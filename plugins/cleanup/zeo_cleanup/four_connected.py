"""The cheapest four-connected net in a graph of candidate bridges, as an integer programme.

minimise    sum of the costs of the sites kept and the bridges chosen
subject to  bridges at a site                    = 4 if the site is kept, else 0
            bridges by way of one oxygen        <= 1
            bridges between one pair of images  <= 1   (no double Si-O-Si)
            sites of a clashing pair            <= 1
            decoded sites left out + others kept <= a budget

In most cases the linear relaxation has a solution of whole numbers, which is then the optimum, in a quarter
of the time. Otherwise HiGHS branches, down to a relative gap or a number of nodes, never to a time, so that
results repeat.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import networkx as nx
import numpy as np
import scipy.sparse
from attrs import frozen
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

RELATIVE_GAP = 1e-3
NODE_LIMIT = 20

INTEGRAL = 1e-6
"""A number this close to a whole one is one."""

Bridge = tuple[int, int, int, dict[str, Any]]
"""Its two T sites, its key among parallel ones and its attributes."""

Row = tuple[dict[int, float], float, float]
"""One constraint: coefficient of each variable, lower and upper bound."""


@frozen(eq=False, kw_only=True)
class Choice:
    """A four-connected net.

    Args:
        net: the sites kept and the bridges chosen, with their attributes as bridges of the candidates.
        removed: decoded sites left out.
        added: sites kept that were not decoded.
        objective: total cost.
        gap: relative distance of the objective to the proven bound.
    """

    net: nx.MultiGraph[int]
    removed: int
    added: int
    objective: float
    gap: float


def choose_net(
    candidates: nx.MultiGraph[int], clashes: Iterable[tuple[int, int]], max_changes: int
) -> Choice | None:
    """Solve the integer programme.

    Args:
        candidates: sites with ``cost`` and ``decoded``, bridges with ``cost``, ``shift`` and ``oxygen``.
        clashes: pairs of sites too close for both to be atoms.
        max_changes: sites that may be removed or added, together.

    Returns:
        None when no four-connected net exists within the budget (or none was found within the node limit).
    """
    sites = list(candidates.nodes)
    bridges = list(candidates.edges(keys=True, data=True))
    column = {site: k for k, site in enumerate(sites)}
    rows = [
        *_degrees(column, bridges),
        *_exclusive_bridges(bridges, len(sites)),
        *(({column[a]: 1.0, column[b]: 1.0}, 0.0, 1.0) for a, b in clashes),
        _budget(candidates, column, max_changes),
    ]
    costs = [candidates.nodes[site]["cost"] for site in sites] + [data["cost"] for *_, data in bridges]
    result = _solve(np.array(costs), _linear_constraint(rows, len(costs)))
    if result.x is None:
        return None
    chosen = result.x > 0.5
    kept = [site for site in sites if chosen[column[site]]]
    net: nx.MultiGraph[int] = nx.MultiGraph()
    for (a, b, _, data), take in zip(bridges, chosen[len(sites) :], strict=True):
        if take:
            net.add_edge(a, b, **data)
    decoded = sum(candidates.nodes[site]["decoded"] for site in sites)
    kept_decoded = sum(candidates.nodes[site]["decoded"] for site in kept)
    return Choice(
        net=net,
        removed=decoded - kept_decoded,
        added=len(kept) - kept_decoded,
        objective=float(result.fun),
        gap=float(result.mip_gap or 0.0),
    )


def _solve(costs: NDArray[np.float64], constraints: LinearConstraint) -> OptimizeResult:
    """Minimise over 0 and 1; ``x`` is None without a solution."""
    anything = Bounds(0, 1)
    # presolve would cost more than it saves on a problem this small
    relaxed = milp(costs, constraints=constraints, bounds=anything, options={"presolve": False})
    if relaxed.x is None or np.abs(relaxed.x - np.round(relaxed.x)).max() < INTEGRAL:
        return relaxed
    return milp(
        costs,
        constraints=constraints,
        bounds=anything,
        integrality=np.ones(len(costs), dtype=np.int64),
        options={"mip_rel_gap": RELATIVE_GAP, "node_limit": NODE_LIMIT},
    )


def _degrees(column: dict[int, int], bridges: Sequence[Bridge]) -> list[Row]:
    degree: dict[int, dict[int, float]] = {site: {k: -4.0} for site, k in column.items()}
    for k, (a, b, *_) in enumerate(bridges, start=len(column)):
        for site in (a, b):
            degree[site][k] = degree[site].get(k, 0.0) + 1.0
    return [(row, 0.0, 0.0) for row in degree.values()]


def _exclusive_bridges(bridges: Sequence[Bridge], first_column: int) -> list[Row]:
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for k, (a, b, _, data) in enumerate(bridges, start=first_column):
        groups["pair", min(a, b), max(a, b), data["shift"]].append(k)
        if data["oxygen"] is not None:
            groups["oxygen", data["oxygen"]].append(k)
    return [(dict.fromkeys(group, 1.0), 0.0, 1.0) for group in groups.values() if len(group) > 1]


def _budget(candidates: nx.MultiGraph[int], column: dict[int, int], max_changes: int) -> Row:
    """Removed + added, written as decoded - kept decoded + kept others."""
    decoded = nx.get_node_attributes(candidates, "decoded")
    row = {column[site]: -1.0 if is_decoded else 1.0 for site, is_decoded in decoded.items()}
    return row, -np.inf, max_changes - sum(decoded.values())


def _linear_constraint(rows: Sequence[Row], n_columns: int) -> LinearConstraint:
    row_index = np.repeat(np.arange(len(rows)), [len(row) for row, _, _ in rows])
    column_index = [k for row, _, _ in rows for k in row]
    values = [value for row, _, _ in rows for value in row.values()]
    matrix = scipy.sparse.csr_array((values, (row_index, column_index)), shape=(len(rows), n_columns))
    return LinearConstraint(matrix, [low for _, low, _ in rows], [high for *_, high in rows])
