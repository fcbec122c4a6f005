"""Mixed sites and partial occupancies are refused by name, with what to do."""

from __future__ import annotations

import pytest

from zeo.crystal.io import structures_in_bytes
from zeo.crystal.structure import Structure
from zeo.errors import InputError

HEAD = """data_x
_cell_length_a 9
_cell_length_b 9
_cell_length_c 9
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
"""


@pytest.mark.parametrize(
    ("sites", "complaint"),
    [
        (
            "Si1 Si 0.1 0.2 0.3 0.7\nAl1 Al 0.1 0.2 0.3 0.3\n",
            r"site Si1 is mixed \(Si 0.7 and Al 0.3\): write one",
        ),
        ("Si1 Si 0.1 0.2 0.3 0.7\nAl1 Al 1.1 0.2 -0.7 0.3\n", r"site Si1 is mixed \(Si 0.7 and Al 0.3\)"),
        (
            "Na1 Na 0.1 0.2 0.3 0.5\nO1 O 0.6 0.2 0.3 1\n",
            "site Na1: occupancy 0.5; .* leave out what is in the pores",
        ),
    ],
)
def test_files(sites: str, complaint: str) -> None:
    [outcome] = structures_in_bytes((HEAD + sites).encode(), "x.cif")
    assert isinstance(outcome, InputError)
    with pytest.raises(InputError, match=complaint):
        raise outcome


def test_structures_of_pymatgen() -> None:
    pymatgen = pytest.importorskip("pymatgen.core")
    mixed = pymatgen.Structure(pymatgen.Lattice.cubic(9), [{"Si": 0.5, "Al": 0.5}], [[0, 0, 0]])
    with pytest.raises(InputError, match=r"is mixed \((Si|Al) 0.5 and (Si|Al) 0.5\)"):
        Structure.from_pymatgen(mixed)
    partial = pymatgen.Structure(pymatgen.Lattice.cubic(9), [{"Na": 0.25}], [[0, 0, 0]])
    with pytest.raises(InputError, match=r"occupancy 0\.25"):
        Structure.from_pymatgen(partial)
