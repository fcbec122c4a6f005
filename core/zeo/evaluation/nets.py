"""Where a net has been seen before: in which part of data sets, by its generator, or among the IZA types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from zeo.data.known.nets import AS_OF, symbols_by_key
from zeo.data.sets.entry import SPLITS
from zeo.data.sets.store import DataSet
from zeo.plugin.framework import KNOWN, TRAINING

PLACES = {
    "train": "in the training set",
    "validation": "in the validation set",
    "test": "held out (test set)",
    "learned": "learned from by the generator",
    "known": "known to the run besides",
    "iza": f"IZA types (as of {AS_OF})",
    "new": "new: in none of these",
}
"""Where a net can be, for readers. It can be in several of these at once, but for the last."""

SAID = {TRAINING: "learned", KNOWN: "known"}
"""Of these, by what a run says of a net: what the weights of its generator learned from, and what it started
from or has in its reference."""


@frozen(eq=False)
class KnownNets:
    """The nets of data sets, and the names of the IZA types.

    Args:
        keys: of the nets in each part of the data sets; those of no part under ``""``.
        types: keys of the IZA types, those that a data set has under that name included.
        codes: of all IZA types, as the Structure Commission writes them.
    """

    keys: Mapping[str, frozenset[str]]
    types: frozenset[str]
    codes: frozenset[str]

    @classmethod
    def of(cls, sets: Iterable[DataSet]) -> KnownNets:
        parts: dict[str, set[str]] = {part: set() for part in (*SPLITS, "")}
        types = set(symbols_by_key())
        for data in sets:
            key, split, code = (data.column(name) for name in ("key", "split", "code"))
            for net, part in zip(key, split, strict=True):
                parts[part or ""].add(net)
            types |= {net for net, symbol in zip(key, code, strict=True) if symbol is not None}
        return cls(
            {part: frozenset(nets) for part, nets in parts.items()},
            frozenset(types),
            frozenset(symbols_by_key().values()),
        )

    def places(self, key: str, name: str | None, novelty: str | None = None) -> set[str]:
        """Those of :data:`PLACES` that a net is in.

        Args:
            key: of the net.
            name: that the run gave it: the code of an IZA type (several, with slashes between them, if the
                run compared coordination sequences), or a name from a folder of the user's.
            novelty: what the run says of it; None of runs that say nothing.
        """
        found = {part for part, nets in self.keys.items() if key in nets}
        if key in self.types or (name is not None and not self.codes.isdisjoint(name.split("/"))):
            found.add("iza")
        if novelty in SAID:
            found.add(SAID[novelty])
        return found or {"new"}
