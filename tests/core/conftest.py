"""Plugins made inside a test, found as if they were installed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

import pytest

from zeo.plugin import registry
from zeo.plugin.catalogue import Catalogue
from zeo.plugin.columns import Column
from zeo.plugin.declare import PluginSpec
from zeo.plugin.discovery import Discovery, Distribution, Entry
from zeo.plugin.registry import Plugins
from zeo.running.plan import Plan, Step
from zeo.running.wanted import targets_of, wanted_of, wishes_of

STEPS = {
    "decode": "voxel",
    "repair": "repair",
    "identify": "identify",
    "relax": "relax",
    "probe": "methane",
}


@pytest.fixture(scope="session")
def plan_with() -> Callable[..., Plan]:
    """A plan made by hand: these columns and targets on them; ``without`` names stages that are left out."""

    def make(
        columns: Sequence[Column] = (), targets: Sequence[str] = (), without: Sequence[str] = (), **facts: Any
    ) -> Plan:
        catalogue = Catalogue(tuple(columns), facts.get("unblocked", False))
        wanted = wanted_of(targets, catalogue)
        usual: dict[str, Any] = {
            "generator": "dataset",
            "conditioner": None,
            "takes_targets": False,
            "wishes": wanted,
            "targets": targets_of(wishes_of(wanted, catalogue), tuple(columns)),
            "columns": tuple(columns),
            "steps": tuple(Step(stage, name) for stage, name in STEPS.items() if stage not in without),
            "between": (),
            "path_steps": 5,
            "seed": 0,
            "batch_size": 16,
            "checkpoint": None,
            "device": "cpu",
            "preset": None,
            "options": {},
            "hashes": {},
            "unblocked": catalogue.unblocked,
        }
        return Plan(**(usual | facts))

    return make


KIND_OF_SPEC = {
    "RepresentationSpec": "representation",
    "GeneratorSpec": "generator",
    "ConditionerSpec": "conditioner",
    "ProbeSpec": "probe",
    "PostprocessorSpec": "postprocessor",
}


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Plugins], None]]:
    """A function by which plugins made in a test are the installed ones, wherever they are asked for."""

    def make(plugins: Plugins) -> None:
        monkeypatch.setattr(registry, "discover", lambda: plugins._discovery)
        registry.installed_plugins.cache_clear()

    yield make
    registry.installed_plugins.cache_clear()


@pytest.fixture
def plugin_set(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Plugins]:
    """A function that takes (spec, class) pairs; the spec's target becomes that class."""

    def make(*pairs: tuple[PluginSpec, type]) -> Plugins:
        module = ModuleType("zeo_plugins_of_this_test")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        entries = []
        for spec, cls in pairs:
            setattr(module, cls.__name__, cls)
            assert spec.target == f"{module.__name__}:{cls.__name__}"
            kind = KIND_OF_SPEC[type(spec).__name__]
            entries.append(Entry(kind=kind, spec=spec, distribution=Distribution("test-plugins", "1.0")))
        return Plugins(Discovery(tuple(entries), ()))

    return make
