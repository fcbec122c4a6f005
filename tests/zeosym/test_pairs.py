import numpy as np

from zeo.crystal.structure import Structure
from zeo_zeosym.pairs import in_short_cell


def test_rounding_does_not_move_an_atom_at_the_origin_across_the_cell():
    lattice = np.array([[5.0, 0.0, 0.0], [45.0, 6.0, 0.0], [0.0, 0.0, 7.0]])
    places = [
        in_short_cell(Structure(lattice, ["Si", "Si"], [[shift, 0.0, -shift], [0.3, 0.4, 2.9]])).frac_coords
        for shift in (-1e-13, 0.0, 1e-13)
    ]
    for place in places:
        np.testing.assert_allclose(place, places[1], atol=1e-11)
        assert (place > -1e-6).all()
        assert (place < 1.0).all()
