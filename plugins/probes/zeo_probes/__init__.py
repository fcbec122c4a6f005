"""Probes of frameworks: adsorption of gases from their energy grids, and pore sizes."""

from __future__ import annotations

from zeo import ConditionSpec, ProbeSpec, QuantitySpec, hookimpl

T = ConditionSpec(symbol="T", option="temperature", unit="K", default=298.0)

QUANTITIES = [
    QuantitySpec("kh", "1", "Henry coefficient, mean of exp(-E/T) over the cell", conditions="T", least=0),
    QuantitySpec(
        "kh_mol",
        "mol/kg/Pa",
        "Henry coefficient per mass of framework; needs a structure",
        headline=False,
        conditions="T",
        least=0,
    ),
    QuantitySpec("qst", "kJ/mol", "isosteric heat of adsorption", conditions="T"),
    QuantitySpec("void_fraction", "1", "share of points with E <= 15 T", conditions="T", least=0, most=1),
    QuantitySpec(
        "kh_accessible", "1", "kh of the pores that run through the crystal", conditions="T", least=0
    ),
    QuantitySpec(
        "kh_mol_accessible",
        "mol/kg/Pa",
        "kh_mol of the pores that run through the crystal",
        headline=False,
        conditions="T",
        least=0,
    ),
    QuantitySpec(
        "qst_accessible",
        "kJ/mol",
        "qst in the pores that run through the crystal",
        headline=False,
        conditions="T",
    ),
    QuantitySpec(
        "void_fraction_accessible",
        "1",
        "void_fraction of the same pores",
        headline=False,
        conditions="T",
        least=0,
        most=1,
    ),
    QuantitySpec(
        "channel_dimensionality",
        "1",
        "directions in which a pore runs through the crystal, 0-3",
        headline=False,
        conditions="T",
        least=0,
        most=3,
        whole=True,
    ),
]

WORDS = {
    "kh": ("Henry coefficient", "K_H"),
    "kh_mol": ("Henry coefficient per mass", "K_H"),
    "qst": ("heat of adsorption", "Q_st"),
    "void_fraction": ("void fraction", "void"),
    "channel_dimensionality": ("directions of channels", "channels"),
}

GASES = {
    "methane": ("gases:Methane", "methane, united atom; the force field of ZeoGAN and ZeoDiff"),
    "argon": ("gases:Argon", "argon; Talu and Myers 2001, fitted to silicalite"),
    "krypton": ("gases:Krypton", "krypton; Talu and Myers 2001"),
    "xenon": ("gases:Xenon", "xenon; TraPPE-zeo by Lorentz-Berthelot, not fitted to silica"),
    "helium": ("gases:Helium", "helium; TraPPE-zeo by Lorentz-Berthelot"),
    "h2": ("gases:Hydrogen", "hydrogen as one sphere; TraPPE-zeo by Lorentz-Berthelot, no quadrupole"),
    "co2": (
        "linear_gases:CarbonDioxide",
        "carbon dioxide, three charged sites; the GarciaPerez2006 set of RASPA",
    ),
    "n2": (
        "linear_gases:Nitrogen",
        "nitrogen, two sites and three charges; the GarciaPerez2006 set of RASPA",
    ),
}

PORES = ProbeSpec(
    name="pores",
    summary="largest sphere that fits into a framework and largest that can pass through it",
    target="zeo_probes.pores:Pores",
    words={
        "included_sphere": ("largest included sphere", "D_incl"),
        "free_sphere": ("largest free sphere", "D_free"),
    },
    quantities=[
        QuantitySpec(
            "included_sphere", "A", "diameter of the largest sphere between the oxygen atoms", least=0
        ),
        QuantitySpec(
            "free_sphere", "A", "diameter of the largest one that can move through the crystal", least=0
        ),
    ],
)

GEOMETRY = ProbeSpec(
    name="geometry",
    summary="bond lengths and angles, and the energy that they suggest before relaxation",
    target="zeo_probes.geometry:Geometry",
    words={
        "sio_mean": ("mean Si-O distance", "Si-O"),
        "siosi_mean": ("mean Si-O-Si angle", "Si-O-Si"),
        "energy_estimate": ("estimated energy above quartz", "E_est"),
    },
    quantities=[
        QuantitySpec("sio_mean", "A", "mean Si-O distance", headline=False, least=0),
        QuantitySpec("sio_deviation", "A", "standard deviation of Si-O distances", headline=False, least=0),
        QuantitySpec(
            "oto_deviation", "degree", "of O-Si-O angles from the tetrahedral one", headline=False, least=0
        ),
        QuantitySpec("siosi_mean", "degree", "mean Si-O-Si angle", least=0, most=180),
        QuantitySpec(
            "siosi_deviation", "degree", "standard deviation of Si-O-Si angles", headline=False, least=0
        ),
        QuantitySpec("siosi_smallest", "degree", "smallest Si-O-Si angle", headline=False, least=0, most=180),
        QuantitySpec(
            "energy_estimate",
            "kJ/mol Si",
            "energy that relaxation will give, guessed from the geometry before",
        ),
    ],
)

RESEMBLANCE = ProbeSpec(
    name="resemblance",
    summary="how much a framework resembles the zeolites that were made, at rest",
    target="zeo_probes.resemblance:Resemblance",
    words={
        "score": ("resemblance to known zeolites", "resemblance"),
        "above_line": ("energy above the line of IZA types", "above line"),
    },
    quantities=[
        QuantitySpec(
            "score", "1", "from 0, as hypothetical frameworks are, to 1, as IZA types are", least=0, most=1
        ),
        QuantitySpec("above_line", "kJ/mol Si", "relaxed energy, less that of IZA types of its density"),
    ],
)


@hookimpl
def zeo_probes() -> list[ProbeSpec]:
    gases = [
        ProbeSpec(
            name=name,
            summary=summary,
            target=f"zeo_probes.{target}",
            quantities=QUANTITIES,
            conditions=[T],
            channels=(f"energy:{name}", f"boltzmann:{name}"),
            words=WORDS,
            quick={"n": 16},
        )
        for name, (target, summary) in GASES.items()
    ]
    return [*gases, PORES, GEOMETRY, RESEMBLANCE]
