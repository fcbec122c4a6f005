"""A data set, or the survivors of a run, as a reference: its nets by their exact keys."""

from __future__ import annotations

from zeo.data.sets.store import DataSet


class ReferenceSet:
    """The nets of a data set.

    Args:
        source: a directory, a run, a URL, ``"standard"`` or ``"open"``.

    Raises:
        ZeoError: it cannot be read.
    """

    def __init__(self, source: str) -> None:
        data = DataSet.open(source)
        self._name_of = dict(zip(data.column("key"), data.names, strict=True))

    def __len__(self) -> int:
        return len(self._name_of)

    def by_key(self, key: str) -> str | None:
        """The framework that has this net."""
        return self._name_of.get(key)
