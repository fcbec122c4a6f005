"""Compiled functions whose machine code is kept between commands where there is a place for it."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import numba


def njit(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """``numba.njit`` with a cache, or without where none can be written.

    Numba keeps machine code beside the source, in the user's cache or in ``NUMBA_CACHE_DIR``, and raises when
    all are read-only, as in a container that runs as an unknown user.
    """

    def compiled(function: Callable[..., Any]) -> Any:
        try:
            return numba.njit(cache=True, **options)(function)
        except RuntimeError:
            _warn_once()
            return numba.njit(**options)(function)

    return compiled


@functools.cache
def _warn_once() -> None:
    print(
        "Warning: there is no folder to keep compiled code in, so every command compiles it again;"
        " set NUMBA_CACHE_DIR to a folder that can be written",
        file=sys.stderr,
    )
