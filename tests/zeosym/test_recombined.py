from collections import Counter

import numpy as np
import pytest

pytest.importorskip("torch")

from zeo_zeosym.blueprint import Blueprints
from zeo_zeosym.prior import Limits
from zeo_zeosym.recombined import Recombination


@pytest.fixture(scope="module")
def blueprints(crystals):
    return Blueprints.of(crystals, [{}] * len(crystals), ())


def drawn(blueprints, count=20):
    made = Recombination(blueprints, Limits())
    for index in range(len(blueprints)):
        stream = np.random.default_rng(index)
        for _ in range(count):
            yield blueprints[index], made.of(blueprints[index], stream)


def kinds(blueprint):
    return Counter(site.key for site in blueprint.sites)


def test_sites_come_from_the_space_group_and_no_point_comes_twice(blueprints):
    known = {site.key for site in blueprints.sites}
    for old, new in drawn(blueprints):
        assert (new.group, new.density) == (old.group, old.density)
        assert {site.group for site in new.sites} == {old.group}
        assert set(kinds(new)) <= known
        assert all(kinds(new)[site.key] == 1 for site in new.sites if site.freedom == 0)
        assert 1 <= new.t_atoms <= blueprints.t_atoms.max()


def test_some_are_of_kinds_that_the_training_set_does_not_have(blueprints):
    known = [kinds(blueprints[index]) for index in range(len(blueprints))]
    new = [kinds(found) not in known for _, found in drawn(blueprints)]
    assert 0.1 < np.mean(new) < 1.0


def test_limits_hold(blueprints):
    limits = Limits(unique_t=(1, 3), t_atoms=(4, 20))
    inside = np.flatnonzero((blueprints.unique <= 3) & (blueprints.t_atoms >= 4) & (blueprints.t_atoms <= 20))
    assert len(inside)
    for index in inside:
        made = Recombination(blueprints, limits)
        for seed in range(20):
            found = made.of(blueprints[index], np.random.default_rng(seed))
            assert len(found.sites) <= 3
            assert 4 <= found.t_atoms <= 20
