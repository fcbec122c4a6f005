"""Options: text, TOML and Python values become the declared types, or one clear line."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path
from typing import Any

import attrs
import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from zeo.errors import ConfigError, RequirementError
from zeo.plugin.option_names import option_names
from zeo.plugin.options import NoOptions, describe_options, make_options, option
from zeo.plugin.registry import installed_plugins


@frozen(kw_only=True)
class Options:
    """One option of every type."""

    temperature: float = option(298.0, "of the gas", unit="K", above=0)
    n: int = option(32, "points", at_least=1, at_most=512)
    gas: str = option("methane", "which", choices=("methane", "argon"))
    blocked: bool = option(False, "whether")
    folder: Path | None = option(None, "where")
    channels: tuple[str, ...] = option(("si", "o"), "which ones")
    shift: tuple[int, int, int] = option((0, 0, 0), "how far")


def made(**values: Any) -> Options:
    return make_options(Options, values, "demo")


def test_defaults() -> None:
    assert made() == Options()


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("temperature", "300", 300.0),
        ("temperature", 300, 300.0),
        ("n", "64", 64),
        ("n", 64.0, 64),
        ("gas", "argon", "argon"),
        ("blocked", "yes", True),
        ("blocked", "OFF", False),
        ("blocked", True, True),
        ("folder", "a/b", Path("a/b")),
        ("folder", "none", None),
        ("channels", "si, o ,energy:methane", ("si", "o", "energy:methane")),
        ("channels", ["si"], ("si",)),
        ("channels", "", ()),
        ("shift", "1,2,3", (1, 2, 3)),
    ],
)
def test_conversion(name: str, given: Any, expected: Any) -> None:
    value = getattr(made(**{name: given}), name)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("temperature", "warm", "demo.temperature: 'warm' is not a valid number"),
        ("temperature", 0, "demo.temperature must be above 0, not 0"),
        ("temperature", "nan", "demo.temperature must be finite"),
        ("temperature", True, "demo.temperature: True is not a valid number"),
        ("n", 1.5, "demo.n: 1.5 is not a valid integer"),
        ("n", math.inf, "demo.n: inf is not a valid integer"),
        ("n", math.nan, "demo.n: nan is not a valid integer"),
        ("n", 0, "demo.n must be at least 1, not 0"),
        ("n", 1000, "demo.n must be at most 512, not 1000"),
        ("gas", "neon", "demo.gas must be one of methane, argon, not 'neon'"),
        ("gas", 3, "demo.gas: 3 is not a valid text"),
        ("blocked", "maybe", "write true or false"),
        ("shift", "1,2", "3 values are needed"),
        ("temprature", 1, "demo has no option 'temprature': did you mean 'temperature'"),
        ("xyz", 1, "demo has no option 'xyz': it has: temperature, n, gas"),
    ],
)
def test_refusals(name: str, given: Any, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        made(**{name: given})
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_plugin_without_options() -> None:
    assert make_options(NoOptions, {}, "plain") == NoOptions()
    with pytest.raises(ConfigError, match="plain has no option 'n'"):
        make_options(NoOptions, {"n": 1}, "plain")


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_numbers_survive_being_written(value: float) -> None:
    if math.isfinite(value) and value > 0:
        assert made(temperature=repr(value)).temperature == value
    else:
        with pytest.raises(ConfigError):
            made(temperature=repr(value))


@given(st.text())
def test_any_text_is_a_value_or_a_config_error(text: str) -> None:
    for name in ("temperature", "n", "gas", "blocked", "channels", "shift", "folder"):
        assert complaint(name, text).startswith(f"demo.{name}")


def complaint(name: str, text: str) -> str:
    """What is wrong with a value; the bare name of the option when nothing is."""
    try:
        made(**{name: text})
    except ConfigError as error:
        return str(error)
    return f"demo.{name}"


def test_description() -> None:
    described = {row.name: row for row in describe_options(Options)}
    assert described["temperature"].unit == "K"
    assert described["temperature"].type == "number"
    assert described["gas"].choices == ("methane", "argon")
    assert described["folder"].type == "path or none"
    assert described["channels"].type == "list of text"
    assert described["n"].default == 32
    assert described["blocked"].help == "whether"


def test_names_are_read_off_the_source_as_they_are() -> None:
    unclear = []
    for entry in installed_plugins().entries():
        names = option_names(entry.spec.target)
        if names is None:
            unclear.append(entry.name)
            continue
        with contextlib.suppress(RequirementError):
            options = installed_plugins().load(entry.kind, entry.name).Options
            assert set(names) == {field.name for field in attrs.fields(options)}, entry.name
    assert unclear == ["ase-calculator"], "its options are made of another class by an expression"


@pytest.mark.parametrize(
    "target", ["no_such_module:Plugin", "zeo.plugin.options:NoSuchClass", "math:Plugin", ""]
)
def test_names_of_what_has_no_plain_source_are_unknown(target: str) -> None:
    assert option_names(target) is None


def test_one_value_is_a_list_of_one() -> None:
    """As it is on the command line; TOML and Python have a number there."""

    @frozen
    class Options:
        groups: tuple[int, ...] = option((), "numbers")

    assert make_options(Options, {"groups": 225}, "drawer").groups == (225,)
    assert make_options(Options, {"groups": "225"}, "drawer").groups == (225,)
    assert make_options(Options, {"groups": [225, 229]}, "drawer").groups == (225, 229)
