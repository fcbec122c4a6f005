"""The folder of a training: how it is told from one that something else uses, whatever is trained."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from zeo.errors import ConfigError
from zeo.tools.files import is_free, write_atomically

MODEL, CURVE = "model.json", "curve.csv"
"""What a training writes, whichever generator is trained."""

MARK = ".training"
"""There from the beginning of a training on; before its first step there may be nothing else."""

_OLDER = (MODEL, CURVE, "state.safetensors", "nets.json", "surrogate.json")
"""By one of which a training is known that was begun by a zeo that left no mark."""


def holds_training(folder: Path) -> bool:
    """Whether a training was begun there."""
    return any((folder / name).is_file() for name in (MARK, *_OLDER))


def require_place(folder: Path) -> None:
    """Refuse a folder that something else uses.

    Raises:
        ConfigError: it holds something, and no training.
    """
    if not (is_free(folder) or holds_training(folder)):
        raise ConfigError(f"{folder} is in use and is not the folder of a training; choose another --out")


@contextlib.contextmanager
def marked(folder: Path) -> Iterator[None]:
    """Make the folder of a training; one that fails before it has written anything leaves it as it was.

    Raises:
        ConfigError: something else uses it.
        OSError: it cannot be written.
    """
    require_place(folder)
    is_new, had_mark = not folder.exists(), (folder / MARK).exists()
    folder.mkdir(parents=True, exist_ok=True)
    if not had_mark:
        write_atomically(folder / MARK, "")
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            if is_free(folder) and not had_mark:
                (folder / MARK).unlink(missing_ok=True)
            if is_new:
                folder.rmdir()  # fails where there is something in it
        raise
