"""The five hooks of the entry-point group ``zeo``, one for each kind of plugin.

A hook takes no argument and returns a list of the records of :mod:`zeo.plugin.declare`. The module that
holds the implementations is imported whenever plugins are listed, so it imports nothing heavy::

    from zeo import ProbeSpec, QuantitySpec, hookimpl

    @hookimpl
    def zeo_probes():
        return [
            ProbeSpec(
                name="density",
                summary="mass density",
                target="zeo_density.probe:Density",
                quantities=[QuantitySpec("density", "g/cm3")],
            )
        ]
"""

from __future__ import annotations

import pluggy

from zeo.plugin.declare import (
    ConditionerSpec,
    GeneratorSpec,
    PostprocessorSpec,
    ProbeSpec,
    RepresentationSpec,
)

hookspec = pluggy.HookspecMarker("zeo")
hookimpl = pluggy.HookimplMarker("zeo")


@hookspec
def zeo_representations() -> list[RepresentationSpec]:  # type: ignore[empty-body]
    """Ways to turn a structure into a grid and a grid into atoms."""


@hookspec
def zeo_generators() -> list[GeneratorSpec]:  # type: ignore[empty-body]
    """Sources of samples: trained networks, searches, data sets."""


@hookspec
def zeo_conditioners() -> list[ConditionerSpec]:  # type: ignore[empty-body]
    """Ways to steer a generator toward a target."""


@hookspec
def zeo_probes() -> list[ProbeSpec]:  # type: ignore[empty-body]
    """Measurements on a structure or on a grid."""


@hookspec
def zeo_postprocessors() -> list[PostprocessorSpec]:  # type: ignore[empty-body]
    """Clean-up steps between a drawn sample and a finished framework."""
