"""Numbers with the words that go with them."""

from __future__ import annotations

from collections.abc import Mapping


def counted(number: int, noun: str) -> str:
    """``1 framework``, ``1,204 frameworks``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def counts_in_words(counts: Mapping[str, int]) -> str:
    """``12 too large, 3 no orthogonal cell``: the commonest first."""
    commonest = sorted(counts.items(), key=lambda item: -item[1])
    return ", ".join(f"{count:,} {what}" for what, count in commonest)
