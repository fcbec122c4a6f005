"""How far frameworks are from targets is told before they are relaxed."""

import pytest
from attrs import evolve

from zeo.crystal.net import Net
from zeo.crystal.structure import Structure
from zeo.data.known.relaxed import relaxed_structure
from zeo.plugin.registry import installed_plugins
from zeo.plugin.seen import digests_of
from zeo.plugin.targets import UNBOUNDED, Target
from zeo_cleanup.key import topology_of
from zeo_learning.judged_grids import NO_FRAMEWORK, miss_of_grids
from zeo_learning.off_target import ANOTHER_NET, SEEN, UNDEFINED, distance_from

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
    assert distance(Target("largest_ring", 12, 14)) == pytest.approx(ANOTHER_NET + 4.0)
    assert distance(Target("density", 15.0, 16.0)) == 0.0
    told = PLUGINS.create("probe", "geometry").estimates(framework)["energy_estimate"].value
    assert distance(Target("energy", told - 1.0, told + 1.0)) == 0.0
    assert distance(Target("energy", told + 2.0, told + 4.0)) == pytest.approx(2.0)
    assert distance(Target("free_sphere", 1.0, 2.0, probe="pores")) < UNDEFINED
    assert distance(Target("energy", -UNBOUNDED, told - 3.0)) == pytest.approx(30.0 / (told - 3.0))
    assert distance(Target("energy", told - 3.0, UNBOUNDED)) == 0.0


def test_grids_with_more_proper_bonds_are_nearer_and_frameworks_nearest():
    voxel = PLUGINS.create("representation", "voxel")
    framework = relaxed_structure("LTA")
    miss = miss_of_grids(voxel, (), PLUGINS)
    whole = voxel.encode(framework)
    assert miss(whole) == 0.0
    broken = [without(framework, count) for count in (1, 6)]
    far = [miss(voxel.encode(structure)) for structure in broken]
    assert NO_FRAMEWORK < far[0] < far[1] <= 2 * NO_FRAMEWORK
    narrow = Target("void_fraction", 0.0, 0.01, probe="methane")
    assert 0.0 < miss_of_grids(voxel, [narrow], PLUGINS)(whole) < UNDEFINED


def test_a_net_that_is_not_wanted_is_further_than_any_target_and_nearer_than_no_framework():
    framework, other = relaxed_structure("LTA"), relaxed_structure("CHA")
    shunned = digests_of([topology_of(Net.from_structure(framework)).key])
    wanted = [Target("void_fraction", 0.0, 0.01, probe="methane")]
    assert UNDEFINED < SEEN < NO_FRAMEWORK
    assert distance_from(wanted, PLUGINS, shunned)(framework) == SEEN
    assert distance_from(wanted, PLUGINS, shunned)(other) == distance_from(wanted, PLUGINS)(other) < SEEN
    voxel = PLUGINS.create("representation", "voxel")
    assert miss_of_grids(voxel, (), PLUGINS, shunned)(voxel.encode(framework)) == SEEN


def without(framework, count):
    """A framework that lacks some of its oxygen."""
    kept = [k for k in range(len(framework)) if k < len(framework) - count]
    return Structure(framework.lattice, [framework.species[k] for k in kept], framework.frac_coords[kept])
