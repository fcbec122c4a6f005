"""Conformance of conditioners."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zeo.declare import ConditionerSpec
from zeo.errors import ConfigError
from zeo.foreign import describe
from zeo.interfaces import Conditioner
from zeo.targets import Target
from zeo.testing.common import ConformanceError, check_common, require

PARTS = ("loss", "embedding", "guide")


def check_conditioner(conditioner: Conditioner, spec: ConditionerSpec, targets: Sequence[Target] = ()) -> str:
    """Check a conditioner's parts and what it makes of targets.

    Args:
        conditioner: with the options to check.
        spec: its record.
        targets: that it can steer; preparing them is not checked when there are none.

    Raises:
        ConformanceError: which promise is broken.
    """
    check_common("conditioner", conditioner, spec)
    _check_parts(conditioner, spec)
    _require_config_error(conditioner)
    if not targets:
        return "not prepared: no targets to check with"
    condition = conditioner.prepare(targets)
    if "embedding" in spec.parts:
        _check_embedding(
            conditioner.embedding(condition), conditioner.embedding(conditioner.prepare(targets))
        )
    return ""


def _check_parts(conditioner: Conditioner, spec: ConditionerSpec) -> None:
    unknown = set(spec.parts) - set(PARTS)
    require(not unknown, f"its record declares unknown parts: {', '.join(sorted(unknown))}")
    for part in PARTS:
        implemented = getattr(type(conditioner), part) is not getattr(Conditioner, part)
        require(
            implemented or part not in spec.parts, f"its record declares {part!r}, but it has no {part}()"
        )
        require(part in spec.parts or not implemented, f"it has {part}(), but its record does not declare it")
    require(spec.parts, "it has none of the parts loss, embedding and guide: it steers nothing")


def _require_config_error(conditioner: Conditioner) -> None:
    try:
        conditioner.prepare([Target("no_such_quantity", 0.0, 1.0)])
    except ConfigError:
        return
    except Exception as error:
        raise ConformanceError(
            f"prepare() of an unknown quantity raised {describe(error)}; it should raise ConfigError"
        ) from error
    raise ConformanceError("prepare() accepted an unknown quantity; it should raise ConfigError")


def _check_embedding(embedding: object, repeated: object) -> None:
    require(
        isinstance(embedding, np.ndarray), f"embedding() returned {type(embedding).__name__}, not an array"
    )
    assert isinstance(embedding, np.ndarray)
    assert isinstance(repeated, np.ndarray)
    require(embedding.ndim == 2, f"embedding() has shape {embedding.shape}; it is [batch, features]")
    require(embedding.dtype == np.float32, f"embedding() is {embedding.dtype}, not float32")
    require(np.isfinite(embedding).all(), "embedding() has non-finite values")
    require(np.array_equal(embedding, repeated), "the same targets gave two different embeddings")
