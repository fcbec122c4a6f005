"""How far frameworks are from targets is told before they are relaxed."""

import pytest
from attrs import evolve

from zeo.data.known.relaxed import relaxed_structure
from zeo.plugin.registry import installed_plugins
from zeo.plugin.targets import UNBOUNDED, Target
from zeo_learning.off_target import UNDEFINED, distance_from

PLUGINS = installed_plugins()


def test_the_distance_from_targets_is_told_by_their_probes():
    framework = relaxed_structure("CHA")
    value = PLUGINS.create("probe", "methane").estimates(framework)["void_fraction"].value

    def distance(*targets):
        return distance_from(targets, PLUGINS)(framework)

    near = Target("void_fraction", value, value, probe="methane", tolerance=0.01)
    far = evolve(near, low=value + 0.1, high=value + 0.1)
    assert distance(near) == 0.0
    assert distance(far) == pytest.approx(10.0)
    assert distance(far, evolve(far, low=value - 0.1, high=value - 0.1)) == pytest.approx(20.0)
    assert distance(Target("void_fraction", value + 0.1, value + 0.2, probe="methane")) == pytest.approx(2.0)
    assert distance(Target("largest_ring", 8, 8)) == 0.0
    assert distance(Target("largest_ring", 12, 14)) == pytest.approx(4.0)
    assert distance(Target("density", 15.0, 16.0)) == 0.0
    told = PLUGINS.create("probe", "geometry").estimates(framework)["energy_estimate"].value
    assert distance(Target("energy", told - 1.0, told + 1.0)) == 0.0
    assert distance(Target("energy", told + 2.0, told + 4.0)) == pytest.approx(2.0)
    assert distance(Target("free_sphere", 1.0, 2.0, probe="pores")) < UNDEFINED
    assert distance(Target("energy", -UNBOUNDED, told - 3.0)) == pytest.approx(30.0 / (told - 3.0))
    assert distance(Target("energy", told - 3.0, UNBOUNDED)) == 0.0
