"""Adsorption at pressure: loadings, isotherms, deliverable capacity and mixtures, by Monte Carlo on grids."""

from __future__ import annotations

from zeo import ProbeSpec, QuantitySpec, hookimpl

SPHERES = ("methane", "argon", "krypton", "xenon", "helium", "h2")
LINEAR = ("co2", "n2")


def _with_error(name: str, unit: str, summary: str, headline: bool = False) -> list[QuantitySpec]:
    error = QuantitySpec(f"{name}_error", unit, f"standard error of {name}", headline=False)
    return [QuantitySpec(name, unit, summary, headline=headline), error]


LOADING = [
    *_with_error("loading", "mol/kg", "absolute loading at the pressure"),
    *_with_error("deliverable", "mol/kg", "loading at the high pressure less that at the low one"),
    *_with_error(
        "deliverable_volumetric",
        "cm3(STP)/cm3",
        "the same as gas volume per volume of framework",
        headline=True,
    ),
    *_with_error("heat", "kJ/mol", "isosteric heat of adsorption at the pressure"),
]

MIXTURE = [
    *_with_error("selectivity", "1", "of the first gas over the second, (q1/q2)/(y1/y2)", headline=True),
    *_with_error("first_loading", "mol/kg", "absolute loading of the first gas"),
    *_with_error("second_loading", "mol/kg", "absolute loading of the second gas"),
]


@hookimpl
def zeo_probes() -> list[ProbeSpec]:
    gases = [
        ProbeSpec(
            name=f"{gas}-loading",
            summary=f"loading and deliverable capacity of {gas} at pressure, by Monte Carlo",
            target=f"zeo_adsorption.loading:{gas.title()}Loading",
            quantities=LOADING,
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
    )
    return [*gases, mixture]
