"""The learning curve: a table of everything that is measured while a network is trained."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from zeo.errors import ConfigError
from zeo.tools.files import write_atomically

FILE = "curve.csv"
"""Beside the model."""


class Curve:
    """One row for each step at which something was measured, with an empty cell for what was not.

    A column means the same in every curve: ``samples_seen`` and ``hours`` count all slices; a loss or an
    error is its running mean over the last steps; ``validation_...`` is measured with the averaged weights on
    frameworks that nothing is learned from, ``drawn_...`` on samples that they draw.
    ``drawn_perfect`` is the share that is four-connected after the repair, ``drawn_perfect_before_repair``
    the share that is as drawn.

    A slice that repeats a step, because the one before was killed, replaces what was measured there. New
    quantities become new columns.

    Args:
        folder: of the model.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def add(self, step: int, measured: Mapping[str, float | None]) -> None:
        """Note what was measured after so many steps."""
        rows = self.rows()
        rows.setdefault(step, {"step": str(step)}).update(
            {name: "" if value is None else f"{value:.6g}" for name, value in measured.items()}
        )
        names = dict.fromkeys(name for row in rows.values() for name in row)
        text = io.StringIO()
        writer = csv.DictWriter(text, list(names), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for _, row in sorted(rows.items()))
        write_atomically(self.path, text.getvalue())

    def rows(self) -> dict[int, dict[str, str]]:
        """All rows by step; none when there is no file yet.

        Raises:
            ConfigError: the file is damaged.
        """
        if not self.path.exists():
            return {}
        try:
            with self.path.open(newline="", encoding="utf-8") as file:
                return {int(row["step"]): row for row in csv.DictReader(file)}
        except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
            raise ConfigError(f"{self.path} is damaged: move it away to go on without it") from error
