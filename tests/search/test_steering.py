"""Steering: mutation and selection bring frameworks nearer to the targets than chance does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from attrs import evolve

from zeo.data.known.relaxed import relaxed_structure
from zeo.plugin.candidate import Sample
from zeo.plugin.registry import installed_plugins
from zeo.plugin.targets import Target, parse_target
from zeo.testing.common import snapshot
from zeo_search.steering import RELAXED_SCALE, Aim, narrowed

PLUGINS = installed_plugins().configured(
    {
        "search": {"parents": "SOD,GIS,ABW,EDI,ATN", "generations": 1, "rounds": 6},
        "methane": {"n": 16},
    }
)


def wanted(*texts: str) -> list[Target]:
    return [evolve(parse_target(text), probe="methane") for text in texts]


def samples(number: int, condition: Any) -> list[Sample]:
    return list(PLUGINS.create("generator", "search").sample(range(number), condition))


def test_steered_samples_are_nearer_to_the_targets() -> None:
    targets = wanted("void_fraction=0.12..0.2")
    aim = Aim(targets, PLUGINS, "relax")
    steered, free = (
        [aim.miss(sample.structure) for sample in samples(4, condition) if sample.structure]
        for condition in (targets, None)
    )
    assert np.mean(steered) < 0.7 * np.mean(free)


def test_a_steered_sample_depends_on_its_seed_alone() -> None:
    targets = wanted("qst=18..22 kJ/mol")
    together = samples(3, targets)
    (alone,) = PLUGINS.create("generator", "search").sample([2], targets)
    assert snapshot(alone) == snapshot(together[2])


def test_the_aim_agrees_with_the_ranking_of_a_run() -> None:
    target = parse_target("methane.qst=30..30 kJ/mol")
    framework = relaxed_structure("LTA")
    measured = PLUGINS.create("probe", "methane").properties(framework)
    assert Aim([target], PLUGINS, None).miss(framework) == pytest.approx(target.miss(measured["qst"].value))


def test_frameworks_are_relaxed_before_they_are_measured() -> None:
    aim = Aim(wanted("void_fraction=0.2105..0.2106"), PLUGINS, "relax")
    at_rest = relaxed_structure("LTA")
    swollen = evolve(at_rest, lattice=1.02 * at_rest.lattice)
    assert aim.miss(swollen) == pytest.approx(aim.miss(at_rest), rel=0.01)
    assert aim.estimate(swollen) != pytest.approx(aim.miss(swollen), rel=0.1)


def test_the_estimate_allows_for_relaxation() -> None:
    at_rest = relaxed_structure("GIS")
    aim = Aim(wanted("qst=30 kJ/mol"), PLUGINS, "relax")
    swollen = evolve(at_rest, lattice=at_rest.lattice / RELAXED_SCALE)
    assert aim.estimate(swollen) == pytest.approx(aim.miss(at_rest), rel=0.01)


def test_several_targets_add_up() -> None:
    targets = wanted("qst=30..31 kJ/mol", "void_fraction=0.3..0.4")
    framework = relaxed_structure("CHA")
    each = [Aim([target], PLUGINS, None).miss(framework) for target in targets]
    assert min(each) > 0
    assert Aim(targets, PLUGINS, None).miss(framework) == pytest.approx(sum(each))


def test_undefined_properties_are_infinitely_far() -> None:
    target = parse_target("methane.qst_accessible=20 kJ/mol")
    assert Aim([target], PLUGINS, None).miss(relaxed_structure("SOD")) == float("inf")


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("qst=18..22", 19.0, 21.0), ("void_fraction=0.1..1", 0.15, 0.95), ("qst=20", 20.0, 20.0)],
)
def test_targets_are_aimed_at_inside_their_range(text: str, low: float, high: float) -> None:
    target = narrowed(parse_target(text))
    assert (target.low, target.high) == pytest.approx((low, high))


def test_an_unknown_probe_is_one_line() -> None:
    with pytest.raises(Exception, match="did you mean 'methane'"):
        Aim([parse_target("methan.qst=20 kJ/mol")], PLUGINS, None)
