import numpy as np
import pytest

from zeo_search.descent import GIVE_UP, descend
from zeo_search.neighbours import four_neighbours
from zeo_search.orbits import orbits_of
from zeo_search.settings import setting
from zeo_search.sites import t_sites


def test_sodalite_finds_its_cell() -> None:
    (fixed,) = (site for site in t_sites(229) if site.freedom == 0)
    orbits = orbits_of(setting(229), [fixed])
    unique, scale = orbits.shift.copy(), np.full(3, 8.0)
    cost = descend(unique, scale, orbits)
    assert cost < 0.15
    assert scale == pytest.approx(np.full(3, 3.08 * np.sqrt(8.0)), abs=0.1)
    assert four_neighbours(unique, scale, orbits)
    assert not four_neighbours(unique, 0.8 * scale, orbits)


@pytest.mark.parametrize("number", [62, 139, 194, 225])
def test_symmetry_is_kept(random_draft, number: int) -> None:
    orbits, unique, scale = random_draft(number, 3, seed=7)
    descend(unique, scale, orbits)
    on_site = np.einsum("nij,nj->ni", orbits.projection, unique) + orbits.shift
    assert on_site == pytest.approx(unique, abs=1e-9)
    if number > 75:
        assert scale[0] == scale[1]
    if number > 195:
        assert scale[0] == scale[2]


def test_a_hopeless_draft_is_given_up_where_it_is(random_draft) -> None:
    orbits, unique, scale = random_draft(62, 6, seed=1)
    assert descend(unique, scale, orbits) > GIVE_UP[-1][1]
