"""What plugins say, as JSON holds it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def plain_json(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of a plugin as JSON holds them: numpy's numbers and arrays become Python's, tuples become lists.

    Raises:
        TypeError, ValueError: something that JSON cannot hold, NaN included.
    """
    plain: dict[str, Any] = json.loads(json.dumps(dict(facts), default=_from_numpy, allow_nan=False))
    return plain


def _from_numpy(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not JSON")
