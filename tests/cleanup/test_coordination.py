"""Coordination sequences and vertex symbols against published and independently computed ones."""

from __future__ import annotations

import csv
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from zeo.crystal.fingerprint import fingerprint
from zeo.crystal.net import Net
from zeo.data.known.nets import reference_nets
from zeo_cleanup.coordination import coordination_sequences, reach
from zeo_cleanup.rings import vertex_symbols

SAMPLE = Path(__file__).parents[1] / "fixtures" / "iza_cs_sample.csv"


def test_sequences_and_symbols_of_the_sample() -> None:
    """714 sites of 115 frameworks; their sequences also agree with those of the OEIS and of Systre's nets."""
    rows = list(csv.DictReader(SAMPLE.open()))
    assert len(rows) == 714
    for row in rows:
        reference = reference_nets()[row["code"]]
        site = reference.sites.index(row["site"])
        assert reference.coordination_sequences[site] == tuple(int(row[f"N{k}"]) for k in range(1, 13)), row
        assert reference.vertex_symbols[site] == row["vertex_symbol"], row


def breadth_first_sequences(net: Net, shells: int) -> list[list[int]]:
    """Shell sizes by networkx on an explicit piece of the periodic graph."""
    span = reach(net.half_edges(), shells)
    cells = [tuple(cell - span) for cell in np.ndindex(*(2 * span + 1))]
    graph: nx.Graph = nx.Graph()
    for i, j, data in net.to_networkx().edges(data=True):
        for cell in cells:
            graph.add_edge(
                (i, *map(int, cell)), (j, *(int(c + s) for c, s in zip(cell, data["shift"], strict=True)))
            )
    sequences = []
    for v in range(net.n):
        distances = nx.single_source_shortest_path_length(graph, (v, 0, 0, 0), cutoff=shells)
        sequences.append(np.bincount(list(distances.values()), minlength=shells + 1)[1:].tolist())
    return sequences


@pytest.mark.parametrize(("code", "shells"), [("ABW", 10), ("SOD", 6), ("CHA", 6), ("MTW", 4)])
def test_sequences_agree_with_networkx(code: str, shells: int) -> None:
    net = reference_nets()[code].net
    ours = coordination_sequences(net.half_edges(), shells)
    assert ours.tolist() == breadth_first_sequences(net, shells)


def test_fingerprint_does_not_depend_on_the_cell() -> None:
    sequences = [[4, 12, 25], [4, 10, 20]]
    assert fingerprint(sequences, [2, 6]) == fingerprint([[4, 10, 20]] * 3 + [[4, 12, 25]], [1] * 4)
    assert fingerprint(sequences, [2, 6]) != fingerprint(sequences, [2, 2])


@pytest.mark.parametrize(
    ("code", "symbol"), [("LTA", "4.6.4.6.4.8"), ("FAU", "4.4.4.6.6.12"), ("SOD", "4.4.6.6.6.6")]
)
def test_vertex_symbols_count_rings_without_shortcuts(code: str, symbol: str) -> None:
    net = reference_nets()[code].net
    assert set(vertex_symbols(net.half_edges(), range(net.n))) == {symbol}


def test_vertex_symbols_of_other_nets() -> None:
    """Diamond is 6(2).6(2).6(2).6(2).6(2).6(2), the three-connected srs net 10(5).10(5).10(5)."""
    from_corner = [[0, 0, 0], [-1, 0, 0], [0, -1, 0], [0, 0, -1]]
    diamond = Net(2, [[0, 1]] * 4, from_corner)
    assert vertex_symbols(diamond.half_edges(), [0]) == (".".join(["6(2)"] * 6),)
    edges = [[0, 1], [0, 2], [0, 3], [1, 2], [2, 3], [3, 1]]
    srs = Net(4, edges, [[0, 0, 0]] * 3 + [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    assert vertex_symbols(srs.half_edges(), [0]) == ("10(5).10(5).10(5)",)
