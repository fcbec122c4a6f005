"""Conformance of conditioners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zeo.errors import ConfigError
from zeo.plugin.conditioning import Condition, Known
from zeo.plugin.declare import CONDITIONER_PARTS, ConditionerSpec
from zeo.plugin.interfaces import Conditioner
from zeo.plugin.targets import Target
from zeo.testing.common import ConformanceError, check_common, require
from zeo.tools.foreign import describe


def check_conditioner(
    conditioner: Conditioner,
    spec: ConditionerSpec,
    targets: Sequence[Target] = (),
    known: Known = Known(),  # noqa: B008 (it is frozen)
) -> str:
    """Check a conditioner's parts and what it makes of targets.

    Args:
        conditioner: with the options to check.
        spec: its record.
        targets: that it can steer, each with its probe; preparing them is not checked when there are none.
        known: what a generator for them can be steered by.

    Raises:
        ConformanceError: which promise is broken.
    """
    check_common("conditioner", conditioner, spec)
    _check_parts(conditioner, spec)
    _require_config_error(conditioner, known)
    if not targets:
        return "not prepared: no targets to check with"
    prepared = conditioner.prepare(targets, known)
    _check_prepared(prepared, targets)
    condition = Condition(conditioner=conditioner, parts=spec.parts, targets=tuple(prepared))
    if "embedding" in spec.parts:
        _check_embedding(condition.embedded(condition.values(0)), condition.embedded(condition.values(0)))
    return ""


def _check_parts(conditioner: Conditioner, spec: ConditionerSpec) -> None:
    unknown = set(spec.parts) - set(CONDITIONER_PARTS)
    require(not unknown, f"its record declares unknown parts: {', '.join(sorted(unknown))}")
    for part in CONDITIONER_PARTS:
        implemented = getattr(type(conditioner), part) is not getattr(Conditioner, part)
        require(
            implemented or part not in spec.parts, f"its record declares {part!r}, but it has no {part}()"
        )
        require(part in spec.parts or not implemented, f"it has {part}(), but its record does not declare it")
    require(spec.parts, f"it has none of the parts {', '.join(CONDITIONER_PARTS)}: it steers nothing")


def _require_config_error(conditioner: Conditioner, known: Known) -> None:
    try:
        conditioner.prepare([Target("no_such_quantity", 0.0, 1.0, probe="methane")], known)
    except ConfigError:
        return
    except Exception as error:
        raise ConformanceError(
            f"prepare() of an unknown quantity raised {describe(error)}; it should raise ConfigError"
        ) from error
    raise ConformanceError("prepare() accepted an unknown quantity; it should raise ConfigError")


def _check_prepared(prepared: object, targets: Sequence[Target]) -> None:
    require(
        isinstance(prepared, Sequence) and all(isinstance(target, Target) for target in prepared),
        f"prepare() returned {type(prepared).__name__}, not targets",
    )
    assert isinstance(prepared, Sequence)
    names = [target.name for target in prepared]
    require(names == [target.name for target in targets], f"prepare() made these targets: {', '.join(names)}")
    for before, after in zip(targets, prepared, strict=True):
        require(before.low <= after.low <= after.high <= before.high, f"prepare() made {after} of {before}")


def _check_embedding(told: object, repeated: object) -> None:
    require(isinstance(told, Mapping), f"embedding() returned {type(told).__name__}, not values by quantity")
    assert isinstance(told, Mapping)
    for name, value in told.items():
        require(
            isinstance(value, float) and abs(value) < float("inf"),
            f"embedding() says {value!r} of {name}; it is a finite number",
        )
    require(told == repeated, "the same values were told in two different ways")
