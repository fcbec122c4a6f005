"""Which frameworks become parents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zeo.data.making.parents import LARGEST_LINEAGE, OLDEST_GENERATION, Parents
from zeo.data.sets.entry import FEASIBLE


def parents_of(*rows: tuple[str | None, int, float, str], energies: Sequence[float] = ()) -> Parents:
    """Rows of lineage, generation, density and verdict; all of one energy unless it is given."""
    names = ("key", "lineage", "generation", "density", "verdict", "energy")
    every = zip(rows, energies or [15.0] * len(rows), strict=True)
    given = [(f"net-{number}", *row, energy) for number, (row, energy) in enumerate(every)]
    parents = Parents()
    for half in (given[: len(rows) // 2], given[len(rows) // 2 :]):
        columns = zip(*half, strict=True) if half else ((),) * len(names)
        parents.add(dict(zip(names, columns, strict=True)))
    return parents


def drawn(parents: Parents, count: int, times: int, seed: int = 0) -> np.ndarray:
    """How often each framework is drawn."""
    stream = np.random.default_rng(seed)
    return np.bincount(np.concatenate([parents.draw(stream, count) for _ in range(times)]))


def test_nothing_comes_of_nothing() -> None:
    assert len(Parents().draw(np.random.default_rng(0), 4)) == 0
    infeasible = parents_of(("a", 0, 15.0, "relaxation not converged"), ("b", 0, 15.0, "too high"))
    assert len(infeasible.draw(np.random.default_rng(0), 4)) == 0


def test_positions_are_those_in_the_data_set() -> None:
    parents = parents_of(
        ("a", 0, 15.0, "x"), ("b", 0, 15.0, FEASIBLE), ("c", 0, 15.0, "x"), ("d", 0, 15.0, FEASIBLE)
    )
    assert sorted(parents.draw(np.random.default_rng(0), 9).tolist()) == [1, 3]


def test_open_and_rarely_used_ones_are_preferred() -> None:
    rows = [("a", 0, 14.0, FEASIBLE), ("b", 0, 18.0, FEASIBLE)]
    firsts = [drawn(parents_of(*rows), 1, 1, seed).argmax() for seed in range(200)]
    assert 10 < sum(firsts) < 45  # one in nine is the dense one
    # no framework is used again before others have had their turn
    open_, dense = drawn(parents_of(*rows), 1, 600)
    assert 0 < open_ - dense < 4


def test_those_of_low_energy_are_preferred() -> None:
    rows = [("a", 0, 14.0, FEASIBLE), ("b", 0, 14.0, FEASIBLE)]
    streams = [np.random.default_rng(seed) for seed in range(200)]
    first = [parents_of(*rows, energies=(15.0, 23.0)).draw(stream, 1)[0] for stream in streams]
    assert first.count(0) > 4 * first.count(1) > 0


def test_old_generations_and_large_lineages_have_no_children() -> None:
    rows = [("a", OLDEST_GENERATION, 15.0, FEASIBLE), ("b", 0, 15.0, FEASIBLE)]
    rows += [("c", 0, 15.0, FEASIBLE)] * LARGEST_LINEAGE
    assert parents_of(*rows).draw(np.random.default_rng(0), 9).tolist() == [1]


def test_those_without_a_lineage_are_no_family() -> None:
    rows = [(None, 0, 15.0, FEASIBLE)] * (LARGEST_LINEAGE + 1)
    assert len(parents_of(*rows).draw(np.random.default_rng(0), 9)) == 9


def test_the_choice_repeats() -> None:
    rows = [(f"l{i % 7}", i % 5, 13.0 + i % 6, FEASIBLE) for i in range(100)]
    assert (drawn(parents_of(*rows), 5, 20) == drawn(parents_of(*rows), 5, 20)).all()
