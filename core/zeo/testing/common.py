"""What the checks of all kinds share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from zeo.crystal.structure import Structure
from zeo.grids.grid import Grid
from zeo.plugin.candidate import Candidate, Sample
from zeo.plugin.declare import PluginSpec
from zeo.plugin.discovery import KINDS
from zeo.plugin.interfaces import Plugin
from zeo.plugin.registry import interface_of
from zeo.tools.foreign import describe


class ConformanceError(AssertionError):
    """A plugin breaks a promise of its kind."""


def require(condition: object, message: str) -> None:
    """Raise a :class:`ConformanceError` unless ``condition`` holds."""
    if not condition:
        raise ConformanceError(message)


def check_common(kind: str, plugin: Plugin, spec: PluginSpec) -> None:
    """What every plugin promises: class, record, options, a constructor that takes options and plugins."""
    record = KINDS[kind]
    base = interface_of(record)
    require(isinstance(plugin, base), f"{type(plugin).__name__} does not derive from {base.__name__}")
    require(isinstance(spec, record), f"its record is a {type(spec).__name__}, not a {record.__name__}")
    learns = callable(getattr(plugin, "train", None))
    require(learns or not spec.trainable, "its record says trainable, but it has no train()")
    check_options(type(plugin).Options)
    require(
        isinstance(plugin.options, type(plugin).Options), "self.options is not an instance of its Options"
    )
    try:
        type(plugin)(type(plugin).Options(), plugins=plugin.plugins)
    except Exception as error:
        raise ConformanceError(
            f"constructing it with its default options raised {describe(error)}"
        ) from error


def check_options(cls: type) -> None:
    """Options are a frozen attrs class; every field has a valid default and a help text."""
    require(attrs.has(cls), "Options is not an attrs class")
    for field in attrs.fields(cls):
        require(field.default is not attrs.NOTHING, f"option {field.name!r} has no default")
        require(
            field.metadata.get("help"),
            f"option {field.name!r} has no help: declare it with zeo.plugin.options.option",
        )
    try:
        options = cls()
    except Exception as error:
        raise ConformanceError(f"the default options are refused: {describe(error)}") from error
    for field in attrs.fields(cls):
        try:
            setattr(options, field.name, getattr(options, field.name))
        except attrs.exceptions.FrozenInstanceError:
            continue
        raise ConformanceError("Options is not frozen: decorate it with @attrs.frozen(kw_only=True)")


def snapshot(value: Any) -> Any:
    """A value that equals another's exactly when the two objects hold the same data."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    if isinstance(value, Structure | Grid | Sample | Candidate):
        return tuple(
            (field.name, snapshot(getattr(value, field.name))) for field in attrs.fields(type(value))
        )
    if isinstance(value, Mapping):
        return tuple((key, snapshot(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(snapshot, value))
    return value


def is_json(value: Any) -> bool:
    """Whether the json module writes ``value``."""
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True
