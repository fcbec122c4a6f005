from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo.data.looking.group import Measured
from zeo.data.sets.entry import Column
from zeo.evaluation.distances import Property, distance, properties_of, wasserstein

values = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30)


@settings(deadline=None)
@given(values, values)
def test_the_distance_is_symmetric_and_at_least_that_of_the_means(
    first: list[float], second: list[float]
) -> None:
    assert wasserstein(first, second) >= abs(np.mean(first) - np.mean(second)) - 1e-9
    assert wasserstein(first, second) == pytest.approx(wasserstein(second, first), abs=1e-9)


@settings(deadline=None)
@given(values, st.floats(-10, 10), st.integers(1, 3))
def test_moving_all_values_costs_the_way_and_repeating_them_nothing(
    sample: list[float], way: float, times: int
) -> None:
    moved = [value + way for value in sample] * times
    assert wasserstein(sample, moved) == pytest.approx(abs(way), abs=1e-9)


def test_henry_coefficients_are_compared_in_decades() -> None:
    kh, qst = properties_of([Column("m.kh", "float", "1", ""), Column("m.qst", "float", "kJ/mol", "")])[-2:]
    columns = {"m.kh": np.array([1.0, 100.0, 0.0, np.nan]), "m.qst": np.array([np.nan, 20.0, 18.0, np.nan])}
    group = Measured("", 4, columns.get)
    assert sorted(kh.values(group)) == pytest.approx([0.0, 2.0])
    assert (kh.unit, qst.unit) == ("decades", "kJ/mol")
    assert distance(kh.values(group), np.array([0.0])).wasserstein == pytest.approx(1.0)
    found = distance(qst.values(group), np.array([19.0]))
    assert (found.n, found.mean, found.wasserstein) == (2, 19.0, 1.0)


@pytest.mark.parametrize("quantity", ["kh", "kh_mol", "kh_accessible", "qst", "void_fraction"])
@pytest.mark.parametrize("conditions", ["", "[T=350 K]", "[T=298.15 K]", "[T=77.5 K, p=1e-05 bar]"])
def test_so_they_are_under_any_conditions(quantity: str, conditions: str) -> None:
    compared = properties_of([Column(f"methane.{quantity}{conditions}", "float", "1", "")])[-1]
    assert compared.logarithmic == quantity.startswith("kh")
    assert compared.unit == ("decades" if compared.logarithmic else "1")


def test_edges_count_together_and_nothing_has_no_distance() -> None:
    edges = next(one for one in properties_of([]) if one.name == "edges")
    group = Measured("", 1, {name: np.array([float(k)]) for k, name in enumerate("abc")}.get)
    assert sorted(edges.values(group)) == [0.0, 1.0, 2.0]
    assert edges.columns == ("a", "b", "c")  # degrees would not be lengths
    nothing = Property(name="energy", columns=("energy",), unit="kJ/mol Si").values(group)
    assert distance(nothing, np.array([1.0])).wasserstein is None
    assert distance(np.array([1.0]), nothing).wasserstein is None
