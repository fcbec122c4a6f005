"""Where a run only chooses, loadings are measured no more exactly than that takes."""

from __future__ import annotations

from zeo.data.known.relaxed import relaxed_frameworks, relaxed_structure
from zeo.plugin.candidate import Candidate
from zeo.plugin.registry import installed_plugins
from zeo.plugin.targets import parse_target
from zeo.running.config import RunConfig
from zeo.running.passing import process
from zeo.running.planning import plan_of
from zeo.running.stages import build_stages
from zeo_search.steering import Aim, narrowed

PLUGINS = installed_plugins().configured(
    {"methane-loading": {"spacing": 0.5, "precision": 0.01, "screening": 0.1}}
)


def test_a_search_chooses_by_estimates() -> None:
    target = parse_target("methane-loading.deliverable_volumetric=500..600 cm3(STP)/cm3")
    framework, probe = relaxed_structure("CHA"), PLUGINS.create("probe", "methane-loading")
    exact, rough = (
        each(framework)["deliverable_volumetric"].value for each in (probe.properties, probe.estimates)
    )
    assert exact != rough
    miss = Aim([target], PLUGINS, None).miss(framework)
    assert miss == narrowed(target).miss(rough) != narrowed(target).miss(exact)


def test_a_screen_judges_estimates_and_the_end_does_not() -> None:
    structure = relaxed_frameworks()["CHA"].structure
    probe = PLUGINS.create("probe", "methane-loading")
    found = []
    for screen in (True, False):
        config = RunConfig(
            generator="dataset",
            probes=("methane-loading",),
            targets=("energy<99", "methane.deliverable>0"),
            screen=screen,
            options={"methane-loading": {"spacing": 0.5, "precision": 0.01, "screening": 0.1}},
        )
        stages = build_stages(plan_of(config, PLUGINS), PLUGINS)
        measuring = [stage for stage in stages if stage.name in ("probe unrelaxed", "probe")]
        found.append(process(Candidate(index=0, seed=0, structure=structure), measuring))
    screened, whole = found
    exact, rough = probe.properties(structure), probe.estimates(structure)
    assert screened.unrelaxed_properties["methane-loading"] == rough
    assert whole.unrelaxed_properties["methane-loading"] == exact
    assert screened.properties["methane-loading"] == whole.properties["methane-loading"] == exact
