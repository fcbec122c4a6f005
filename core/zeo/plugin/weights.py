"""Where the weights of a generator are."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

from zeo.plugin.declare import GeneratorSpec
from zeo.plugin.registry import Plugins


def weights_of(generator: str, checkpoint: str | None, plugins: Plugins) -> Path | None:
    """The file or folder of weights that a generator draws from; None when it has none.

    Args:
        generator: by name.
        checkpoint: a path, or the name of some that ship; None for the usual ones.
        plugins: with the generator.
    """
    spec = plugins.find("generator", generator).spec
    if checkpoint is None:
        return _within_package(spec, spec.weights) if spec.weights else None
    if checkpoint in spec.further_weights and not Path(checkpoint).exists():
        return _within_package(spec, spec.further_weights[checkpoint])
    return Path(checkpoint)


def _within_package(spec: GeneratorSpec, name: str) -> Path:
    package = spec.target.partition(":")[0].partition(".")[0]
    return Path(str(importlib.resources.files(package))) / name
