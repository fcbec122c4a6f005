"""One number of grid points for all that is computed on grids."""

from __future__ import annotations

from zeo.plugin.registry import Plugins
from zeo.running.config import Options, RunConfig
from zeo.running.planning import missing_probes
from zeo.wishes.conditions import split_name


def grid_options(config: RunConfig, n: int, plugins: Plugins) -> Options:
    """The options that give the representation and the probes on grids ``n`` points along each axis."""
    spec = plugins.find("generator", config.generator).spec
    representation = config.representation or spec.representation
    encoding = [representation] if representation else []
    probes = (*config.probes, *missing_probes(config, plugins.configured(config.options)))
    measuring = [split_name(probe)[0] for probe in plugins.probes_on_grids(probes)]
    return {name: {"n": n} for name in encoding + measuring}
