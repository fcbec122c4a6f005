"""Plugins made inside a test, found as if they were installed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from zeo.plugin.declare import PluginSpec
from zeo.plugin.discovery import Discovery, Distribution, Entry
from zeo.plugin.registry import Plugins

KIND_OF_SPEC = {
    "RepresentationSpec": "representation",
    "GeneratorSpec": "generator",
    "ConditionerSpec": "conditioner",
    "ProbeSpec": "probe",
    "PostprocessorSpec": "postprocessor",
}


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
