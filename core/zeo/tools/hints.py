"""What to say about a misspelt name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like ``name``; None when none is."""
    return next(iter(difflib.get_close_matches(name, known, n=1)), None)


def closest(name: str, known: Iterable[str]) -> str:
    """The nearest known name as a question, or all of them."""
    known = sorted(known)
    near = nearest(name, known)
    return f"did you mean {near!r}?" if near else f"there are: {', '.join(known)}"
