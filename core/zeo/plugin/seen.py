"""The nets that a generator has seen: what it draws of them is no discovery."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from attrs import frozen

DIGEST_SIZE = 8
"""Bytes; among a million nets, two share a digest with a chance of one in forty million."""


def digest_of(key: str) -> bytes:
    """What stands for the exact key of a net where many are kept."""
    return hashlib.blake2b(key.encode(), digest_size=DIGEST_SIZE).digest()


def digests_of(keys: Iterable[str]) -> frozenset[bytes]:
    """The same of many."""
    return frozenset(map(digest_of, keys))


@frozen(kw_only=True)
class Seen:
    """Nets by their digests, see :func:`digest_of`.

    Args:
        training: that its weights learned from; None where nobody noted them, empty where it learns nothing.
        trained_on: what these are called, such as ``"standard"``.
        known: of the data sets that it starts from or draws.
        sources: what these data sets are called.
    """

    training: frozenset[bytes] | None = frozenset()
    trained_on: str = ""
    known: frozenset[bytes] = frozenset()
    sources: tuple[str, ...] = ()
