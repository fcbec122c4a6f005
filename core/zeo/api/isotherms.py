"""Adsorption isotherms: ``zeo.isotherm`` and what it returns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from zeo.api import arguments
from zeo.api.arguments import Options
from zeo.api.executors import HERE, Engine, engine
from zeo.api.results import Result, Results, Row, Stream, each, gathered, shared_out
from zeo.api.structures import Structural, named_structures
from zeo.crystal.structure import Structure
from zeo.errors import ConfigError
from zeo.plugin.isotherm import Isotherm, IsothermPoint
from zeo.plugin.registry import installed_plugins
from zeo.plugin.use import refuse_idle_options
from zeo.running.config import merge_options
from zeo.wishes.expressions import NUMBER
from zeo.wishes.units import factor

if TYPE_CHECKING:
    import pandas as pd

BAR = 1e5
"""Pa; pressures are shown in it."""

POINTS = 13
"""Of an isotherm between two pressures, evenly in their logarithm."""

COLUMNS = (
    "structure",
    "pressure [bar]",
    "fugacity [bar]",
    "loading [mol/kg]",
    "loading_error [mol/kg]",
    "excess [mol/kg]",
    "heat [kJ/mol]",
    "heat_error [kJ/mol]",
)


@frozen(kw_only=True)
class Adsorption(Result):
    """The isotherm of a gas in a structure.

    Args:
        source: the structure's path, code or number.
        isotherm: what was computed.
    """

    source: str
    isotherm: Isotherm = field(repr=False)

    def row(self) -> Row:
        """The last point."""
        return self.rows()[-1]

    def rows(self) -> list[Row]:
        return [
            dict(zip(COLUMNS, (self.source, *_values(point)), strict=True)) for point in self.isotherm.points
        ]

    def table(self) -> pd.DataFrame:
        """A row for each pressure."""
        from zeo.api.results import data_frame

        return data_frame(COLUMNS, self.rows())

    def aif(self) -> str:
        """The isotherm as an adsorption information file (AIF: Evans et al., Langmuir 2021, 37, 4222)."""
        from zeo.data.looking.aif import aif_text

        return aif_text(self.source, self.isotherm)


def isotherm(
    x: Structural,
    gas: str = "methane",
    pressures: str | float | Sequence[float] = "0.1..100 bar",
    temperature: float = 298.0,
    options: Options | None = None,
    executor: str | Executor | None = None,
) -> Adsorption | Results[Adsorption]:
    """The adsorption isotherm of a pure gas: ``zeo isotherm``.

        zeo.isotherm("MFI", "methane", "0.1..100 bar").table()

    Args:
        x: a path, a folder, an IZA code, a Structure, ASE Atoms, a pymatgen Structure or several of these.
        gas: for which an installed probe has isotherms.
        pressures: a range, of which points even in their logarithm are taken (``"0.1..100 bar"``), a list
            (``"1, 5.8, 65 bar"``), or one number or several in bar.
        temperature: K.
        options: of the probe, by probe and name.
        executor: that does the work; see :func:`zeo.api.executors.engine`. None for this process.

    Returns:
        One result for one structure, a sequence of them for several.

    Raises:
        ZeoError: no such gas, pressures that are none, or the one structure cannot be used.
    """
    measurement = IsothermMeasurement(gas, pressures, temperature, options)
    with engine(executor, 1) as what:
        return gathered(x, measurement.of(x, what), COLUMNS)


class IsothermMeasurement:
    """A gas, pressures and a temperature, ready for structures.

    Args:
        gas: as for :func:`isotherm`, like the others.
        pressures: of the points.
        temperature: K.
        options: of the probe.

    Raises:
        ZeoError: as for :func:`isotherm`.
    """

    def __init__(
        self,
        gas: str,
        pressures: str | float | Sequence[float],
        temperature: float,
        options: Options | None = None,
    ) -> None:
        self._given = (gas, pressures, temperature, options)
        self.pressures = pascals(pressures)
        name = _probe_of(arguments.text(gas, "gas"))
        chosen = arguments.options_by_plugin(options)
        plugins = installed_plugins().configured(merge_options({name: {"temperature": temperature}}, chosen))
        refuse_idle_options(chosen, [("probe", name)], plugins, "an isotherm")
        self._probe = plugins.create("probe", name)

    def of(self, x: Structural, what: Engine = HERE) -> Stream[Adsorption]:
        """The isotherms of one structure after another, by whatever does the work."""
        if what == HERE:
            return each(x, self.measured)
        return shared_out(named_structures(x), _measuring, self._given, what)

    def measured(self, name: str, structure: Structure) -> Adsorption:
        return Adsorption(source=name, isotherm=self._probe.isotherm(structure, self.pressures))


def _measuring(*given: Any) -> Callable[[str, Structure], Adsorption]:
    return IsothermMeasurement(*given).measured


def pascals(pressures: str | float | Sequence[float]) -> list[float]:
    """Pressures as the user gives them, in Pa and rising.

    Raises:
        ConfigError: none, one that is no positive number, not rising, or a unit that is none of pressure.
    """
    if not isinstance(pressures, str):
        several = pressures if isinstance(pressures, Iterable) else [pressures]
        numbers, unit = [_number(each) for each in several], "bar"
    else:
        text, unit = _with_unit(pressures)
        if ".." in text:
            low, high = _pair(text)
            numbers = [low * (high / low) ** (step / (POINTS - 1)) for step in range(POINTS)]
        else:
            numbers = [_number(each.strip()) for each in text.split(",")]
    if not numbers or any(later <= earlier for earlier, later in pairwise(numbers)):
        raise ConfigError(f"pressures: give rising ones, such as 1, 5.8, 65 bar, not {pressures!r}")
    scale = factor(unit, "Pa", "a pressure")
    return [number * scale for number in numbers]


def plot_isotherms(found: Sequence[Adsorption], form: str = "png") -> bytes:
    """Isotherms in one picture: ``zeo isotherm --plot``.

    Args:
        found: one at least, of one gas at one temperature.
        form: ``"png"``, ``"pdf"`` or ``"svg"``.

    Returns:
        The picture, for a file or for ``IPython.display.Image``.

    Raises:
        ConfigError: another form.
    """
    from zeo.data.looking.isotherms import draw

    arguments.choice(form, "form", arguments.PICTURES)
    return draw([(each.source, each.isotherm) for each in found], form)


def _probe_of(gas: str) -> str:
    """The probe that has isotherms of a gas.

    Raises:
        ConfigError: there is none.
    """
    plugins = installed_plugins()
    able = {
        entry.spec.subject or entry.spec.name: entry
        for entry in plugins.entries("probe")
        if entry.spec.isotherms
    }
    if gas not in able:
        raise ConfigError(
            f"there are no isotherms of {gas!r}; there are of {', '.join(sorted(able)) or 'no gas'}"
        )
    return plugins.shown_name(able[gas])


_NUMBERS_AND_UNIT = re.compile(rf"([\d\s.,eE+-]*{NUMBER})\s*((?:(?!\.\.)[^,])*)")
"""Such as ``1, 5.8, 65 bar`` or ``0.1..100 N/m2``: one unit, behind all numbers."""


def _with_unit(pressures: str) -> tuple[str, str]:
    """Numbers and the unit behind them; bar where there is none.

    Raises:
        ConfigError: there is no number.
    """
    if not any(map(str.isdigit, pressures)):
        raise ConfigError(f"pressures: {pressures!r} has no number; write 1, 5.8, 65 bar or 0.1..100 bar")
    found = _NUMBERS_AND_UNIT.fullmatch(pressures)
    numbers, unit = found.groups() if found else (pressures, "")
    return numbers, unit.strip() or "bar"


def _pair(text: str) -> tuple[float, float]:
    ends = text.split("..")
    if len(ends) != 2:
        raise ConfigError(f"pressures: write a range as 0.1..100 bar, not {text!r}")
    low, high = map(_number, ends)
    if low >= high:
        raise ConfigError(f"pressures: {low:g} is not below {high:g}")
    return low, high


def _number(value: object) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ConfigError(
            f"pressures: {value!r} is no number; write 1, 5.8, 65 bar or 0.1..100 bar, the unit at the end"
        ) from None
    if not 0 < number < 1e12:
        raise ConfigError(f"pressures have to be positive and finite, not {value}")
    return number


def _values(point: IsothermPoint) -> tuple[float | None, ...]:
    return (
        point.pressure / BAR,
        point.fugacity / BAR,
        point.loading,
        point.loading_error,
        point.excess,
        point.heat,
        point.heat_error,
    )
