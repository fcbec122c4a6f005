"""The check of a plugin of any kind."""

from __future__ import annotations

from typing import Any

from zeo.plugin.interfaces import Plugin
from zeo.testing.conditioner import check_conditioner
from zeo.testing.generator import check_generator
from zeo.testing.postprocessor import check_postprocessor
from zeo.testing.probe import check_probe
from zeo.testing.representation import check_representation

CHECKS: dict[str, Any] = {
    "representation": check_representation,
    "generator": check_generator,
    "conditioner": check_conditioner,
    "probe": check_probe,
    "postprocessor": check_postprocessor,
}


def check_plugin(kind: str, plugin: Plugin, spec: Any) -> str:
    """Check a plugin of any kind with what its kind's own check takes by default.

    Args:
        kind: one of :data:`zeo.plugin.registry.KINDS`.
        plugin: with the options to check.
        spec: its record.

    Returns:
        A remark on what could not be checked; empty as a rule.

    Raises:
        ConformanceError: which promise is broken.
    """
    remark: str = CHECKS[kind](plugin, spec)
    return remark
