"""What all trained models have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, Self


class LearnedModel(Protocol):
    """Networks with all that is needed to draw from them, in one folder; see :mod:`zeo_learning.folder`."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a folder.

        Raises:
            ConfigError: it is missing, of another kind or a newer format, or its files do not fit together.
        """

    def save(self, folder: Path) -> None:
        """Write it; each file is replaced as a whole."""
