"""Methane in IZA frameworks against the C++ reference program (GRIDAY 2), 32 points per axis, 298 K.

The fixture holds facts measured with that program (energies re-summed in float64) and, for the accessible
values, with an independent percolation code. Columns: KH without unit and in mol/kg/Pa, Qst in kJ/mol.
"""

import csv
import math
from pathlib import Path

import pytest

from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_structure
from zeo_probes.adsorption import measure, molar_henry
from zeo_probes.gas_probe import mass_density
from zeo_probes.gases import Methane

ROWS = list(csv.DictReader((Path(__file__).parents[1] / "fixtures" / "griday_reference.csv").open()))


def methane_field(structure: Structure, n: int = 32):
    return Methane(plugins=object()).field(structure, (n, n, n), symmetry=False)


@pytest.mark.parametrize("row", ROWS, ids=[row["code"] for row in ROWS])
def test_properties_equal_the_reference(row):
    structure = iza_structure(row["code"])
    field = methane_field(structure)
    found = measure(field, 298.0)
    assert found.everywhere.henry == pytest.approx(float(row["KH_unitless_f64"]), rel=5e-5)
    assert found.everywhere.heat == pytest.approx(float(row["Qst_f64"]), abs=5e-4)
    assert found.everywhere.void_fraction == pytest.approx(float(row["void_fraction"]), abs=5e-7)
    molar = molar_henry(found.everywhere.henry, 298.0, mass_density(structure))
    assert molar == pytest.approx(float(row["KH_mol_kg_Pa"]), rel=5e-5)
    assert field.free_energy.min() == pytest.approx(float(row["Emin_K"]), abs=0.1)


@pytest.mark.parametrize("row", ROWS, ids=[row["code"] for row in ROWS])
def test_accessible_pores_equal_the_reference(row):
    found = measure(methane_field(iza_structure(row["code"])), 298.0)
    dimensions = [int(rank) for rank in row["percol_dims"].split()]
    assert found.channel_dimensionality == max(dimensions, default=0)
    assert found.accessible.henry == pytest.approx(float(row["percol_KH"]), rel=5e-5)
    assert found.accessible.void_fraction == pytest.approx(float(row["percol_VF"]), abs=1e-6)
    if dimensions:
        assert found.accessible.heat == pytest.approx(float(row["percol_Qst"]), abs=1e-3)
    else:
        assert math.isnan(found.accessible.heat)
