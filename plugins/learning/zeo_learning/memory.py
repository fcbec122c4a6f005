"""Batches that do not fit into memory: refused before they are made, or when the allocator says so."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from zeo.errors import ConfigError


def require_memory(example: Mapping[str, Any], batch: int) -> None:
    """Refuse a batch that this machine cannot hold, let alone learn from.

    Args:
        example: one of them, arrays or tensors.
        batch: examples in a step.

    Raises:
        ConfigError: it is larger than the memory.
    """
    needed = batch * sum(part.nbytes for part in example.values())
    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else needed
    if needed > there:
        raise ConfigError(
            f"batch={batch}: a batch of so many examples takes {needed / 1e9:,.0f} GB of memory, and this"
            f" machine has {there / 1e9:,.0f}: choose a smaller one"
        )


@contextmanager
def refusing_large_batches(batch: int, out: Path) -> Iterator[None]:
    """Around the steps of a training.

    Args:
        batch: examples in a step.
        out: folder of the training.

    Raises:
        ConfigError: there is not enough memory.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise ConfigError(
            f"out of memory with batch={batch}: choose a smaller one (and another folder, or an earlier state"
            f" goes on with its own); {out} is as it was last saved"
        ) from error


def is_out_of_memory(error: Exception) -> bool:
    """Whether numpy's allocator or one of torch's gave up; that of the CPU has no exception of its own."""
    kinds = (MemoryError, torch.OutOfMemoryError)
    return (
        isinstance(error, kinds) or "can't allocate memory" in str(error) or "not enough memory" in str(error)
    )
