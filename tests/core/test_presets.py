"""Presets stand for what the user leaves open, and for nothing else."""

from __future__ import annotations

import pytest

from zeo.errors import ConfigError
from zeo.plugin.registry import installed_plugins
from zeo.running.config import RunConfig, make_config
from zeo.running.planning import plan_of
from zeo.running.presets import PRESETS


def test_a_preset_fills_what_is_left_open() -> None:
    config = make_config({"preset": "zeogan-2020", "n": 5, "options": {"voxel": {"n": 16}}})
    assert config.generator == "zeogan"
    assert (config.repair, config.n) == ("random-search", 5)
    assert config.unblocked, "as the paper counts"
    assert config.options["voxel"] == {"n": 16, "decoder": "flood-fill"}
    assert config.options["identify"] == {"match": "coordination-sequence"}


def test_what_is_said_wins() -> None:
    values = {"repair": "repair", "options": {"voxel": {"decoder": "peaks"}}}
    config = make_config({"preset": "zeogan-2020", **values})
    assert config.repair == "repair"
    assert config.options["voxel"] == {"decoder": "peaks"}


def test_without_a_preset_nothing_changes() -> None:
    assert make_config({}) == make_config({"preset": None}) == RunConfig()


def test_an_unknown_preset_is_named() -> None:
    with pytest.raises(ConfigError, match="no preset 'zeogan': did you mean 'zeogan-2020'"):
        make_config({"preset": "zeogan"})


@pytest.mark.parametrize("name", PRESETS)
def test_the_plugins_of_presets_are_there(name: str) -> None:
    config = make_config({"preset": name})
    plugins = installed_plugins().configured(config.options)
    assert [step.stage for step in plan_of(config, plugins).steps] == [
        "decode",
        "repair",
        "identify",
        "relax",
    ]
