"""A page as one HTML file: template, style, scripts, data and the viewer of atoms, nothing of it fetched."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from functools import cache
from importlib.resources import files

from zeo.page.contents import Contents
from zeo.page.packing import packed, packed_json

SCRIPTS = (
    "basics",
    "crystal",
    "pores",
    "scene",
    "plot",
    "table",
    "effort",
    "cards",
    "isotherm",
    "detail",
    "main",
)
"""In this order they are one script."""

VIEWER = "3Dmol-min.js"

_SHADED = "max( dotProduct, 0.0 )"
"""How much light a surface gets, in each of the viewer's shaders."""

_SHADERS = 6


def page_of(contents: Contents) -> str:
    """The file; the same for the same contents, whenever it is written."""
    script, viewer = _script(), _viewer()
    parts = {
        "title": html.escape(contents.title),
        "scripts": f"'{_hash_of(script)}' '{_hash_of(viewer)}'",
        "style": _text("page.css"),
        "script": script,
        "viewer": packed(viewer.encode()),
        "data": packed_json(contents.data),
        "texts": packed_json(contents.texts),
        "spaces": json.dumps(contents.spaces, separators=(",", ":")),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _text("page.html"))


def _hash_of(script: str) -> str:
    """By which the page says that this script may run, and no other."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


def _script() -> str:
    parts = "\n".join(_text(f"{name}.js") for name in SCRIPTS)
    return f'"use strict";\n(async () => {{\n{parts}\n}})();\n'


@cache
def _viewer() -> str:
    """3Dmol with some light in its shadows, which are black otherwise."""
    viewer = files("zeo.page").joinpath("viewer", VIEWER).read_text(encoding="utf-8")
    if viewer.count(_SHADED) != _SHADERS:
        raise AssertionError("another version of 3Dmol: look at its shaders anew")
    for light in (_SHADED, _SHADED.replace("dot", "-dot")):
        viewer = viewer.replace(light, f"0.4 + 0.6 * {light}")
    return viewer


@cache
def _text(name: str) -> str:
    return files("zeo.page").joinpath("template", name).read_text(encoding="utf-8")
