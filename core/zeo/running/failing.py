"""When plugins that raise on every candidate end a run: more samples would only burn time."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define

from zeo.errors import PluginError
from zeo.records.record import Record
from zeo.running.passing import RAISED

IN_A_ROW = 16
"""Candidates, whatever the size of a batch: a single odd one is lost alone."""


@define
class Failing:
    """Counts the candidates in a row on which a plugin raised."""

    _in_a_row: int = 0
    _last: Record | None = None

    def count(self, record: Record) -> None:
        """Another candidate."""
        self._in_a_row = self._in_a_row + 1 if has_raised(record) else 0
        self._last = record

    def stop_after_many(self) -> None:
        """Of a run that has not come to its end.

        Raises:
            PluginError: there were :data:`IN_A_ROW` of them by now.
        """
        if self._in_a_row >= IN_A_ROW:
            raise self._error(f"{self._in_a_row} candidates in a row")

    def stop_if_all(self, records: Iterable[Record]) -> None:
        """Of a run that has come to its end.

        Args:
            records: of the whole run, those included that it had before it was gone on with.

        Raises:
            PluginError: it has nothing else.
        """
        if self._in_a_row and all(map(has_raised, records)):
            raise self._error("all candidates")

    def _error(self, which: str) -> PluginError:
        assert self._last is not None
        last = self._last.history[-1]
        return PluginError(f"{last.plugin} ({last.stage}) failed on {which}: {last.detail}")


def has_raised(record: Record) -> bool:
    """Whether a candidate was lost to a plugin that raised."""
    return record.history[-1].reason == RAISED
