"""Computing on one thread, so that results do not depend on how work is shared out."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Variables by which the user may say otherwise; then all processes use as many threads."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Libraries that are loaded already compute on one thread meanwhile.

    Sums of floating-point numbers depend on how many threads share them: a network gives other last digits on
    two threads than on one.
    """
    if any(name in os.environ for name in THREAD_LIMITS):
        yield
        return
    with one_thread_in_any_case():
        yield


@contextmanager
def one_thread_in_any_case() -> Iterator[None]:
    """The same, whatever the user said."""
    from threadpoolctl import threadpool_limits

    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch is not None else None
    with threadpool_limits(1):
        if torch is not None:
            torch.set_num_threads(1)
        try:
            yield
        finally:
            if torch is not None:
                torch.set_num_threads(before)


@contextmanager
def one_thread_for_children() -> Iterator[None]:
    """Processes started meanwhile compute on one thread each, unless the user said otherwise."""
    missing = [name for name in THREAD_LIMITS if name not in os.environ]
    os.environ.update(dict.fromkeys(missing, "1"))
    try:
        yield
    finally:
        for name in missing:
            del os.environ[name]
