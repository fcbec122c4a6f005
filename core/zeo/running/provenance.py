"""What a result depends on besides its configuration: versions of the software and hashes of the weights."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from pathlib import Path

from zeo.errors import ConfigError
from zeo.plugin.conditioning import conditioner_of
from zeo.plugin.registry import Plugins
from zeo.running.config import RunConfig
from zeo.running.stages import repair_of

_NUMERICAL = ("numpy", "scipy", "numba")


def versions(config: RunConfig, plugins: Plugins) -> dict[str, str]:
    """Versions of Python, the numerical libraries and each plugin's distribution; the checkpoint's hash.

    Raises:
        ConfigError: a checkpoint that cannot be read.
    """
    found = {"python": platform.python_version()}
    found |= {library: importlib.metadata.version(library) for library in _NUMERICAL}
    for kind, name in chosen_plugins(config, plugins):
        distribution = plugins.find(kind, name).distribution
        found[distribution.name] = distribution.version
    if config.checkpoint is not None:
        found["checkpoint sha256"] = checkpoint_hash(Path(config.checkpoint))
    found |= {f"{end} sha256": checkpoint_hash(Path(end)) for end in config.between if Path(end).is_file()}
    return found


def chosen_plugins(config: RunConfig, plugins: Plugins) -> list[tuple[str, str]]:
    """Kind and name of every plugin that a configuration names."""
    chosen = [
        ("generator", config.generator),
        ("representation", config.representation),
        ("postprocessor", repair_of(config, plugins)),
        ("postprocessor", config.identify),
        ("postprocessor", config.relax),
        ("conditioner", conditioner_of(config, plugins)),
        *(("probe", name) for name in config.probes),
    ]
    return [(kind, name) for kind, name in chosen if name is not None]


def checkpoint_hash(path: Path) -> str:
    """SHA-256 of a file, or of all the files in a folder in the order of their names."""
    digest = hashlib.sha256()
    try:
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        for file in files:
            with file.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
    except OSError as error:
        raise ConfigError(f"cannot read the checkpoint {path}: {error.strerror}") from error
    return digest.hexdigest()
