"""Where the weights of a generator are."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

from zeo.plugin.registry import Plugins


def weights_of(generator: str, checkpoint: str | None, plugins: Plugins) -> Path | None:
    """The file or folder of weights that a generator draws from; None when it has none."""
    if checkpoint is not None:
        return Path(checkpoint)
    spec = plugins.find("generator", generator).spec
    if not spec.weights:
        return None
    package = spec.target.partition(":")[0].partition(".")[0]
    folder = Path(str(importlib.resources.files(package)))
    return folder / str(spec.weights)
