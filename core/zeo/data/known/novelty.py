"""What is said of a net: a framework type, learned from, known besides, or new to all of these."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from zeo.data.known.nets import symbols_by_key
from zeo.data.sets.store import DataSet, is_data_set
from zeo.plugin.framework import IZA, KNOWN, NEW, TRAINING
from zeo.plugin.seen import Seen, digest_of, digests_of


def novelty_of(key: str, name: str | None, seen: Seen = Seen()) -> str:  # noqa: B008 (it is frozen)
    """One of :data:`zeo.plugin.framework.NOVELTIES`, the first that applies.

    Args:
        key: of the net.
        name: that the reference has for it; several framework types with slashes between them where
            coordination sequences were compared.
        seen: by the generator.
    """
    if name is not None and not _symbols().isdisjoint(name.split("/")):
        return IZA
    digest = digest_of(key)
    if seen.training and digest in seen.training:
        return TRAINING
    return KNOWN if name is not None or digest in seen.known else NEW


def compared_with(generator: str, seen: Seen) -> str:
    """What a run compares nets with beside the reference: ``nor in the training set of zeosym (8,641 nets)``.

    Args:
        generator: by name.
        seen: by it.
    """
    places = []
    if seen.training is None:
        places.append(f"(the training set of {generator} was not noted, and may have it)")
    elif seen.training:
        of = f" of {seen.trained_on}" if seen.trained_on else ""
        places.append(f"nor in the training set of {generator} ({len(seen.training):,} nets{of})")
    if seen.sources:
        places.append(f"nor in {' or '.join(seen.sources)} ({len(seen.known):,} nets)")
    return ", ".join(places)


def seen_in(sources: Iterable[str | Path]) -> Seen:
    """The nets of those sources that are data sets or runs; those of files are not looked at.

    Raises:
        ZeoError: a data set that cannot be read.
    """
    sets = tuple(str(source) for source in sources if is_data_set(str(source)))
    keys = (key for source in sets for key in DataSet.open(source).column("key"))
    return Seen(known=digests_of(keys), sources=sets)


@cache
def _symbols() -> frozenset[str]:
    return frozenset(symbols_by_key().values())
