"""What is in a page of results."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from zeo.page.packing import HOLE
from zeo.page.pore_grid import POINTS


def inflated(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text), -15)


def part(page: str, name: str) -> str:
    found = re.search(rf'<script [^>]*id="{name}">(.*?)</script>', page, re.DOTALL)
    assert found, name
    return found[1]


def data_in(page: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(inflated(part(page.read_text(), "data")))
    return data


def details_in(page: Path) -> list[tuple[dict[str, Any], str, np.ndarray | None]]:
    """Facts, CIF and steps of the energy grid of each framework that has details."""
    text = page.read_text()
    found = []
    texts, spaces = json.loads(inflated(part(text, "texts"))), json.loads(part(text, "spaces"))
    for (facts, cif), (coordinates, pores) in zip(texts, spaces, strict=True):
        digits = iter(re.findall(r"\d{8}", inflated(coordinates).decode()))
        grid = None if pores is None else np.frombuffer(inflated(pores["steps"]), dtype=np.uint8)
        whole = re.sub(HOLE, lambda _, digits=digits: f"0.{next(digits)}", cif)
        found.append((facts, whole, None if grid is None else grid.reshape((POINTS,) * 3)))
    return found
