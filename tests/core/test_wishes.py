"""The language of wishes: units, expressions, and what is asked of them."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zeo.errors import ConfigError
from zeo.wishes.expressions import Known, formula
from zeo.wishes.units import factor, product
from zeo.wishes.wish import names_in, parse_wish, require_consistent

QUANTITIES = (
    Known("methane.qst", "kJ/mol", tolerance=1.0),
    Known("co2.kh_mol", "mol/kg/Pa"),
    Known("n2.kh_mol", "mol/kg/Pa"),
    Known("pores.free_sphere", "A"),
    Known("methane.void_fraction", "1", tolerance=0.02, least=0.0, most=1.0),
    Known("my-gas.qst", "kJ/mol"),
    Known("energy", "kJ/mol Si"),
    Known("density", "T/1000 A3"),
    Known("largest_ring", "1", "whole"),
    Known("code", "1", "text"),
)


class Quantities:
    def find(self, name: str, conditions: Sequence[str]) -> Known:
        for known in QUANTITIES:
            if name in (known.name, known.name.partition(".")[2]):
                return Known(known.name + "".join(conditions), known.unit, known.kind, known.tolerance)
        raise ConfigError(f"nothing measures {name}")


KNOWN = Quantities()


@pytest.mark.parametrize(
    ("unit", "wanted", "expected"),
    [
        ("nm", "A", 10),
        ("kcal/mol", "kJ/mol Si", 4.184),
        ("T/nm3", "T/1000 A3", 1),
        ("mmol/g/bar", "mol/kg/Pa", 1e-5),
        ("bar", "Pa", 1e5),
        ("%", "1", 0.01),
        ("mol/l", "cm3(STP)/cm3", 22.41396954),
        ("T/1000 A^3", "T/1000 A3", 1),
        ("A ** 3", "A3", 1),
    ],
)
def test_units_of_the_field_are_converted(unit: str, wanted: str, expected: float) -> None:
    assert factor(unit, wanted) == pytest.approx(expected, rel=1e-9)
    assert factor(wanted, unit) == pytest.approx(1 / expected, rel=1e-9)


@pytest.mark.parametrize(
    ("unit", "wanted"), [("nm", "kJ/mol"), ("bar", "1"), ("foo", "A"), ("degC", "K"), ("2 +", "A")]
)
def test_a_unit_of_another_dimension_or_none_is_refused(unit: str, wanted: str) -> None:
    with pytest.raises(ConfigError):
        factor(unit, wanted)


def test_a_ratio_of_like_units_is_a_plain_number() -> None:
    assert product("mol/kg/Pa", "mol/kg/Pa", -1) == ("1", 1.0)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("qst + 1 kcal/mol", "kJ/mol", 24.184),
        ("co2.kh_mol/n2.kh_mol", "1", 4.0),
        ("-2*(qst - 15)^2", None, -50.0),
        ("2 * free_sphere / 1 nm", "1", 1.2),
        ("density * free_sphere^3", "1", 3.672),
        ("max(free_sphere, 0.7 nm)", "A", 7.0),
        ("5 A**2", "A**2", 5.0),  # the square belongs to the unit
        ("5 A ^ 2", "A ^ 2", 5.0),
        ("free_sphere**2 + 5 A**2", "A**2", 41.0),
        ("sqrt(free_sphere^2)", "A", 6.0),
        ("`my-gas`.qst - `my-gas.qst`", "kJ/mol", 0.0),
        ("my-gas.qst", "kJ/mol", 20.0),
        ("energy/(density-density)", None, math.nan),
        ("log(co2.kh_mol/n2.kh_mol)", "1", math.log(4)),
    ],
)
def test_expressions(text: str, unit: str | None, value: float) -> None:
    values = {"methane.qst": 20.0, "co2.kh_mol": 8.0, "n2.kh_mol": 2.0, "pores.free_sphere": 6.0}
    values |= {"my-gas.qst": 20.0, "energy": 15.0, "density": 17.0}
    read = formula(text, KNOWN)
    assert unit in (None, read.unit)
    assert read.of(values) == pytest.approx(value, nan_ok=True)


NUMBERS = st.one_of(
    st.integers(-50, 50).map(str),
    st.tuples(st.integers(0, 9), st.sampled_from("+-*"), st.integers(0, 9)).map(
        lambda parts: "({}{}{})".format(*parts)
    ),
    st.integers(0, 50).map("sqrt({})".format),
)
"""Terms of numbers without units."""


@pytest.mark.parametrize("name", ["qst", "energy", "free_sphere", "co2.kh_mol", "void_fraction"])
@given(number=NUMBERS, value=st.floats(-100, 100))
def test_a_bare_number_is_in_the_unit_of_its_neighbour_on_either_side(
    name: str, number: str, value: float
) -> None:
    known = KNOWN.find(name, ())
    bare = formula(number, KNOWN).of({})
    expected = {
        "{0} + {1}": bare + value,
        "{1} + {0}": bare + value,
        "{0} - {1}": bare - value,
        "{1} - {0}": value - bare,
        "1 + {0} - {1}": 1 + bare - value,
        "min({0}, {1})": min(bare, value),
        "min({1}, {0})": min(bare, value),
        "max(-1, {0}, {1})": max(-1, bare, value),
    }
    for pattern, result in expected.items():
        read = formula(pattern.format(number, name), KNOWN)
        assert read.unit == known.unit
        assert read.of({known.name: value}) == pytest.approx(result)


def test_beside_percent_a_bare_number_is_itself() -> None:
    assert formula("1 - 5 %", KNOWN).of({}) == pytest.approx(0.95)
    read = formula("0.3 - 5 % + void_fraction", KNOWN)
    assert read.of({"methane.void_fraction": 0.5}) == pytest.approx(0.75)


@pytest.mark.parametrize(
    "text",
    [
        *("qst + free_sphere", "5 % + qst", "20 - void_fraction + qst", "min(2, void_fraction, qst)"),
        *("1 nm / 1 nm + qst", "code*2", "qst^density", "((", "", "1e400", "2 qst", "exp(qst)"),
        *("__import__('os')", "foo(qst)", "min(qst)", "nothing", "x" * 100_000),
    ],
)
def test_what_is_no_expression_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        formula(text, KNOWN)
    assert len(str(refused.value)) < 300
    assert "\n" not in str(refused.value)


def test_brackets_and_signs_may_be_nested_deeply() -> None:
    assert formula("-" * 450 + "qst", KNOWN).of({"methane.qst": 2.0}) == 2.0
    assert formula("(" * 200 + "qst" + ")" * 200, KNOWN).of({"methane.qst": 2.0}) == 2.0
    assert formula("1+" * 240 + "qst", KNOWN).of({"methane.qst": 2.0}) == 242.0


@pytest.mark.parametrize(
    ("text", "met", "missed"),
    [
        ("energy<16 kJ/mol", (15.9,), (16.0, 17.0, math.nan)),
        ("energy<=16", (16.0,), (16.1,)),
        ("qst>=18", (18.0, 40.0), (17.9,)),
        ("qst=18..22", (18.0, 22.0), (17.99, 22.01, math.nan)),
        ("qst=18..", (18.0, 1e9), (17.9,)),
        ("qst=..5 kcal/mol", (20.92,), (20.93,)),
        ("qst=20", (19.0, 21.0), (18.9, 21.1)),
        ("free_sphere=0.6..0.7 nm", (6.0, 7.0), (5.9, 0.65)),
        ("largest_ring=12", (12.0,), (11.0, 13.0)),
        ("largest_ring!=12", (11.0,), (12.0, math.nan)),
        ("density=17", (15.3, 18.7), (15.2, 18.8)),
        ("qst=20±2", (18.0, 22.0), (17.99, 22.01)),
        ("qst = 20 +- 2 kJ/mol", (18.0, 22.0), (17.99, 22.01)),
        ("qst=-3+/-1", (-4.0, -2.0), (-4.1, -1.9)),
        ("free_sphere=0.6±0.1 nm", (5.01, 6.99), (4.99, 7.01)),
    ],
)
def test_wishes(text: str, met: Sequence[float], missed: Sequence[float]) -> None:
    wish = parse_wish(text, KNOWN)
    (name,) = wish.formula.names
    assert all(wish.met_by({name: value}) for value in met)
    assert not any(wish.met_by({name: value}) for value in missed)
    values = np.array([*met, *missed])
    assert wish.met_by({name: values}).tolist() == [True] * len(met) + [False] * len(missed)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("qst≥18", "qst>=18"),
        ("qst ≤ 18 kJ/mol", "qst<=18"),
        ("largest_ring≠12", "largest_ring!=12"),
        ("qst<1e-3", "qst<0.001"),
        ("qst=-5", "qst = -5"),
        ("qst=-20..-10", "qst=-20..-1e1"),
    ],
)
def test_ways_to_write_the_same(text: str, plain: str) -> None:
    assert parse_wish(text, KNOWN) == parse_wish(plain, KNOWN)
    assert names_in(text) == names_in(plain)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("qst=18-22", "for a range write 18..22"),
        ("qst = 18 \u2013 22 kJ/mol", "for a range write 18..22 kJ/mol"),
        ("qst=1e-3-2.5", "for a range write 1e-3..2.5"),
        ("qst=-20--10", "for a range write -20..-10"),
        ("qst=[18,22]", "for a range write 18..22"),
        ("qst=(18; 22) kJ/mol", "for a range write 18..22 kJ/mol"),
        ("qst=18..22±3", "for a range write 18..22, for a value with a margin 20±2"),
    ],
)
def test_a_range_that_is_written_otherwise_is_refused_with_a_hint(text: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(hint)):
        parse_wish(text, KNOWN)
    with pytest.raises(ConfigError, match=re.escape(hint)):
        parse_wish(text, KNOWN, exact=True)


@pytest.mark.parametrize("unit", ["", " kJ/mol", " kcal/mol"])
@given(value=st.floats(-50, 50).filter(bool), percent=st.floats(0, 200))
def test_a_margin_in_percent_is_a_share_of_the_value(unit: str, value: float, percent: float) -> None:
    wish = parse_wish(f"qst={value!r}{unit}±{percent!r} %", KNOWN)
    middle = value * factor(unit.strip() or "kJ/mol", "kJ/mol")
    width = percent / 100 * abs(middle)
    assert (wish.low, wish.high) == pytest.approx((middle - width, middle + width), abs=1e-9)


@given(value=st.floats(1e-3, 0.5), percent=st.floats(0, 99))
def test_so_it_is_where_the_quantity_has_no_unit(value: float, percent: float) -> None:
    wish = parse_wish(f"void_fraction={value!r}+-{percent!r}%", KNOWN)
    width = percent / 100 * value
    assert (wish.low, wish.high) == pytest.approx((value - width, value + width))


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("void_fraction=20 % ± 2 %", 0.18, 0.22),
        ("void_fraction=10 %..20 %", 0.1, 0.2),
        ("void_fraction=0..20 %", 0.0, 0.2),
        ("void_fraction=10..20 %", 0.1, 0.2),
        ("void_fraction=10%..20", 0.1, 0.2),
        ("void_fraction=20%±2", 0.18, 0.22),
        ("void_fraction=..20 %", -math.inf, 0.2),
        ("void_fraction=0.2±10 percent", 0.18, 0.22),
        ("qst=18..22 kJ/mol", 18.0, 22.0),
        ("qst=2..5 kcal/mol", 8.368, 20.92),
        ("qst=5±1 kcal/mol", 16.736, 25.104),
    ],
)
def test_units_of_two_numbers(text: str, low: float, high: float) -> None:
    wish = parse_wish(text, KNOWN)
    assert (wish.low, wish.high) == pytest.approx((low, high))


@pytest.mark.parametrize("percent", ["%", " %", " percent"])
@pytest.mark.parametrize("numbers", ["0.1..20{}", "10{}..0.2", ".5..90{}", "20{}±0.02"])
def test_a_plain_number_beside_percent_is_refused(numbers: str, percent: str) -> None:
    with pytest.raises(ConfigError, match=r"void_fraction: is .* write % behind both numbers or neither"):
        parse_wish(f"void_fraction={numbers.format(percent)}", KNOWN)


def test_a_share_of_nothing_is_no_margin() -> None:
    with pytest.raises(ConfigError, match="a share of 0 is 0"):
        parse_wish("qst=0±5 %", KNOWN)


def test_a_difference_of_quantities_is_none() -> None:
    assert parse_wish("qst<30 kJ/mol - 2*qst", KNOWN).met_by({"methane.qst": 9.9})
    with pytest.raises(ConfigError, match=r"for a range write 18\.\.22"):
        names_in("qst<18-22")


def test_a_filter_has_no_tolerance() -> None:
    assert not parse_wish("qst=20", KNOWN, exact=True).met_by({"methane.qst": 20.5})
    assert parse_wish("qst=20", KNOWN, exact=True).met_by({"methane.qst": 20.0})


def test_a_relation_between_two_expressions() -> None:
    wish = parse_wish("co2.kh_mol > 20*n2.kh_mol", KNOWN)
    assert wish.met_by({"co2.kh_mol": 41.0, "n2.kh_mol": 2.0})
    assert not wish.met_by({"co2.kh_mol": 39.0, "n2.kh_mol": 2.0})


def test_texts_are_equal_or_not_and_unknown_ones_are_neither() -> None:
    codes = {"code": np.array(["MFI", None, "FAU"], dtype=object)}
    assert parse_wish("code=MFI", KNOWN).met_by(codes).tolist() == [True, False, False]
    assert parse_wish("code!=MFI", KNOWN).met_by(codes).tolist() == [False, False, True]


@pytest.mark.parametrize(
    "text",
    [
        "qst",
        "qst=22..18",
        "qst<3 nm",
        "18<qst<22",
        "2>1",
        "code<MFI",
        "qst<1/0",
        "qst=..",
        "qst<18..22",
        "qst<20±2",
        "qst=20±",
        "qst=20±-2",
        "qst=20±2±1",
        "qst=20±kh",
        "=3",
        "qst=",
        "x=1",
    ],
)
def test_what_is_no_wish_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_wish(text, KNOWN)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("first", "second", "possible"),
    [
        ("qst>22", "qst<18", False),
        ("qst>18", "qst<22", True),
        ("qst>18", "qst<18", False),
        ("qst>=18", "qst<=18", True),
        ("qst=18", "qst<22", True),
        ("largest_ring=12", "largest_ring<14", True),
        ("largest_ring=12", "largest_ring<12", False),
        ("largest_ring<12", "largest_ring=12", False),
        ("largest_ring=12", "largest_ring>10", True),
        ("largest_ring=12", "largest_ring>12", False),
        ("code=MFI", "code=FAU", False),
        ("code=MFI", "code!=FAU", True),
        ("qst>22", "energy<18", True),
    ],
)
def test_wishes_that_exclude_each_other_are_refused(first: str, second: str, possible: bool) -> None:
    wishes = [parse_wish(text, KNOWN) for text in (first, second)]
    if possible:
        require_consistent(wishes)
    else:
        with pytest.raises(ConfigError, match="nothing can fulfil both"):
            require_consistent(wishes)


@given(low=st.floats(-100, 100), width=st.floats(0.1, 50), value=st.floats(-200, 200))
def test_miss_is_the_distance_to_the_range(low: float, width: float, value: float) -> None:
    wish = parse_wish(f"qst={low!r}..{low + width!r}", KNOWN)
    miss = wish.miss({"methane.qst": value})
    assert (miss == 0) == wish.met_by({"methane.qst": value})
    assert miss == pytest.approx(max(low - value, value - (low + width), 0.0))


@given(st.text("qst.energy 0123456789<>=!()[]`+-*/^kJmolnA,%", max_size=40))
def test_any_text_is_a_wish_or_refused(text: str) -> None:
    with contextlib.suppress(ConfigError):
        assert str(parse_wish(text, KNOWN))
