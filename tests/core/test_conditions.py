"""Conditions of quantities: their canonical names, and runs that measure under several."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from command_line import run_zeo
from hypothesis import given
from hypothesis import strategies as st
from kept import records_of

import zeo
from zeo.errors import ConfigError
from zeo.plugin.registry import installed_plugins
from zeo.testing.probe import check_conditions
from zeo.wishes.conditions import Condition, read_conditions, under
from zeo.wishes.full_name import FullName

T, P = Condition.of("T", "K", 298.0), Condition.of("p", "bar", 65.0)
GASES = Condition.of_mixture("gases", ("xenon", "krypton"), (0.2, 0.8))
KNOWN = (GASES, T, P)

POSITIVE = st.floats(1e-6, 1e6)


def read(*items: str) -> list[str]:
    return [each.text for each in read_conditions(items, KNOWN, "x.y")]


@pytest.mark.parametrize(
    "items",
    [
        ("T=350 K",),
        ("T = 350.0 K",),
        ("T=350",),
        ("T=3.5e2K",),
        ("T=0.35 kK",),
        ("T=76.85 degC",),
        ("350 K",),
        ("76.85 °C",),
    ],
)
def test_a_condition_has_one_name(items: tuple[str, ...]) -> None:
    assert read(*items) == ["T=350 K"]


def test_conditions_come_in_one_order() -> None:
    assert read("35 bar", "T=350 K") == read("T=350 K", "p=3.5 MPa") == ["T=350 K", "p=35 bar"]
    assert read("1 bar", "xenon:krypton=1:4") == read("xenon : krypton = 20:80", "p=1e5 Pa")
    assert read("xenon:krypton=20:80") == [GASES.text] == ["xenon:krypton=20:80"]


@given(POSITIVE)
def test_the_canonical_name_is_its_own(value: float) -> None:
    (once,) = read(f"T={value!r} K")
    assert read(once) == [once]
    assert float(once[2:].removesuffix(" K")) == pytest.approx(value, rel=1e-11)


@given(POSITIVE)
def test_a_value_in_another_unit_has_the_same_name(value: float) -> None:
    (in_bar,) = read(f"p={value:.6g} bar")
    assert read(f"p={float(f'{value:.6g}') * 1e5!r} Pa") == [in_bar]


CONDITIONS = st.one_of(
    st.floats(-1e3, 1e3).map(lambda value: Condition.of("T", "K", value)),
    POSITIVE.map(lambda value: Condition.of("p", "bar", value)),
    st.floats(0.01, 0.99).map(lambda x: Condition.of_mixture("gases", ("xenon", "krypton"), (x, 1 - x))),
    st.just(Condition.of("hot", "K", None)),
)


@given(
    st.sampled_from(["methane", "my-gas", "dist/co2"]),
    st.sampled_from(["kh", "kh_mol_accessible", "qst"]),
    st.lists(CONDITIONS, max_size=3),
)
def test_a_full_name_comes_apart_whatever_stands_in_brackets(
    probe: str, quantity: str, conditions: list[Condition]
) -> None:
    named = FullName.measured_by(under(probe, conditions), quantity)
    assert named == FullName(probe, quantity, tuple(each.text for each in conditions))
    assert FullName.of(str(named)) == named
    assert str(named) == under(named.base, conditions) == under(f"{probe}.{quantity}", conditions)
    assert named.is_henry_coefficient == (quantity != "qst")


def test_what_is_known_of_every_framework_has_no_subject() -> None:
    assert FullName.of("largest_ring") == FullName("", "largest_ring")
    assert str(FullName.of("largest_ring")) == "largest_ring"
    assert str(FullName.measured_by("co2-loading[p=1 bar]", "loading", "co2")) == "co2.loading[p=1 bar]"


@pytest.mark.parametrize("name", ["methane.kh[", "methane.kh[]", "methane.kh[T=1.5 K"])
def test_a_name_with_broken_brackets_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        FullName.of(name)


@given(st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=4), st.floats(1e-2, 1e2))
def test_shares_count_and_not_their_sum(shares: list[float], factor: float) -> None:
    names = ["xenon", "krypton", "argon", "co2"][: len(shares)]
    (once,) = read(f"{':'.join(names)}={':'.join(map(repr, shares))}")
    assert read(once) == [once]
    scaled = Condition(
        "gases", "", read(f"{':'.join(names)}={':'.join(repr(s * factor) for s in shares)}")[0]
    )
    for share, other in zip(Condition("gases", "", once).gases[1], scaled.gases[1], strict=True):
        assert share == pytest.approx(other, rel=1e-5, abs=1e-3)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("q=3", "x.y has no condition 'q': it has gases .as xenon:krypton=20:80., T .K., p .bar."),
        ("T=3 bar", "bar is no unit of T of x.y: T of x.y is in K"),
        ("T=3 degX", "there is no unit 'degX'"),
        ("p=3 degC", "degC is no unit of p"),
        ("T=warm", "cannot read the condition 'T=warm'"),
        ("T=1e999 K", "cannot read the condition"),
        ("300", "say which condition that is"),
        ("3 nm", "say which condition that is"),
        ("gases=xenon", "it has gases .as xenon:krypton=20:80."),
        ("xenon:krypton=1:0", "each gas has a positive share"),
        ("xenon:krypton=1:a", "cannot read the condition"),
        ("xenon:krypton=inf:1", "each gas has a positive share"),
    ],
)
def test_what_is_no_condition_is_one_line(item: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as refused:
        read(item)
    assert "\n" not in str(refused.value)


def test_a_condition_is_given_once_and_only_where_there_are_any() -> None:
    with pytest.raises(ConfigError, match="T is given twice"):
        read("T=300 K", "350 K")
    with pytest.raises(ConfigError, match="takes no conditions"):
        read_conditions(["T=3 K"], (), "density")


def test_what_probes_declare_are_their_options() -> None:
    plugins = installed_plugins()
    for entry in plugins.entries("probe"):
        check_conditions(plugins.create("probe", plugins.shown_name(entry)), entry.spec)


def test_probes_measure_under_their_conditions() -> None:
    plugins = installed_plugins()
    warm = plugins.create("probe", "methane[T = 350.0 K]")
    assert warm.options.temperature == 350.0
    assert plugins.create("probe", "methane[76.85 degC]") is warm
    assert plugins.create("probe", "methane[T=298 K]") is plugins.create("probe", "methane")
    mixture = plugins.create("probe", "mixture[argon:co2=1:1, p=2 bar]")
    assert (mixture.options.gases, mixture.options.fractions) == (("argon", "co2"), (50.0, 50.0))
    assert mixture.options.pressure == 2.0
    hot = plugins.configured({"methane": {"temperature": "350"}})
    assert hot.shown_probe("methane[T=350 K]") == "methane"
    assert hot.shown_probe("methane[T=298 K]") == "methane[T=298 K]"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve frameworks as they are, measured at two temperatures."""
    out = tmp_path_factory.mktemp("conditions") / "run"
    wishes = ("methane.kh[T=350 K]>5", "kh[76.85 degC]<1e9", "methane.kh>1")
    result = run_zeo(
        *("run", "--generator", "dataset", "-n", 12, "--seed", 3, "--relax", "none", "--grid-size", 16),
        *(part for wish in wishes for part in ("--target", wish)),
        *("--maximise", "methane.kh/methane.kh[T=350 K]", "--out", out),
    )
    assert result.exit_code == 0, result.output
    return out


def test_each_condition_is_measured_once_and_has_its_columns(run: Path) -> None:
    with (run / "summary.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name.startswith("methane.kh")]
    assert names.count("methane.kh") == names.count("methane.kh[T=350 K]") == 1
    assert len([name for name in names if name.startswith("methane.kh_accessible")]) == 2
    ratios = [float(row["methane.kh_accessible[T=350 K]"]) for row in rows]
    assert sum(ratio > 5 for ratio in ratios) > 0
    record = records_of(run)[0]
    assert list(record["properties"]) == ["methane", "methane[T=350 K]"]
    measured = zeo.probe(run / "structures" / "000000.cif", "methane[T=0.35 kK]", grid_size=16)
    kept = record["properties"]["methane[T=350 K]"]["kh"]["value"]
    assert measured["methane.kh[T=350 K]"].value == pytest.approx(kept, rel=1e-3)


def test_best_and_evaluate_speak_of_conditions(run: Path) -> None:
    result = run_zeo("best", run, "-n", 3, "--sort", "-kh[T=350 K]", "--where", "kh[T=298 K]>1", "--csv")
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(result.stdout.splitlines()))
    values = [float(row["methane.kh_accessible[T=350 K]"]) for row in rows]
    assert values == sorted(values, reverse=True)
    unknown = run_zeo("best", run, "--sort", "kh[T=400 K]")
    assert unknown.exit_code == 1
    assert "kh[T=400 K] is not known of these, but methane.kh" in unknown.stderr
    chosen = zeo.best(run, n=2, sort="-methane.kh[T=350 K]")
    assert [f"{each.values()['methane.kh_accessible[T=350 K]']:.6g}" for each in chosen] == [
        f"{value:.6g}" for value in values[:2]
    ]
    assert "_zeo_methane_kh_T_350_K" in chosen[0].cif()


def test_a_run_under_conditions_goes_on_as_it_was_begun(run: Path) -> None:
    result = run_zeo("run", "--resume", run, "-n", 13)
    assert result.exit_code == 0, result.output
    record = records_of(run)[12]
    assert set(record["properties"]) == {"methane", "methane[T=350 K]"}


def test_a_wish_adds_the_probe_of_its_subject(tmp_path: Path) -> None:
    wish = "methane.loading[p=1 bar]>0.001"
    result = run_zeo(
        *("run", "--generator", "dataset", "-n", 1, "--relax", "none", "--target", wish),
        *("--set", "methane-loading.precision=0.5", "--out", tmp_path / "run"),
    )
    assert result.exit_code == 0, result.output
    plan = json.loads((tmp_path / "run" / "run.json").read_text())["plan"]
    assert [step["plugin"] for step in plan["steps"] if step["stage"] == "probe"] == [
        "methane-loading[p=1 bar]"
    ]
    names = [column["quantity"]["name"] for column in plan["columns"]]
    assert names == ["loading", "loading_error", "heat", "heat_error"], "what depends on the pressure"


def test_zeo_probe_measures_what_it_is_asked_to_choose_by() -> None:
    result = run_zeo(
        *("probe", "LTA", "FAU", "--probe", "methane", "--grid-size", 16, "--csv"),
        *("--sort", "-kh/kh[T=350 K]", "--unblocked"),
    )
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(result.stdout.splitlines()))
    ratios = [float(row["methane.kh"]) / float(row["methane.kh[T=350 K]"]) for row in rows]
    assert ratios == sorted(ratios, reverse=True)


def test_quantities_say_which_conditions_they_take() -> None:
    rows = {row["name"]: row for row in zeo.quantities()}
    assert rows["methane.kh"]["conditions"] == "T=298 K"
    assert rows["methane.loading"]["conditions"] == "T=298 K, p=65 bar"
    assert rows["mixture.selectivity"]["conditions"] == "xenon:krypton=20:80, T=298 K, p=1 bar"
    assert rows["density"]["conditions"] == ""
    assert "T=298 K" in run_zeo("quantities", "methane").stdout


def test_tables_say_under_which_conditions(run: Path) -> None:
    alone = run_zeo("probe", "LTA", "--probe", "methane[T=350.5 K]", "--set", "methane.n=16")
    assert "methane.kh[T=350.5 K]" in alone.stdout
    assert "methane.kh_accessible[T=350 K]" in run_zeo("best", run, "--sort", "-kh[T=350 K]").stdout
    assert "methane.qst[T=350 K]" not in zeo.Run.open(run).text(), "asked for is kh alone"


def test_advice_counts_as_the_run_did(tmp_path: Path) -> None:
    asked = ("run", "--generator", "dataset", "-n", 2, "--relax", "none", "--target", "void_fraction=0.9")
    result = run_zeo(*asked, "--unblocked", "--out", tmp_path / "run")
    assert "--target methane.void_fraction=" in result.stdout
    assert "--unblocked\n" in result.stdout


def test_options_are_those_of_a_probe_under_any_conditions() -> None:
    with pytest.raises(ConfigError, match="options are those of methane under any conditions"):
        zeo.probe("LTA", "methane[T=350 K]", options={"methane[T=350 K]": {"n": 16}})
