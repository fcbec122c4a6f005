"""What is not the same in two nested mappings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def differences(old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = "") -> list[str]:
    """The keys in which two mappings differ, with both values: ``"options.dataset.noise (0.1 -> 0.2)"``."""
    found = []
    for key in sorted({*old, *new}):
        before, after = old.get(key), new.get(key)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            found += differences(before, after, f"{prefix}{key}.")
        elif before != after:
            found.append(f"{prefix}{key} ({before!r} -> {after!r})")
    return found


FEW, SHORT = 3, 60
"""Differences that are named, and characters that they may have."""


def in_short(changes: Sequence[str]) -> str:
    """A few of the differences, those of the fewest levels first, and how many more there are."""
    upper_first = sorted(changes, key=lambda change: change.partition(" ")[0].count("."))
    named = [change for change in upper_first if len(change) <= SHORT][:FEW]
    more = len(changes) - len(named)
    if not named:
        return f"{more} of its choices are others"
    return "; ".join(named) + (f" and {more} more" if more else "")
