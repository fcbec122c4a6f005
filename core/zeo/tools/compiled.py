"""Compiled functions whose machine code is kept between commands where there is a place for it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numba
from numba.core import event

from zeo.tools.printing import print_line
from zeo.tools.progress import COMPILING, doing


class _Told(event.Listener):
    """Tells the user when something is really compiled, which takes long, and not loaded."""

    def on_start(self, event: event.Event) -> None:  # noqa: ARG002
        doing(COMPILING)

    def on_end(self, event: event.Event) -> None:
        pass


event.register("numba:compile", _Told())  # type: ignore[no-untyped-call]


def njit(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """``numba.njit`` with a cache, or without where none can be written.

    Numba keeps machine code beside the source, in the user's cache or in ``NUMBA_CACHE_DIR``, and raises when
    all are read-only, as in a container that runs as an unknown user.

    Results must not depend on what was compiled just now and what before. Fast math endangers that, because
    the optimiser uses its freedom anew in every function that calls one with fast math, and which of the two
    machine codes runs depends on which was loaded first. Hence functions with fast math are inlined where
    compiled code calls them; a function that calls one needs ``forceinline=True`` if compiled code calls it.
    And options that are not given are off, rather than those of the caller that was compiled first.

    Args:
        options: of ``numba.njit``.
    """
    fast = bool(options.get("fastmath"))
    options = {"fastmath": False, "error_model": "python", "forceinline": fast, **options}

    def compiled(function: Callable[..., Any]) -> Any:
        try:
            return numba.njit(cache=True, **options)(function)
        except RuntimeError:
            _warn_once()
            return numba.njit(**options)(function)

    return compiled


@functools.cache
def _warn_once() -> None:
    print_line(
        "Warning: there is no folder to keep compiled code in, so every command compiles it again;"
        " set NUMBA_CACHE_DIR to a folder that can be written",
        err=True,
    )
