"""The parameters of the potential, as the data file gives them."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from attrs import field, frozen

from zeo.crystal.structure import Structure, cell_vectors


@frozen
class Buckingham:
    """A exp(-r / rho) - C / r^6, in eV and angstrom, up to ``cutoff``."""

    A: float
    rho: float
    C: float
    cutoff: float


@frozen(kw_only=True)
class Parameters:
    """The Sanders-Leslie-Catlow potential; see ``data/sanders_leslie_catlow.toml``.

    Args:
        name: what energies are labelled with.
        coulomb: e^2 / (4 pi epsilon0), eV A.
        silicon: charge; likewise the next two.
        oxygen_core: see ``silicon``.
        oxygen_shell: see ``silicon``.
        silicon_shell: Buckingham term.
        shell_shell: Buckingham term.
        spring: force constant between core and shell, eV/A2.
        angle: force constant of the O-Si-O angle, eV/rad2.
        ideal_angle: degrees.
        taper: width of the taper before the cutoffs, A; 0 truncates.
        quartz_energy: of relaxed alpha-quartz, eV per SiO2.
        quartz: where the relaxation of the reference starts from.
    """

    name: str
    coulomb: float
    silicon: float
    oxygen_core: float
    oxygen_shell: float
    silicon_shell: Buckingham
    shell_shell: Buckingham
    spring: float
    angle: float
    ideal_angle: float
    taper: float
    quartz_energy: float
    quartz: Structure = field(eq=False)


@cache
def sanders_leslie_catlow() -> Parameters:
    """The shipped parameters."""
    text = files("zeo_cleanup").joinpath("data", "sanders_leslie_catlow.toml").read_text("utf-8")
    data = tomllib.loads(text)
    return Parameters(
        name=data["name"],
        coulomb=data["coulomb"],
        **data["charges"],
        silicon_shell=Buckingham(**data["buckingham"]["silicon_shell"]),
        shell_shell=Buckingham(**data["buckingham"]["shell_shell"]),
        spring=data["spring"]["k"],
        angle=data["three_body"]["k"],
        ideal_angle=data["three_body"]["theta0"],
        taper=data["taper"]["width"],
        quartz_energy=data["quartz"]["energy"],
        quartz=_quartz(data["quartz"]),
    )


def _quartz(data: dict[str, Any]) -> Structure:
    lattice = cell_vectors((data["a"], data["a"], data["c"]), (90.0, 90.0, 120.0))
    return Structure.from_si_o(lattice, data["silicon"], data["oxygen"])
