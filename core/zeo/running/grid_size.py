"""One number of grid points for all that is computed on grids."""

from __future__ import annotations

from zeo.plugin.registry import Plugins
from zeo.running.config import Options, RunConfig


def grid_options(config: RunConfig, n: int, plugins: Plugins) -> Options:
    """The options that give the representation and the probes on grids ``n`` points along each axis."""
    on_grids = [name for name in config.probes if plugins.find("probe", name).spec.channels]
    spec = plugins.find("generator", config.generator).spec
    representation = config.representation or spec.representation
    return {name: {"n": n} for name in ([representation] if representation else []) + on_grids}
