"""Hashes of files and folders, by which it is known that they are the same."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from zeo.errors import ConfigError


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
