"""What a result depends on besides its configuration: versions of the software and hashes of files."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.resources
import os
import platform
from collections.abc import Iterable
from pathlib import Path

from zeo.data.known.reference import reference_state
from zeo.errors import ConfigError
from zeo.plugin.registry import Plugins

_NUMERICAL = ("numpy", "scipy", "numba")


def versions(chosen: Iterable[tuple[str, str]], plugins: Plugins) -> dict[str, str]:
    """Versions of Python, the numerical libraries, the reference of nets and the distribution of each plugin.

    Args:
        chosen: kind and name of the plugins that are used.
        plugins: the installed ones.
    """
    found = {"python": platform.python_version()}
    found |= {library: importlib.metadata.version(library) for library in _NUMERICAL}
    found |= {f"reference {fact}": value for fact, value in reference_state().items()}
    for kind, name in chosen:
        distribution = plugins.find(kind, name).distribution
        found[distribution.name] = distribution.version
    return found


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


def hash_of(path: Path) -> str:
    """SHA-256 of a file, or of the files in a folder in the order of their names.

    Prose about them (Markdown) may change.

    Raises:
        ConfigError: it cannot be read.
    """
    return _hash(path, with_names=False)


def hash_with_names(path: Path) -> str:
    """The same where the names of the files in a folder say what they hold, as those of structures do.

    Raises:
        ConfigError: it cannot be read.
    """
    return _hash(path, with_names=True)


def _hash(path: Path, with_names: bool) -> str:
    digest = hashlib.sha256()
    try:
        for file in _files_of(path):
            if with_names and file != path:
                digest.update(os.fsencode(file.relative_to(path)) + b"\0")
            with file.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    return digest.hexdigest()


def _files_of(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and file.suffix != ".md")
