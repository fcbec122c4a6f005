"""Numbers with the words that go with them."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """``1 framework``, ``1,204 frameworks``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
