"""Where a net has been seen before: in which part of a data set, or among the IZA types."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from zeo.data.known.nets import AS_OF, symbols_by_key
from zeo.data.sets.entry import SPLITS
from zeo.data.sets.store import DataSet

PLACES = {
    "train": "in the training set",
    "validation": "in the validation set",
    "test": "held out (test set)",
    "iza": f"IZA types (as of {AS_OF})",
    "new": "new: in none of these",
}
"""Where a net can be, for readers. An IZA type is in a part of the data set too if that has it."""


@frozen(eq=False)
class KnownNets:
    """The nets of a data set, and the names of the IZA types.

    Args:
        keys: of the nets in each part of the data set; those of no part under ``""``.
        types: keys of the IZA types, those that the data set has under that name included.
        codes: of all IZA types, as the Structure Commission writes them.
    """

    keys: Mapping[str, frozenset[str]]
    types: frozenset[str]
    codes: frozenset[str]

    @classmethod
    def of(cls, data: DataSet) -> KnownNets:
        key, split, code = (data.column(name) for name in ("key", "split", "code"))
        parts: dict[str, set[str]] = {part: set() for part in (*SPLITS, "")}
        for net, part in zip(key, split, strict=True):
            parts[part or ""].add(net)
        return cls(
            {part: frozenset(nets) for part, nets in parts.items()},
            frozenset(net for net, symbol in zip(key, code, strict=True) if symbol is not None)
            | symbols_by_key().keys(),
            frozenset(symbols_by_key().values()),
        )

    def places(self, key: str, name: str | None) -> set[str]:
        """Those of :data:`PLACES` that a net is in.

        Args:
            key: of the net.
            name: that the run gave it: the code of an IZA type (several, with slashes between them, if the
                run compared coordination sequences), or a name from a folder of the user's.
        """
        found = {part for part, nets in self.keys.items() if key in nets}
        if key in self.types or (name is not None and not self.codes.isdisjoint(name.split("/"))):
            found.add("iza")
        return found or {"new"}
