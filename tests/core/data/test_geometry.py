"""Bonds and angles of frameworks whose geometry is known."""

import numpy as np
import pytest
from attrs import evolve

from zeo.crystal.geometry import geometry, is_tetrahedral
from zeo.crystal.structure import Structure
from zeo.data.known.relaxed import relaxed_structure
from zeo.errors import InputError
from zeo.testing.frameworks import primitive_sodalite, sodalite


def ideal_cristobalite(edge):
    """Si on a diamond lattice, O halfway between: tetrahedra are regular and bridges straight."""
    diamond = np.array([[0, 0, 0], [0, 2, 2], [2, 0, 2], [2, 2, 0]]) / 4
    silicon = np.concatenate([diamond, diamond + 0.25])
    bonds = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / 8
    oxygen = (diamond[:, None] + bonds).reshape(-1, 3)
    return Structure.from_si_o(np.eye(3) * edge, silicon, oxygen)


def test_regular_tetrahedra_and_straight_bridges():
    found = geometry(ideal_cristobalite(7.4))
    assert found.t_o == pytest.approx(np.full(32, 7.4 * np.sqrt(3) / 8))
    assert found.o_t_o == pytest.approx(np.full(48, np.degrees(np.arccos(-1 / 3))))
    assert found.t_o_t == pytest.approx(np.full(16, 180.0), abs=1e-5)


def test_the_cell_does_not_matter():
    cubic, primitive = geometry(sodalite()), geometry(primitive_sodalite())
    assert len(primitive.t_o) == len(cubic.t_o) // 2
    for name in ("t_o", "o_t_o", "t_o_t"):
        twice = np.sort(np.repeat(getattr(primitive, name), 2))
        assert np.sort(getattr(cubic, name)) == pytest.approx(twice, abs=1e-6)


@pytest.mark.parametrize("code", ["ABW", "FAU", "MTN", "SOD"])
def test_relaxed_frameworks_are_made_of_silica(code):
    found = geometry(relaxed_structure(code))
    assert found.t_o.mean() == pytest.approx(1.60, abs=0.02)
    assert found.o_t_o.mean() == pytest.approx(109.47, abs=0.1)
    assert 135 < found.t_o_t.mean() < 175


def test_no_framework():
    sound = sodalite()
    without_oxygen = Structure(sound.lattice, sound.species[:-1], sound.frac_coords[:-1])
    with pytest.raises(InputError, match="not every T atom"):
        geometry(without_oxygen)
    with pytest.raises(InputError, match="not every T atom"):
        geometry(Structure(np.eye(3) * 5, (), np.zeros((0, 3))))


def test_a_fifth_neighbour_makes_no_tetrahedron():
    framework = relaxed_structure("CHA")
    assert is_tetrahedral(framework)
    assert not is_tetrahedral(evolve(framework, lattice=0.55 * framework.lattice))
