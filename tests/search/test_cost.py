import numpy as np
import pytest

from zeo_search.cost import APART, cost_and_gradient
from zeo_search.descent import tie_axes
from zeo_search.hops import Bounds, hop
from zeo_search.neighbours import MAX_NEIGHBOURS, find_neighbours, room_for_neighbours
from zeo_search.orbits import Orbits, fractional

REACH = APART + 1.5
STEP = 1e-6


def cost(orbits: Orbits, unique: np.ndarray, scale: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    gradient, strain = np.empty_like(unique), np.empty(3)
    neighbours = room_for_neighbours(len(unique))
    find_neighbours(unique, scale, orbits, REACH, neighbours)
    work = np.empty((MAX_NEIGHBOURS, 7))
    return cost_and_gradient(unique, scale, orbits, neighbours, gradient, strain, work), gradient, strain


def without_symmetry(orbits: Orbits, unique: np.ndarray) -> tuple[Orbits, np.ndarray]:
    coords = fractional(orbits, unique) * orbits.period
    n = len(coords)
    identity = np.tile(np.eye(3), (n, 1, 1))
    plain = Orbits(
        cell_class=0,
        period=orbits.period,
        projection=identity,
        shift=np.zeros((n, 3)),
        multiplicity=np.ones(n),
        owner=np.arange(n),
        rotation=identity,
        translation=np.zeros((n, 3)),
    )
    return plain, coords


@pytest.fixture
def near_minimum(random_draft):
    """A draft close to a minimum, where it is clear which neighbours are the nearest."""

    def find(number: int) -> tuple[Orbits, np.ndarray, np.ndarray]:
        stream = np.random.default_rng(number)
        for seed in range(200):
            orbits, *_ = random_draft(number, 3, seed)
            found, scales, _, _ = hop(orbits, Bounds(10.0, 21.0, 4.5, 30.0), 20, 4, stream)
            if len(found):
                moved = np.einsum("nij,nj->ni", orbits.projection, stream.normal(0.0, 0.002, (3, 3)))
                return orbits, found[0] + moved, scales[0] * 1.01
        raise AssertionError(f"nothing found in group {number}")

    return find


@pytest.mark.parametrize("number", [47, 62, 139, 194, 229])
def test_slopes_are_those_of_finite_differences(near_minimum, number: int) -> None:
    orbits, unique, scale = near_minimum(number)
    _, gradient, strain = cost(orbits, unique, scale)
    for i in range(len(unique)):
        for direction in orbits.projection[i]:
            moved = [unique.copy(), unique.copy()]
            for sign, positions in zip((1, -1), moved, strict=True):
                positions[i] += sign * STEP * direction / scale
            rise = cost(orbits, moved[0], scale)[0] - cost(orbits, moved[1], scale)[0]
            expected = orbits.multiplicity[i] * gradient[i] @ direction
            assert rise / (2 * STEP) == pytest.approx(expected, rel=1e-4, abs=1e-3)
    for axis in np.eye(3):
        rise = (
            cost(orbits, unique, scale * (1 + STEP * axis))[0]
            - cost(orbits, unique, scale * (1 - STEP * axis))[0]
        )
        assert rise / (2 * STEP) == pytest.approx(strain @ axis, rel=1e-4, abs=1e-3)


@pytest.mark.parametrize(("number", "seed"), [(47, 0), (69, 1), (136, 2), (191, 3), (225, 4)])
def test_symmetry_changes_nothing_but_the_labour(random_draft, number: int, seed: int) -> None:
    orbits, unique, scale = random_draft(number, 3, seed)
    total, _, strain = cost(orbits, unique, scale)
    plain, coords = without_symmetry(orbits, unique)
    same_total, _, same_strain = cost(plain, coords, scale)
    assert same_total == pytest.approx(total, rel=1e-9)
    tie_axes(orbits.cell_class, strain)
    tie_axes(orbits.cell_class, same_strain)
    assert same_strain == pytest.approx(strain, rel=1e-6, abs=1e-6)
