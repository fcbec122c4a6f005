"""Read-only arrays for frozen records: attrs converters that copy, so that no caller can change a record."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def _read_only(value: ArrayLike, dtype: type) -> NDArray[Any]:
    array: NDArray[Any] = np.array(value, dtype=dtype, order="C")
    array.setflags(write=False)
    return array


def float32_array(value: ArrayLike) -> NDArray[np.float32]:
    """A read-only, C-contiguous float32 copy."""
    return _read_only(value, np.float32)


def float64_array(value: ArrayLike) -> NDArray[np.float64]:
    """A read-only, C-contiguous float64 copy."""
    return _read_only(value, np.float64)


def int64_array(value: ArrayLike) -> NDArray[np.int64]:
    """A read-only, C-contiguous int64 copy."""
    return _read_only(value, np.int64)
