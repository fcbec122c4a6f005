"""Where the weights of a generator are."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

from zeo.plugin.declare import GeneratorSpec
from zeo.plugin.registry import Plugins


def weights_of(generator: str, checkpoint: str | None, plugins: Plugins) -> Path | None:
    """The file or folder of weights that a generator draws from; None when it has none."""
    if checkpoint is not None:
        return Path(checkpoint)
    spec = plugins.find("generator", generator).spec
    return _within_package(spec, spec.weights) if spec.weights else None


def named_weights(generator: str, checkpoint: str | Path, plugins: Plugins) -> Path:
    """Where a checkpoint is: one that ships, by its name, or a file or folder."""
    spec = plugins.find("generator", generator).spec
    name = str(checkpoint)
    if name in spec.further_weights and not Path(name).exists():
        return _within_package(spec, spec.further_weights[name])
    return Path(checkpoint)


def _within_package(spec: GeneratorSpec, name: str) -> Path:
    package = spec.target.partition(":")[0].partition(".")[0]
    return Path(str(importlib.resources.files(package))) / name
