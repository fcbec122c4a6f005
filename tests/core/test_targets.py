from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zeo.errors import ConfigError
from zeo.plugin.targets import Target, parse_target

numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: float(f"{x:.6g}"))


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("qst=18..22 kJ/mol", Target("qst", 18.0, 22.0, "kJ/mol")),
        ("methane.void_fraction=0.15", Target("void_fraction", 0.15, 0.15, None, "methane")),
        (" kh_mol = 1e-6..2E-5 mol/kg/Pa ", Target("kh_mol", 1e-6, 2e-5, "mol/kg/Pa")),
        ("qst=18.5..22.", Target("qst", 18.5, 22.0)),
        ("qst=.5...75", Target("qst", 0.5, 0.75)),
    ],
)
def test_reads_values_and_ranges(text: str, target: Target) -> None:
    assert parse_target(text) == target


@pytest.mark.parametrize("text", ["qst", "qst=", "qst=22..18", "=3", "qst=1.2.3", "qst=a", "qst=1..2..3"])
def test_refuses_what_it_cannot_read(text: str) -> None:
    with pytest.raises(ConfigError, match="target"):
        parse_target(text)


@given(numbers, numbers, numbers)
def test_distance_is_zero_exactly_inside(a: float, b: float, value: float) -> None:
    low, high = sorted((a, b))
    distance = Target("x", low, high).distance(value)
    assert (distance == 0.0) == (low <= value <= high)
    assert min(abs(value - low), abs(value - high)) == distance or distance == 0.0


@given(numbers, numbers)
def test_printing_a_target_and_reading_it_back(a: float, b: float) -> None:
    low, high = sorted((a, b))
    target = Target("qst", low, high, "kJ/mol", "methane")
    again = parse_target(str(target))
    assert (again.low, again.high) == (pytest.approx(low), pytest.approx(high))
    assert (again.quantity, again.unit, again.probe) == ("qst", "kJ/mol", "methane")


def test_a_single_value_has_a_tolerance_and_a_range_has_none() -> None:
    assert parse_target("void_fraction=0.2").hit_by(0.219)
    assert not parse_target("void_fraction=0.2").hit_by(0.221)
    assert parse_target("qst_accessible=20 kJ/mol").hit_by(19.1)
    assert parse_target("kh=40").hit_by(43.9)
    assert parse_target("qst=18..22").hit_by(22.0)
    assert not parse_target("qst=18..22").hit_by(22.1)
    assert not parse_target("kh=40").hit_by(None)
