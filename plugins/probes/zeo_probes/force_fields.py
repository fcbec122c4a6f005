"""Force fields of gases: a TOML file that a user can copy and change (``data/force_fields.toml``)."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from zeo.errors import ConfigError

PACKAGED = Path(__file__).parent / "data" / "force_fields.toml"

LIMITS = {"epsilon": 10_000.0, "sigma": 10.0, "cutoff": 50.0}
"""Kelvin, angstrom, angstrom. No sensible parameter is larger; within them energies fit into float32."""


@frozen
class Pair:
    """Lennard-Jones parameters: epsilon over Boltzmann's constant in kelvin, sigma in angstrom."""

    epsilon: float
    sigma: float

    def mixed_with(self, other: Pair) -> Pair:
        """The Lorentz-Berthelot rule."""
        return Pair(math.sqrt(self.epsilon * other.epsilon), (self.sigma + other.sigma) / 2)


@frozen
class GasModel:
    """A spherical gas molecule in a framework.

    Args:
        pairs: parameters with each element of a framework; None for elements that do not interact.
        cutoff: angstrom.
    """

    pairs: Mapping[str, Pair | None]
    cutoff: float


def load_gas(gas: str, path: Path | None = None) -> GasModel:
    """The parameters of a gas.

    Args:
        gas: its name in the file.
        path: a force-field file; the packaged one when None.

    Raises:
        ConfigError: a file that cannot be read, or a gas that is missing or malformed.
    """
    path = path or PACKAGED
    document = _read(path)
    try:
        gases = _table(document, "gases")
        if gas not in gases:
            raise _MalformedError(f"no gas {gas!r}; it has {', '.join(sorted(gases)) or 'none'}")
        return _gas_model(_table(gases, gas), document)
    except _MalformedError as error:
        raise ConfigError(f"force field {path}, gas {gas}: {error}") from error


class _MalformedError(Exception):
    """What is wrong with a force-field file."""


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"force field {path} cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"force field {path} is not valid TOML: {error}") from error


def _gas_model(gas: Mapping[str, Any], document: Mapping[str, Any]) -> GasModel:
    pairs: dict[str, Pair | None] = {}
    if "framework" in gas:
        own = _pair(gas)
        framework = _table(_table(document, "frameworks"), str(gas["framework"]))
        sites = _table(framework, "sites")
        pairs.update({element: own.mixed_with(_pair(_table(sites, element))) for element in sites})
    if "pairs" in gas:
        table = _table(gas, "pairs")
        pairs.update({element: _pair(_table(table, element)) for element in table})
    if not pairs:
        raise _MalformedError("give either pairs, or epsilon, sigma and a framework")
    ignores = gas.get("ignores", [])
    if not isinstance(ignores, list) or not all(isinstance(element, str) for element in ignores):
        raise _MalformedError(f"ignores is a list of elements, not {ignores!r}")
    return GasModel({**pairs, **dict.fromkeys(ignores)}, _positive(gas, "cutoff"))


def _table(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = parent.get(name)
    if not isinstance(value, dict):
        raise _MalformedError(
            f"the table {name!r} is missing" if value is None else f"{name!r} is not a table"
        )
    return value


def _pair(table: Mapping[str, Any]) -> Pair:
    return Pair(_positive(table, "epsilon"), _positive(table, "sigma"))


def _positive(table: Mapping[str, Any], name: str) -> float:
    value = table.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LIMITS[name]:
        raise _MalformedError(f"{name} is a number above 0 and up to {LIMITS[name]:g}, not {value!r}")
    return float(value)
