"""The framework types of the IZA Structure Commission, as the PyPI package ``zeose`` carries them.

The data are not copied into zeo. Cite: Ch. Baerlocher, L. B. McCusker, Database of Zeolite Structures,
IZA Structure Commission. They are idealised SiO2 models from distance least squares (DLS-76). Of the 253
types, 16 are interrupted frameworks, whose Si:O is not 1:2.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from zeo.crystal.structure import Structure
from zeo.errors import InputError, ZeoError

CITATION = "Ch. Baerlocher, L. B. McCusker, Database of Zeolite Structures, IZA Structure Commission"


def database_path() -> Path:
    """Where the installed ``zeose`` keeps its frameworks.

    Raises:
        ZeoError: the package is not installed.
    """
    spec = importlib.util.find_spec("zse")  # finds the package without importing it: it pulls in jupyter
    for folder in spec.submodule_search_locations or [] if spec else []:
        path = Path(folder) / "collections" / "frameworks.db"
        if path.is_file():
            return path
    raise ZeoError("the IZA frameworks are not installed; run: pip install --no-deps zeose")


def iza_codes() -> list[str]:
    """The three-letter codes, sorted.

    Raises:
        ZeoError: the package is not installed.
    """
    return sorted(row.fw for row in _database().select(include_data=False))


def iza_structure(code: str) -> Structure:
    """One framework type, in the cell that the database stores.

    Raises:
        ZeoError: the package is not installed.
        InputError: no such code.
    """
    try:
        return Structure.from_ase(_database().get(fw=code).toatoms())
    except KeyError as error:
        raise InputError(f"no IZA framework type {code!r}") from error


def _database() -> Any:
    from ase.db import connect

    return connect(database_path(), type="db")  # type: ignore[no-untyped-call]
