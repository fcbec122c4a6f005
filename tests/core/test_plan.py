"""A configuration is resolved once, and what it became is what a run goes on with."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

from zeo import GeneratorSpec, PostprocessorSpec, ProbeSpec, QuantitySpec
from zeo.crystal.structure import Structure
from zeo.errors import ConfigError, ZeoError
from zeo.plugin import columns as columns_module
from zeo.plugin.candidate import Candidate, Sample
from zeo.plugin.columns import Column
from zeo.plugin.interfaces import Generator, Postprocessor, PropertyProbe
from zeo.plugin.options import option
from zeo.plugin.quantity import Quantity
from zeo.plugin.registry import Plugins, installed_plugins
from zeo.running import lifecycle, pipeline
from zeo.running.config import RunConfig
from zeo.running.plan import WEIGHTS, Plan
from zeo.running.planning import plan_of, require_same_inputs
from zeo.running.rundir import RunDirectory

MODULE = "zeo_plugins_of_this_test"
TARGET = ("qst=20 kJ/mol",)


class Cubes(Generator):
    """One silicon in a cube of one edge."""

    @attrs.frozen(kw_only=True)
    class Options:
        edge: float = option(5.0, "length of the edge", unit="A")

    def sample(self, seeds: Any, condition: Any = None) -> Any:
        for seed in seeds:
            cube = Structure([[self.options.edge, 0, 0], [0, 5, 0], [0, 0, 5]], ["Si"], [[0, 0, 0]])
            yield Sample(seed=seed, structure=cube)


class Volume(PropertyProbe):
    def properties(self, source: Any) -> Any:
        return {"volume": Quantity(source.volume, "A3")}


class Small(Postprocessor):
    """A filter: what is larger than 130 A3 is rejected by what was measured."""

    def check(self, stages: Sequence[str], columns: Sequence[Column]) -> None:
        if "volume.volume" not in [column.name for column in columns]:
            raise ConfigError("small reads the volume: add --probe volume")

    def apply(self, candidate: Candidate) -> Candidate:
        volume = candidate.properties["volume"]["volume"].value
        return candidate.reject("too large") if volume > 130.0 else candidate


QUANTITIES = [QuantitySpec("volume", "A3")]
PAIRS = [
    (GeneratorSpec(name="cubes", summary="", target=f"{MODULE}:Cubes"), Cubes),
    (
        ProbeSpec(
            name="volume", summary="", target=f"{MODULE}:Volume", quantities=[QuantitySpec("volume", "A3")]
        ),
        Volume,
    ),
    (PostprocessorSpec(name="small", summary="", target=f"{MODULE}:Small", stage="filter"), Small),
]


@pytest.fixture
def plugins(plugin_set: Callable[..., Plugins]) -> Plugins:
    return plugin_set(*PAIRS)


def config(**changes: Any) -> RunConfig:
    usual: dict[str, Any] = {"generator": "cubes", "repair": None, "identify": None, "relax": None, "n": 3}
    return RunConfig(**(usual | {"probes": ("volume",)} | changes))


@pytest.mark.parametrize(
    ("choices", "steered"),
    [
        ({"generator": "search", "targets": TARGET}, True),
        ({"generator": "search"}, False),
        ({"generator": "search", "targets": TARGET, "conditioner": None}, False),
        ({"generator": "dataset", "targets": TARGET}, False),
        ({"generator": "zeosym", "targets": TARGET}, True),
        ({"generator": "zeosym", "targets": TARGET, "conditioner": None}, False),
    ],
)
def test_targets_steer_where_the_generator_or_a_conditioner_takes_them(
    choices: dict[str, Any], steered: bool
) -> None:
    plan = plan_of(RunConfig(probes=("methane",), **choices), installed_plugins())
    assert plan.is_steered == steered


def test_nothing_is_left_open_and_a_file_holds_all_of_it() -> None:
    choices = RunConfig(generator="zeosym", probes=("methane", "pores"), targets=TARGET, screen=True)
    plan = plan_of(choices, installed_plugins())
    assert plan.conditioner == "concat"
    assert plan.plugin_of("repair") == "symmetric-repair"
    assert [str(target) for target in plan.targets] == ["methane.qst = 20 kJ/mol"]
    assert plan.options["methane"]["temperature"] == 298.0
    assert plan.options["relax"]["cell"]
    assert len(plan.hashes[WEIGHTS]) == 64
    assert Plan.from_json(json.loads(json.dumps(plan.as_json()))) == plan


def test_the_number_of_samples_is_no_part_of_a_plan(plugins: Plugins) -> None:
    assert plan_of(config(n=3), plugins) == plan_of(config(n=50), plugins)


def test_a_run_goes_on_as_it_was_begun_whatever_defaults_change(
    tmp_path: Path, plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = lifecycle.begin(config(), plugins, tmp_path / "run")

    @attrs.frozen(kw_only=True)
    class OptionsOfTomorrow:
        edge: float = option(9.0, "length of the edge", unit="A")

    monkeypatch.setattr(Cubes, "Options", OptionsOfTomorrow)
    resumed = lifecycle.resume(prepared.directory.path, plugins)
    lifecycle.carry_out(resumed, plugins)
    volumes = [record.properties["volume"]["volume"].value for record in resumed.directory.records()]
    assert volumes == pytest.approx([125.0] * 3)


def test_stages_are_built_and_targets_parsed_once_a_run(
    tmp_path: Path, plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = {"build": 0, "parse": 0}

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def count(*arguments: Any) -> Any:
            calls[name] += 1
            return function(*arguments)

        return count

    monkeypatch.setattr(pipeline, "build_stages", counted("build", pipeline.build_stages))
    monkeypatch.setattr(columns_module, "parse_target", counted("parse", columns_module.parse_target))
    prepared = lifecycle.begin(config(targets=("volume=100..200 A3",)), plugins, tmp_path / "run")
    lifecycle.carry_out(prepared, plugins)
    assert prepared.directory.pending == 0
    assert calls == {"build": 1, "parse": 1}


def test_filters_see_what_was_measured_and_reject_by_it(tmp_path: Path, plugins: Plugins) -> None:
    for edge, survived in ((5.0, True), (6.0, False)):
        choices = config(filters=("small", "small"), options={"cubes": {"edge": edge}})
        prepared = lifecycle.begin(choices, plugins, tmp_path / f"{edge}")
        lifecycle.carry_out(prepared, plugins)
        records = list(prepared.directory.records())
        assert [record.survived for record in records] == [survived] * 3
        assert [record.history[-1].stage for record in records] == ["filter"] * 3


def test_what_a_filter_lacks_is_found_before_a_sample_is_drawn(tmp_path: Path, plugins: Plugins) -> None:
    with pytest.raises(ConfigError, match="add --probe volume"):
        lifecycle.begin(config(filters=("small",), probes=()), plugins, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ({"filters": ("smal",)}, "there is no plugin 'smal' for the filter stage: did you mean 'small'\\?"),
        ({"filters": ("zzz",)}, "for the filter stage; there are: small;"),
        ({"repair": "smal"}, "there is no plugin 'smal' for the repair stage; there are: none"),
        ({"relax": "small"}, "not the relax stage, which these fill: nothing that is installed"),
    ],
)
def test_only_the_plugins_of_the_stage_are_listed(choice: Any, told: str, plugins: Plugins) -> None:
    with pytest.raises(ZeoError, match=told):
        plan_of(config(**choice), plugins)


def test_a_filter_cannot_repair(plugins: Plugins) -> None:
    with pytest.raises(ConfigError, match="small fills the filter stage, not the repair stage"):
        plan_of(config(repair="small"), plugins)


def test_other_weights_are_refused_in_a_line_that_says_how_to_go_on(tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "model.json").write_text("{}")
    choices = RunConfig(generator="search", checkpoint=str(weights))
    plan = plan_of(choices, installed_plugins())
    (weights / "README.md").write_text("prose may change")
    require_same_inputs(plan, installed_plugins(), "zeo run --resume runs/a")
    (weights / "model.json").write_text('{"steps": 1}')
    with pytest.raises(ConfigError, match=r"weights of search .*zeo run --resume runs/a --checkpoint PATH"):
        require_same_inputs(plan, installed_plugins(), "zeo run --resume runs/a")


def test_a_run_of_the_old_layout_still_opens(tmp_path: Path) -> None:
    old = {"generator": "search", "probes": ["methane"], "targets": ["qst=18..22"], "n": 4, "options": {}}
    old |= {"conditioner": "default", "repair": "repair", "relax": "relax", "identify": "identify", "seed": 7}
    (tmp_path / "run.json").write_text(json.dumps({"format": 1, "config": old, "versions": {}}))
    directory = RunDirectory.open(tmp_path)
    assert (directory.n, directory.plan.seed, directory.pending) == (4, 7, 4)
    assert directory.plan.is_steered


def test_another_representation_is_for_generators_that_can_be_told() -> None:
    with pytest.raises(ConfigError, match="search draws atoms"):
        plan_of(RunConfig(generator="search", representation="voxel"), installed_plugins())
    plan = plan_of(RunConfig(generator="dataset", representation="voxel"), installed_plugins())
    assert plan.plugin_of("decode") == "voxel"


def test_a_plugin_is_the_same_however_its_name_is_written() -> None:
    plain = RunConfig(probes=("methane",), targets=TARGET, options={"relax": {"rattle": 0.02}})
    written = RunConfig(
        generator="zeo-framework/dataset",
        probes=("zeo-framework/methane", "methane"),
        targets=TARGET,
        options={"zeo-framework/relax": {"rattle": 0.01}, "relax": {"rattle": 0.02}},
    )
    assert plan_of(written, installed_plugins()) == plan_of(plain, installed_plugins())


def test_options_of_the_probes_that_fill_channels_are_kept() -> None:
    plan = plan_of(RunConfig(generator="dataset", probes=("h2",)), installed_plugins())
    assert plan.options["methane"]["temperature"] == 298.0
