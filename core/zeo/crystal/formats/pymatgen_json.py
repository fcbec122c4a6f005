"""Structures as pymatgen writes them in JSON: numbers and elements are taken from it and nothing else.

pymatgen itself would import whatever modules the file names. Source of the fields: ``Structure.as_dict`` and
``Lattice.as_dict`` of pymatgen (S. P. Ong et al., Comput. Mater. Sci. 68 (2013) 314).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from zeo.crystal.formats.lines import shortened
from zeo.crystal.formats.sites import Sites
from zeo.errors import InputError

CLASSES = ("Structure", "IStructure")


def read_pymatgen_json(text: str) -> list[Sites]:
    """The structure of a JSON file of pymatgen's.

    Raises:
        InputError: another kind of JSON, damaged fields, or sites that are not whole atoms of known elements.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError("not valid JSON") from error
    if not isinstance(data, dict) or data.get("@class") not in CLASSES:
        raise InputError("not a structure of pymatgen's, the only kind that zeo reads from .json")
    lattice = _array(_field(data, "lattice", Mapping, "the structure"), "matrix", (3, 3))
    sites = _field(data, "sites", list, "the structure")
    species, coords = [], []
    for number, site in enumerate(sites, start=1):
        name = f"site {number}"
        if not isinstance(site, dict):
            raise InputError(f"{name}: no site")
        species.append(_element(site, name))
        coords.append(_array(site, "abc", (3,), name))
    return [Sites(lattice, species, np.array(coords).reshape(-1, 3))]


def _element(site: Mapping[str, Any], name: str) -> str:
    import gemmi

    species = _field(site, "species", list, name)
    if len(species) != 1 or not isinstance(species[0], dict):
        raise InputError(f"{name}: {len(species)} elements; zeo needs an ordered structure")
    occupancy, symbol = species[0].get("occu"), species[0].get("element")
    if isinstance(occupancy, bool) or not isinstance(occupancy, (int, float)):
        raise InputError(f"{name}: no occupancy")
    if not abs(occupancy - 1.0) < 0.01:
        raise InputError(f"{name}: occupancy {occupancy:g}; zeo needs fully occupied sites")
    if not isinstance(symbol, str) or gemmi.Element(symbol).name != symbol or symbol == "X":
        raise InputError(f"{name}: unknown element {shortened(str(symbol))}")
    return symbol


def _field(data: Mapping[str, Any], key: str, kind: Any, name: str) -> Any:
    if not isinstance(data.get(key), kind):
        raise InputError(f"{name}: no {key}")
    return data[key]


def _array(data: Mapping[str, Any], key: str, shape: tuple[int, ...], name: str = "lattice") -> Any:
    """Numbers under a key.

    Raises:
        InputError: missing, of another shape, or no finite numbers.
    """
    try:
        values = np.array(data.get(key), dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{name}: {key} are not numbers") from error
    if values.shape != shape or not np.isfinite(values).all():
        raise InputError(f"{name}: {key} are not {' x '.join(map(str, shape))} numbers")
    return values
