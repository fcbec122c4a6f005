"""What the stages do to a candidate, whatever plugins fill them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from attrs import evolve

from zeo.crystal.orthogonal import smallest_orthogonal_cell
from zeo.data.known.relaxed import relaxed_frameworks
from zeo.errors import ConfigError
from zeo.grids.grid import Grid
from zeo.plugin.candidate import Candidate, Identity
from zeo.plugin.declare import PostprocessorSpec
from zeo.plugin.facts import RelaxFacts
from zeo.plugin.interfaces import Postprocessor
from zeo.plugin.registry import Plugins, installed_plugins
from zeo.running.config import RunConfig
from zeo.running.passing import process
from zeo.running.planning import plan_of
from zeo.running.stages import build_stages, relaxing

PLUGINS = installed_plugins()


def sod_grid(*channels: str) -> Grid:
    structure = smallest_orthogonal_cell(relaxed_frameworks()["SOD"].structure)
    assert structure is not None
    grid: Grid = PLUGINS.create("representation", "voxel").encode(structure)
    return Grid(np.stack([grid.channel(name) for name in channels]), channels, grid.lattice)


def processed(grid: Grid, *probes: str) -> Candidate:
    stages = build_stages(
        plan_of(RunConfig(generator="dataset", probes=probes, relax=None), PLUGINS), PLUGINS
    )
    return process(Candidate(index=0, seed=0, encoded=grid), stages)


def test_a_grid_is_measured_even_if_its_atoms_come_to_nothing() -> None:
    grid = sod_grid("energy:methane", "si", "o")
    values = grid.values.copy()
    values[1:] = 0.0
    lost = processed(grid.with_values(values), "methane", "pores")
    assert lost.rejection is not None
    assert lost.properties == {}
    assert set(lost.grid_properties) == {"methane"}, "pores are measured on atoms alone"
    whole = processed(grid, "methane")
    assert whole.grid_properties["methane"] == lost.grid_properties["methane"]
    drawn, final = (p["methane"]["void_fraction"].value for p in (whole.grid_properties, whole.properties))
    assert drawn == pytest.approx(final, abs=0.01)


def test_a_grid_without_the_channel_of_a_probe_is_no_error() -> None:
    candidate = processed(sod_grid("si", "o"), "methane")
    assert candidate.rejection is None
    assert candidate.grid_properties == {}
    assert set(candidate.properties) == {"methane"}


def screened(*targets: str, unblocked: bool = False) -> Candidate:
    """SOD, which a run with such targets is about to relax; by nothing, so that it goes on as it is."""
    config = RunConfig(
        generator="dataset", probes=("methane",), targets=targets, screen=True, unblocked=unblocked
    )
    stages = [
        stage
        for stage in build_stages(plan_of(config, PLUGINS), PLUGINS)
        if stage.name in ("probe unrelaxed", "screen")
    ]
    structure = relaxed_frameworks()["SOD"].structure
    return process(Candidate(index=0, seed=0, structure=structure), stages)


def test_what_misses_a_target_before_relaxation_is_not_relaxed() -> None:
    missed = screened("energy<99", "void_fraction=0.6", unblocked=True)
    assert missed.rejection is not None
    assert missed.rejection.reason == "off target before relaxation"
    measured = missed.unrelaxed_properties["methane"]["void_fraction"].value
    assert f"methane.void_fraction = 0.6, not {measured:.4g}" in missed.rejection.detail
    wish = f"void_fraction={measured + 0.019}"
    assert screened("energy<99", wish, unblocked=True).rejection is None
    closed = screened(wish)
    assert closed.rejection is not None, "methane cannot enter the cages of sodalite"
    assert f"methane.void_fraction_accessible = {measured + 0.019:g}, not 0" in closed.rejection.detail


def test_screening_needs_targets_and_a_relaxation() -> None:
    with pytest.raises(ConfigError, match="--target"):
        plan_of(RunConfig(generator="dataset", probes=("methane",), screen=True), PLUGINS)
    with pytest.raises(ConfigError, match="leave out --screen"):
        plan_of(
            RunConfig(generator="dataset", probes=("methane",), targets=("qst=1",), screen=True, relax=None),
            PLUGINS,
        )


class Mover(Postprocessor):
    """A relaxer that leaves a net and says of it what it is told to say."""

    says: RelaxFacts = RelaxFacts(potential="springs", net_unchanged=False)

    def apply(self, candidate: Candidate) -> Candidate:
        return candidate.state(self.says)


class Silent(Mover):
    says = RelaxFacts(potential="springs")


class Settled(Mover):
    says = RelaxFacts(potential="springs", net_unchanged=True)


class Namer(Postprocessor):
    """Every net that it sees has the same key."""

    def apply(self, candidate: Candidate) -> Candidate:
        return evolve(candidate, identity=named("seen"))


def named(key: str) -> Identity:
    facts = {"t_atoms": 1, "unique_t": 1, "coordination_sequences": (), "vertex_symbols": ()}
    return Identity(key=key, name=None, multiplicities=(1,), td10=1.0, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("relaxer", "identifier", "key", "unchanged"),
    [
        (Mover, "namer", "seen", False),
        (Mover, None, "before", False),
        (Silent, "namer", "seen", False),
        (Settled, "namer", "before", True),
    ],
)
def test_another_net_is_identified_again_by_the_identifier_of_the_run(
    plugin_set: Callable[..., Plugins],
    relaxer: type[Mover],
    identifier: str | None,
    key: str,
    unchanged: bool,
) -> None:
    specs = [
        PostprocessorSpec(name=stage, summary="", target=f"zeo_plugins_of_this_test:{cls}", stage=filled)
        for stage, cls, filled in (("mover", relaxer.__name__, "relax"), ("namer", "Namer", "identify"))
    ]
    plugins = plugin_set((specs[0], relaxer), (specs[1], Namer))
    before = Candidate(index=0, seed=0, identity=named("before"))
    after = relaxing("mover", identifier, plugins).apply(before)
    assert after.identity is not None
    assert after.identity.key == key
    assert RelaxFacts.read(after.notes).net_unchanged is unchanged
