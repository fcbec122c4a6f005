"""Conformance of probes."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping

import attrs
import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.errors import GridError
from zeo.grids.grid import Grid
from zeo.plugin.conditions import conditions_in_force
from zeo.plugin.declare import ProbeSpec
from zeo.plugin.interfaces import PropertyProbe
from zeo.plugin.quantity import Quantity
from zeo.testing.common import check_common, require, snapshot
from zeo.testing.frameworks import primitive_sodalite, sodalite

TRANSLATION = np.array([0.25, 0.5, 0.75])
"""Fractional. A whole number of steps of every grid whose size is a multiple of four."""

RELATIVE_TOLERANCE = 1e-3
"""How much a property, or a channel's value, may change when nothing physical changed."""

STANDARD_ERRORS = 6.0
"""By which a property may change besides, where it comes with its standard error."""

OVERLAP = 1e6
"""Beyond this value of a channel, the probe overlaps with an atom and differences mean nothing."""

CHANNEL_SHAPE = (8, 10, 12)
"""Three numbers that are not equal, so that swapped axes show."""


def check_probe(probe: PropertyProbe, spec: ProbeSpec, structure: Structure | None = None) -> str:
    """Check a probe on a structure, on a triclinic cell and on a grid of its own channels.

    Args:
        probe: with the options to check.
        spec: its record.
        structure: to measure; sodalite when None.

    Raises:
        ConformanceError: which promise is broken.
    """
    structure = sodalite() if structure is None else structure
    check_common("probe", probe, spec)
    trains = type(probe).train is not PropertyProbe.train
    require(trains or not spec.trainable, "its record says trainable, but it has no train()")
    require(spec.trainable or not trains, "it has train(), but its record does not say trainable")
    check_conditions(probe, spec)
    if spec.quantities_from and not spec.quantities:
        return "measures nothing until its options say what"
    _check_structure(probe, spec, structure)
    for name in spec.channels:
        _check_channel(probe, name, structure)
    return _check_grid(probe, spec, structure)


def check_conditions(probe: PropertyProbe, spec: ProbeSpec) -> None:
    """Find out whether the conditions that a probe declares are options of it, with their units and defaults.

    Raises:
        ConformanceError: one that is not.
    """
    options = attrs.fields_dict(probe.Options)
    for condition in spec.conditions:
        named = [name for name in (condition.option, condition.shares) if name]
        missing = [name for name in named if name not in options]
        require(not missing, f"the condition {condition.symbol} is of no option: {', '.join(missing)}")
        unit = options[condition.option].metadata.get("unit") or "1"
        require(condition.unit == unit, f"{condition.symbol} is declared in {condition.unit}, not in {unit}")
    defaults = {name: option.default for name, option in options.items()}
    require(
        conditions_in_force(spec, {}) == conditions_in_force(spec, defaults),
        "the conditions that its record declares have other defaults than its options",
    )


def _check_structure(probe: PropertyProbe, spec: ProbeSpec, structure: Structure) -> None:
    before = snapshot(structure)
    measured = _measure(probe, spec, structure)
    require(snapshot(structure) == before, "properties() changed the structure that it was given")
    require(_measure(probe, spec, structure) == measured, "the same structure gave two different results")
    moved = evolve(structure, frac_coords=structure.frac_coords + TRANSLATION)
    _require_same(measured, _measure(probe, spec, moved), "translating the structure")
    reverse = evolve(structure, species=structure.species[::-1], frac_coords=structure.frac_coords[::-1])
    _require_same(measured, _measure(probe, spec, reverse), "another order of the atoms")
    _measure(probe, spec, primitive_sodalite())


def _measure(probe: PropertyProbe, spec: ProbeSpec, source: Grid | Structure) -> Mapping[str, Quantity]:
    """The properties of ``source``, if they are what the record declares."""
    measured = probe.properties(source)
    require(isinstance(measured, Mapping), f"properties() returned {type(measured).__name__}, not a mapping")
    declared = {quantity.name: quantity for quantity in spec.quantities}
    missing, extra = set(declared) - set(measured), set(measured) - set(declared)
    require(not missing, f"properties() left out what its record declares: {', '.join(sorted(missing))}")
    require(not extra, f"properties() returned what its record does not declare: {', '.join(sorted(extra))}")
    for name, quantity in measured.items():
        require(isinstance(quantity, Quantity), f"{name} is a {type(quantity).__name__}, not a Quantity")
        unit, value = declared[name].unit, quantity.value
        require(quantity.unit == unit, f"{name} is declared in {unit!r} but returned in {quantity.unit!r}")
        fits = value is None or not declared[name].whole or float(value).is_integer()
        require(fits, f"{name} is declared as a whole number but returned as {value}")
    return dict(measured)


def _require_same(before: Mapping[str, Quantity], after: Mapping[str, Quantity], change: str) -> None:
    """What comes with a standard error (``NAME_error``) may differ by it; errors are uncertain themselves."""
    for name, quantity in before.items():
        if name.removesuffix("_error") != name and name.removesuffix("_error") in before:
            continue
        noise = math.hypot(*(_error(name, each) for each in (before, after)))
        a, b = quantity.value, after[name].value
        same = (
            a is b
            if a is None or b is None
            else math.isclose(a, b, rel_tol=RELATIVE_TOLERANCE, abs_tol=1e-12 + STANDARD_ERRORS * noise)
        )
        require(same, f"{change} changed {name} from {a} to {b}")


def _error(name: str, measured: Mapping[str, Quantity]) -> float:
    """The standard error that comes with a quantity, or 0."""
    error = measured.get(f"{name}_error")
    return 0.0 if error is None or error.value is None else error.value


def _check_channel(probe: PropertyProbe, name: str, structure: Structure) -> None:
    values = _channel(probe, name, structure)
    require(
        np.array_equal(values, _channel(probe, name, structure)), f"channel {name!r} differs when repeated"
    )
    steps = (1, 2, 3)
    moved = evolve(structure, frac_coords=structure.frac_coords + np.array(steps) / CHANNEL_SHAPE)
    expected = np.roll(values, steps, axis=(0, 1, 2))
    require(
        _close(expected, _channel(probe, name, moved)),
        f"channel {name!r}: translating the structure by whole grid steps does not roll the values with it"
        " (are the axes X, Y, Z and the points at i/N?)",
    )
    _channel(probe, name, primitive_sodalite())


def _channel(probe: PropertyProbe, name: str, structure: Structure) -> NDArray[np.float32]:
    values = probe.channel(name, structure, CHANNEL_SHAPE)
    require(isinstance(values, np.ndarray), f"channel {name!r} is a {type(values).__name__}, not an array")
    require(values.shape == CHANNEL_SHAPE, f"channel {name!r} has shape {values.shape}, not {CHANNEL_SHAPE}")
    require(values.dtype == np.float32, f"channel {name!r} is {values.dtype}, not float32")
    require(np.isfinite(values).all(), f"channel {name!r} has non-finite values")
    return values


def _close(expected: NDArray[np.float32], values: NDArray[np.float32]) -> bool:
    overlap = (np.abs(expected) > OVERLAP) & (np.abs(values) > OVERLAP)
    typical = float(np.median(np.abs(expected)))
    allowed = RELATIVE_TOLERANCE * (np.abs(expected) + typical) + 1e-12
    return bool((overlap | (np.abs(expected - values) <= allowed)).all())


def _check_grid(probe: PropertyProbe, spec: ProbeSpec, structure: Structure) -> str:
    if not spec.channels:
        return ""
    strange = Grid.stack({"no-such-channel": np.zeros((4, 4, 4))}, structure.lattice)
    with contextlib.suppress(GridError):
        _measure(probe, spec, strange)
    channels = {name: _channel(probe, name, structure) for name in spec.channels}
    grid = Grid.stack(channels, structure.lattice)
    before = snapshot(grid)
    try:
        measured = _measure(probe, spec, grid)
    except GridError:
        return "grids not measured: it reads a channel that it does not compute"
    require(snapshot(grid) == before, "properties() changed the grid that it was given")
    _require_same(measured, _measure(probe, spec, grid.rolled((1, 2, 3))), "rolling the periodic grid")
    return ""
