from collections.abc import Callable

import numpy as np
import pytest

from zeo_search.choices import draw_sites
from zeo_search.orbits import Orbits, orbits_of
from zeo_search.settings import setting

RandomDraft = Callable[[int, int, int], tuple[Orbits, np.ndarray, np.ndarray]]


@pytest.fixture
def random_draft() -> RandomDraft:
    """Orbits, unique positions and scale of random T atoms, 17 per 1000 cubic angstrom."""

    def draw(number: int, unique_t: int, seed: int) -> tuple[Orbits, np.ndarray, np.ndarray]:
        stream = np.random.default_rng(seed)
        sites = ()
        while not sites:
            sites = draw_sites(number, unique_t, (4, 100), stream)
        orbits = orbits_of(setting(number), sites)
        anywhere = stream.random((unique_t, 3)) * orbits.period
        unique = np.einsum("nij,nj->ni", orbits.projection, anywhere) + orbits.shift
        volume = len(orbits.owner) / 17e-3
        return orbits, unique, np.full(3, (volume / orbits.period.prod()) ** (1 / 3))

    return draw
