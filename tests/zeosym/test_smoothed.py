from collections import Counter

import numpy as np
import pytest

pytest.importorskip("torch")

from zeo_zeosym.blueprint import Blueprints
from zeo_zeosym.positions import position_of
from zeo_zeosym.prior import Limits, Prior
from zeo_zeosym.smoothed import SmoothedKinds, Smoothing


@pytest.fixture(scope="module")
def blueprints(crystals):
    return Blueprints.of(crystals, [{}] * len(crystals), ())


def drawn(blueprints, count, limits=None):
    limits = limits or Limits()
    prior = Prior(blueprints, limits, Smoothing().simplicity)
    kinds = SmoothedKinds(blueprints=blueprints, limits=limits)
    stream = np.random.default_rng(0)
    for _ in range(count):
        lent = prior.draw(stream, {})
        yield lent, kinds.like(lent, stream)


def kind(blueprint):
    return (blueprint.group, *sorted(position_of(site) for site in blueprint.sites))


def test_density_is_lent_and_no_point_comes_twice(blueprints):
    for lent, found in drawn(blueprints, 200):
        assert found.density == lent.density
        assert {site.group for site in found.sites} == {found.group}
        points = [position_of(site) for site in found.sites if site.freedom == 0]
        assert len(points) == len(set(points))
        assert 1 <= found.t_atoms <= blueprints.t_atoms.max()


def test_many_are_of_kinds_that_the_training_set_does_not_have(blueprints):
    known = {kind(blueprints[index]) for index in range(len(blueprints))}
    new = [kind(found) not in known for _, found in drawn(blueprints, 200)]
    assert 0.1 < np.mean(new) < 1.0


def test_kinds_come_as_often_as_their_probability_says(blueprints):
    """Within what is possible: what is not is drawn anew."""
    kinds = SmoothedKinds(blueprints=blueprints)
    found = Counter(kind(each) for _, each in drawn(blueprints, 4000))
    common = [each for each, _ in found.most_common(8)]
    expected = np.exp([kinds.log_probability(each[0], np.array(each[1:])) for each in common])
    seen = np.array([found[each] for each in common])
    np.testing.assert_allclose(seen / seen.sum(), expected / expected.sum(), atol=0.06)


@pytest.mark.parametrize("group", [1, 62, 139, 229])
def test_chances_sum_to_one_and_leave_nothing_out(blueprints, group):
    kinds = SmoothedKinds(blueprints=blueprints)
    assert kinds.number_chances(group).sum() == pytest.approx(1)
    assert kinds.position_chances(group).sum() == pytest.approx(1)
    assert kinds.position_chances(group).min() > 0


def test_limits_hold(blueprints):
    group = int(blueprints.groups[blueprints.unique <= 3][0])
    limits = Limits(unique_t=(1, 3), space_groups=(group,))
    for _, found in drawn(blueprints, 100, limits):
        assert len(found.sites) <= 3
        assert found.group == group
