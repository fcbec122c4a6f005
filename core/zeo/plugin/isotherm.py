"""Adsorption isotherms, as probes of adsorption at pressure return them."""

from __future__ import annotations

from attrs import frozen

UNITS = {
    "temperature": "K",
    "density": "kg/m3",
    "pore_volume": "1",
    "pressure": "Pa",
    "fugacity": "Pa",
    "loading": "mol/kg",
    "loading_error": "mol/kg",
    "excess": "mol/kg",
    "heat": "kJ/mol",
    "heat_error": "kJ/mol",
}
"""Of all numbers of an isotherm, by their names."""


@frozen(kw_only=True)
class IsothermPoint:
    """One pressure of an isotherm.

    Args:
        pressure: Pa.
        fugacity: Pa.
        loading: absolute, mol/kg.
        loading_error: standard error of the loading, mol/kg.
        excess: loading less what the gas would hold in the pore volume, mol/kg.
        heat: isosteric heat of adsorption at this loading, kJ/mol; None where it is undefined.
        heat_error: its standard error, kJ/mol; None where it is undefined.
    """

    pressure: float
    fugacity: float
    loading: float
    loading_error: float
    excess: float
    heat: float | None
    heat_error: float | None


@frozen(kw_only=True)
class Isotherm:
    """The adsorption of a pure gas in a framework at one temperature.

    Args:
        gas: its name.
        temperature: K.
        density: of the framework, kg/m3.
        pore_volume: that the excess is reckoned with, as a share of the cell.
        method: one line: how it was computed.
        force_field: one line: with what parameters, by their sources.
        points: by rising pressure.
    """

    gas: str
    temperature: float
    density: float
    pore_volume: float
    method: str
    force_field: str
    points: tuple[IsothermPoint, ...]
