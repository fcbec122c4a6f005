"""Data as text in HTML: deflated, then base64, as ``DecompressionStream("deflate-raw")`` reads it."""

from __future__ import annotations

import base64
import json
import math
import re
import zlib
from typing import Any

DIGITS = 7
"""Of the numbers on the page; records have more."""

RAW = -15
"""Deflate without a header, in the largest window."""

COORDINATE = re.compile(r"(?<= )0\.(\d{8})(?= )")
"""As CIFs of zeo have them."""

HOLE = "\0"
"""Stands for a coordinate; no text file holds it."""


def packed(data: bytes) -> str:
    """The same text for the same bytes."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, RAW)
    return base64.b64encode(deflate.compress(data) + deflate.flush()).decode()


def packed_json(data: Any) -> str:
    """Of what JSON can hold."""
    return packed(json.dumps(data, allow_nan=False, separators=(",", ":"), ensure_ascii=False).encode())


def rounded(value: Any) -> float | int | None:
    """A number with :data:`DIGITS` digits; None for what is undefined."""
    if value is None or not math.isfinite(value):
        return None
    short = float(f"{value:.{DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 10**DIGITS else short


def without_coordinates(text: str) -> tuple[str, str]:
    """A CIF with a :data:`HOLE` for each coordinate, and the digits of these behind the point, eight each.

    The digits are noise and compress best by themselves; the rest is nearly the same in all CIFs of a page.

    Raises:
        ValueError: the text holds zero bytes, and is no CIF.
    """
    if HOLE in text:
        raise ValueError("a zero byte in it")
    digits: list[str] = []

    def cut(match: re.Match[str]) -> str:
        digits.append(match[1])
        return HOLE

    return COORDINATE.sub(cut, text), "".join(digits)
