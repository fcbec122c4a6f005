"""Adsorption at pressure: loadings, isotherms, deliverable capacity and mixtures, by Monte Carlo on grids."""

from __future__ import annotations

from collections.abc import Sequence

from zeo import ConditionSpec, ProbeSpec, QuantitySpec, hookimpl

SPHERES = ("methane", "argon", "krypton", "xenon", "helium", "h2")
LINEAR = ("co2", "n2")


T = ConditionSpec(symbol="T", option="temperature", unit="K", default=298.0)

LOADING_CONDITIONS = [
    T,
    ConditionSpec(symbol="p", option="pressure", unit="bar", default=65.0),
    ConditionSpec(symbol="low", option="low", unit="bar", default=5.8),
    ConditionSpec(symbol="high", option="high", unit="bar", default=65.0),
    ConditionSpec(symbol="hot", option="hot", unit="K"),
]

MIXTURE_CONDITIONS = [
    ConditionSpec(symbol="gases", option="gases", shares="fractions", default="xenon:krypton=20:80"),
    T,
    ConditionSpec(symbol="p", option="pressure", unit="bar", default=1.0),
]


def _with_error(
    name: str,
    unit: str,
    summary: str,
    conditions: Sequence[str],
    headline: bool = False,
    least: float | None = None,
) -> list[QuantitySpec]:
    measured = QuantitySpec(name, unit, summary, headline, conditions, least)
    error = QuantitySpec(f"{name}_error", unit, f"standard error of {name}", False, conditions, 0)
    return [measured, error]


AT_PRESSURE, DELIVERED, MIXED = ("T", "p"), ("T", "low", "high", "hot"), ("gases", "T", "p")

LOADING = [
    *_with_error("loading", "mol/kg", "absolute loading at the pressure", AT_PRESSURE, least=0),
    *_with_error("deliverable", "mol/kg", "loading at the high pressure less that at the low one", DELIVERED),
    *_with_error(
        "deliverable_volumetric",
        "cm3(STP)/cm3",
        "the same as gas volume per volume of framework",
        DELIVERED,
        headline=True,
    ),
    *_with_error("heat", "kJ/mol", "isosteric heat of adsorption at the pressure", AT_PRESSURE),
]

MIXTURE = [
    *_with_error(
        "selectivity", "1", "of the first gas over the second, (q1/q2)/(y1/y2)", MIXED, headline=True, least=0
    ),
    *_with_error("first_loading", "mol/kg", "absolute loading of the first gas", MIXED, least=0),
    *_with_error("second_loading", "mol/kg", "absolute loading of the second gas", MIXED, least=0),
]


@hookimpl
def zeo_probes() -> list[ProbeSpec]:
    gases = [
        ProbeSpec(
            name=f"{gas}-loading",
            summary=f"loading and deliverable capacity of {gas} at pressure, by Monte Carlo",
            target=f"zeo_adsorption.loading:{gas.title()}Loading",
            quantities=LOADING,
            conditions=LOADING_CONDITIONS,
            subject=gas,
            isotherms=True,
        )
        for gas in (*SPHERES, *LINEAR)
    ]
    mixture = ProbeSpec(
        name="mixture",
        summary="selectivity and loadings of a mixture of two gases, by Monte Carlo or IAST",
        target="zeo_adsorption.uptake:MixtureUptake",
        quantities=MIXTURE,
        conditions=MIXTURE_CONDITIONS,
    )
    return [*gases, mixture]
