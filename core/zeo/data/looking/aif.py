"""Isotherms as adsorption information files.

J. D. Evans, V. Bon, I. Senkovska, S. Kaskel, Langmuir 2021, 37, 4222: a STAR file like CIF, with a dictionary
of its own.
"""

from __future__ import annotations

from gemmi import cif

import zeo
from zeo.plugin.isotherm import Isotherm


def aif_text(material: str, isotherm: Isotherm) -> str:
    """An isotherm of absolute loadings; pressures in bar."""
    document = cif.Document()
    block = document.add_new_block(_block_name(material, isotherm))
    facts = {
        "_exptl_adsorptive": isotherm.gas,
        "_exptl_temperature": f"{isotherm.temperature:g}",
        "_exptl_method": f"simulated by zeo {zeo.__version__}: {isotherm.method}",
        "_exptl_isotherm_type": "absolute",
        "_simltn_code": f"zeo {zeo.__version__}",
        "_simltn_forcefield_adsorptive": isotherm.force_field,
        "_simltn_forcefield_adsorbent": isotherm.force_field,
        "_adsnt_material_id": material,
        "_adsnt_sample_density": f"{isotherm.density / 1000:.6g}",
        "_units_temperature": "K",
        "_units_pressure": "bar",
        "_units_mass": "kg",
        "_units_loading": "mol/kg",
    }
    for name, value in facts.items():
        block.set_pair(name, cif.quote(value))
    loop = block.init_loop("_adsorp_", ["pressure", "amount"])
    for point in isotherm.points:
        loop.add_row([f"{point.pressure / 1e5:.8g}", f"{point.loading:.8g}"])
    return document.as_string()


def _block_name(material: str, isotherm: Isotherm) -> str:
    """Letters and digits alone, since STAR files have no spaces in the names of blocks."""
    name = "".join(letter if letter.isalnum() else "_" for letter in material)[-60:]
    return f"{name}_{isotherm.gas}"
