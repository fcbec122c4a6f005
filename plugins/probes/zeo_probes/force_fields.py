"""Force fields of gases: a TOML file that a user can copy and change (``data/force_fields.toml``)."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from attrs import frozen

from zeo.errors import ConfigError, ZeoError
from zeo.tools.files import read_whole

LARGEST_FILE = 1_000_000
"""Bytes."""

_Table = Mapping[str, Any]
Model = TypeVar("Model")

PACKAGED = Path(__file__).parent / "data" / "force_fields.toml"

LIMITS = {
    "epsilon": 10_000.0,
    "sigma": 10.0,
    "cutoff": 50.0,
    "mass": 1_000.0,
    "critical_temperature": 10_000.0,
    "critical_pressure": 1e9,
}
"""Kelvin, angstrom, angstrom, g/mol, kelvin, pascal. No sensible parameter is larger; within them energies
fit into float32."""

LARGEST = 10.0
"""Of a charge in elementary charges, or a site's distance from the centre of its molecule in angstrom."""


@frozen
class Pair:
    """Lennard-Jones parameters: epsilon over Boltzmann's constant in kelvin, sigma in angstrom."""

    epsilon: float
    sigma: float

    def mixed_with(self, other: Pair) -> Pair:
        """The Lorentz-Berthelot rule."""
        return Pair(math.sqrt(self.epsilon * other.epsilon), (self.sigma + other.sigma) / 2)


Pairs = Mapping[str, Pair | None]
"""Parameters with each element of a framework; None for elements that do not interact, and for T atoms."""

T_ATOMS = "T"
"""Among the elements that do not interact: the T atoms of a framework, of whatever element."""


@frozen
class SphereModel:
    """A molecule that is one Lennard-Jones sphere. The cutoff is in angstrom, the mass, where it is known, in
    g/mol.
    """

    pairs: Pairs
    cutoff: float
    mass: float | None = None


@frozen
class RodSite:
    """A site of a rigid linear molecule: angstrom from its centre, elementary charges.

    ``own`` is the pair with a site of its kind; None where it has no Lennard-Jones part.
    """

    position: float
    charge: float
    pairs: Pairs
    own: Pair | None = None


@frozen
class RodModel:
    """A rigid linear molecule of charged Lennard-Jones sites, symmetric about its centre.

    Args:
        sites: of the molecule.
        framework_charges: of each element, elementary charges.
        cutoff: of the Lennard-Jones pairs, angstrom.
    """

    sites: tuple[RodSite, ...]
    framework_charges: Mapping[str, float]
    cutoff: float

    @property
    def elements(self) -> set[str]:
        """Those with a charge and with parameters for every site."""
        return {
            element
            for element in self.framework_charges
            if all(element in site.pairs or T_ATOMS in site.pairs for site in self.sites)
        }


@frozen
class FluidModel:
    """A gas by itself: the pair of two molecules, and its critical point.

    Args:
        pair: of two molecules of one site; None for linear ones, whose sites have pairs of their own.
        critical_temperature: K.
        critical_pressure: Pa.
        acentric_factor: of Pitzer.
    """

    pair: Pair | None
    critical_temperature: float
    critical_pressure: float
    acentric_factor: float


def load_fluid(gas: str, path: Path | None = None) -> FluidModel:
    """What a force field says of the gas itself.

    Args:
        gas: its name in the file.
        path: a force-field file; the packaged one when None.

    Raises:
        ConfigError: a file that cannot be read, or a gas that is missing, malformed, or has no such part.
    """
    return _load(gas, path, _fluid)


def load_sphere(gas: str, path: Path | None = None) -> SphereModel:
    """The parameters of a gas of spheres.

    Args:
        gas: its name in the file.
        path: a force-field file; the packaged one when None.

    Raises:
        ConfigError: a file that cannot be read, or a gas that is missing or malformed.
    """
    return _load(gas, path, _sphere)


def inverse_mass(gas: str, path: Path | None = None) -> float:
    """Of a sphere that moves by quantum mechanics, mol/g.

    Raises:
        ConfigError: as for :func:`load_sphere`, or a gas without a mass.
    """
    mass = load_sphere(gas, path).mass
    if mass is None:
        raise ConfigError(f"force field {path or PACKAGED}, gas {gas}: quantum effects need its mass (g/mol)")
    return 1.0 / mass


def load_rod(gas: str, path: Path | None = None) -> RodModel:
    """The parameters of a gas of rods.

    Args:
        gas: its name in the file.
        path: a force-field file; the packaged one when None.

    Raises:
        ConfigError: a file that cannot be read, or a gas that is missing or malformed.
    """
    return _load(gas, path, _rod)


def citation(gas: str, path: Path | None = None) -> str:
    """What a force field says of its own sources, and the file where it is not the packaged one; one line.

    Raises:
        ConfigError: as for :func:`load_sphere`.
    """
    sources = _load(gas, path, _citations)
    return "; ".join(dict.fromkeys([*([f"file {path.name}"] if path else []), *sources]))


def _load(gas: str, path: Path | None, build: Callable[[_Table, _Table], Model]) -> Model:
    path = path or PACKAGED
    document = _read(path)
    try:
        gases = _table(document, "gases")
        if gas not in gases:
            raise _MalformedError(f"no gas {gas!r}; it has {', '.join(sorted(gases)) or 'none'}")
        return build(_table(gases, gas), document)
    except _MalformedError as error:
        raise ConfigError(f"force field {path}, gas {gas}: {error}") from error


class _MalformedError(Exception):
    """What is wrong with a force-field file."""


def _read(path: Path) -> _Table:
    try:
        return _parsed(read_whole(path, LARGEST_FILE))
    except ZeoError as error:
        raise ConfigError(f"force field: {error}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"force field {path} is not valid TOML: {error}") from error


@lru_cache(maxsize=4)
def _parsed(content: bytes) -> _Table:
    return tomllib.loads(content.decode())


def _sphere(gas: _Table, document: _Table) -> SphereModel:
    mass = _positive(gas, "mass") if "mass" in gas else None
    return SphereModel(_pairs(gas, document), _positive(gas, "cutoff"), mass)


def _fluid(gas: _Table, document: _Table) -> FluidModel:  # noqa: ARG001
    if "fluid" not in gas:
        raise _MalformedError(
            "nothing on its molecules with each other: adsorption at pressure needs [gases.NAME.fluid]"
        )
    fluid = _table(gas, "fluid")
    return FluidModel(
        _pair(fluid) if "epsilon" in fluid else None,
        _positive(fluid, "critical_temperature"),
        _positive(fluid, "critical_pressure"),
        _number(fluid, "acentric_factor"),
    )


def _citations(gas: _Table, document: _Table) -> list[str]:
    """Those of the gas in a framework, of the framework's own sites, and of the gas by itself."""
    framework = document.get("frameworks", {}).get(str(gas.get("framework")), {})
    tables = (gas, framework, gas.get("fluid", {}))
    return [str(table["citation"]) for table in tables if isinstance(table, dict) and "citation" in table]


def _rod(gas: _Table, document: _Table) -> RodModel:
    charges = _table(gas, "framework_charges")
    tables = gas.get("sites")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise _MalformedError("the sites of a linear molecule are written as [[gases.NAME.sites]] tables")
    sites = tuple(
        RodSite(
            _number(table, "position"),
            _number(table, "charge"),
            _pairs(table, document),
            _pair(_table(table, "self")) if "self" in table else None,
        )
        for table in tables
    )
    if sorted((-site.position, site.charge) for site in sites) != sorted(
        (site.position, site.charge) for site in sites
    ):
        raise _MalformedError("the sites are not symmetric about position 0")
    return RodModel(
        sites, {element: _number(charges, element) for element in charges}, _positive(gas, "cutoff")
    )


def _pairs(gas: _Table, document: _Table) -> Pairs:
    """The pairs of a site with the framework's elements."""
    pairs: dict[str, Pair | None] = {}
    if "framework" in gas:
        own = _pair(gas)
        framework = _table(_table(document, "frameworks"), str(gas["framework"]))
        sites = _table(framework, "sites")
        pairs.update({element: own.mixed_with(_pair(_table(sites, element))) for element in sites})
    if "pairs" in gas:
        table = _table(gas, "pairs")
        pairs.update({element: _pair(_table(table, element)) for element in table})
    ignores = gas.get("ignores", [])
    if not isinstance(ignores, list) or not all(isinstance(element, str) for element in ignores):
        raise _MalformedError(f"ignores is a list of elements, not {ignores!r}")
    if not pairs and not ignores:
        raise _MalformedError("give pairs, or epsilon, sigma and a framework, or ignores")
    return {**pairs, **dict.fromkeys(ignores)}


def _table(parent: _Table, name: str) -> _Table:
    value = parent.get(name)
    if not isinstance(value, dict):
        raise _MalformedError(
            f"the table {name!r} is missing" if value is None else f"{name!r} is not a table"
        )
    return value


def _pair(table: _Table) -> Pair:
    return Pair(_positive(table, "epsilon"), _positive(table, "sigma"))


def _positive(table: _Table, name: str) -> float:
    value = table.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LIMITS[name]:
        raise _MalformedError(f"{name} is a number above 0 and up to {LIMITS[name]:g}, not {value!r}")
    return float(value)


def _number(table: _Table, name: str) -> float:
    value = table.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        raise _MalformedError(f"{name} is a number between -{LARGEST:g} and {LARGEST:g}, not {value!r}")
    return float(value)
