"""Conformance checks for plugins: call them from the tests of your own package.

    from zeo.testing import check_probe

    def test_conformance():
        check_probe(LargestSphere(), zeo_largest_sphere.zeo_probes()[0])

Each check raises a :class:`ConformanceError` that says which promise of :mod:`zeo.plugin.interfaces` is
broken, and returns a remark on what it could not check, empty as a rule. ``zeo plugins check`` runs the same
checks.
"""

from __future__ import annotations

from zeo.testing.common import ConformanceError
from zeo.testing.conditioner import check_conditioner
from zeo.testing.dispatch import check_plugin
from zeo.testing.frameworks import few_frameworks, sodalite
from zeo.testing.generator import check_generator
from zeo.testing.postprocessor import check_postprocessor
from zeo.testing.probe import check_probe
from zeo.testing.representation import check_representation

__all__ = [
    "ConformanceError",
    "check_conditioner",
    "check_generator",
    "check_plugin",
    "check_postprocessor",
    "check_probe",
    "check_representation",
    "few_frameworks",
    "sodalite",
]
