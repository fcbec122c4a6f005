"""A configuration is resolved once, and what it became is what a run goes on with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner

from zeo import GeneratorSpec, PostprocessorSpec, ProbeSpec, QuantitySpec
from zeo.cli import main
from zeo.crystal.structure import Structure
from zeo.errors import ConfigError, ZeoError
from zeo.plugin.candidate import Candidate, Sample
from zeo.plugin.columns import Column
from zeo.plugin.interfaces import Generator, Postprocessor, PropertyProbe
from zeo.plugin.options import option
from zeo.plugin.quantity import Quantity
from zeo.plugin.registry import Plugins, installed_plugins
from zeo.plugin.targets import TOLERANCES
from zeo.running import lifecycle, pipeline
from zeo.running import wanted as wanted_module
from zeo.running.config import RunConfig
from zeo.running.plan import WEIGHTS, Plan
from zeo.running.planning import plan_of, require_same_inputs
from zeo.running.rundir import RunDirectory
from zeo.running.runfile import FORMAT
from zeo.tools.hashes import hash_of
from zeo.tools.typed_json import parsed, structured

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


def no_report() -> None:
    """For who looks at records alone."""


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
    assert [str(target) for target in plan.targets] == ["methane.qst_accessible = 20 kJ/mol"]
    assert plan.options["methane"]["temperature"] == 298.0
    assert plan.options["relax"]["cell"]
    assert len(plan.hashes[WEIGHTS]) == 64
    assert structured(parsed(json.dumps(plan.as_json())), Plan) == plan


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
    lifecycle.carry_out(resumed, plugins, no_report)
    volumes = [record.properties["volume"]["volume"].value for record in resumed.directory.records()]
    assert volumes == pytest.approx([125.0] * 3)


def test_targets_hit_as_they_did_when_the_run_began(
    tmp_path: Path, plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = lifecycle.begin(config(targets=("volume=130 A3",)), plugins, tmp_path / "run").directory
    assert directory.plan.targets[0].hit_by(125.0)
    monkeypatch.setitem(TOLERANCES, "volume", 0.5)
    wanted_module._wish.cache_clear()
    assert RunDirectory.open(directory.path).plan.targets[0].hit_by(125.0)
    assert not plan_of(config(targets=("volume=130 A3",)), plugins).targets[0].hit_by(125.0)


class Twin(Postprocessor):
    """Of the name and with the option of a generator."""

    @attrs.frozen(kw_only=True)
    class Options:
        edge: float = option(7.0, "length of the edge", unit="A")
        further: str = option("ruler", "who measures", plugin="probe")
        file: Path | None = option(None, "a file that is read", files=True)

    def apply(self, candidate: Candidate) -> Candidate:
        return candidate


class Ruler(Volume):
    @attrs.frozen(kw_only=True)
    class Options:
        step: float = option(0.5, "length of a step", unit="A")


TWINS = [
    *PAIRS,
    (PostprocessorSpec(name="cubes", summary="", target=f"{MODULE}:Twin", stage="filter"), Twin),
    (ProbeSpec(name="ruler", summary="", target=f"{MODULE}:Ruler", quantities=QUANTITIES), Ruler),
]


def test_plugins_of_one_name_keep_options_of_their_own(
    tmp_path: Path, plugin_set: Callable[..., Plugins]
) -> None:
    plugins = plugin_set(*TWINS)
    plan = plan_of(config(filters=("cubes",)), plugins)
    assert (plan.options["generator:cubes"]["edge"], plan.options["postprocessor:cubes"]["edge"]) == (
        5.0,
        7.0,
    )
    told = {"cubes": {"edge": 6.0}, "postprocessor:cubes": {"edge": 8.0}}
    directory = lifecycle.begin(config(filters=("cubes",), options=told), plugins, tmp_path / "run").directory
    resumed = plugins.configured(RunDirectory.open(directory.path).plan.options)
    assert resumed.create("generator", "cubes").options.edge == 6.0
    assert resumed.create("postprocessor", "cubes").options.edge == 8.0


def test_options_of_plugins_that_options_name_are_kept(plugin_set: Callable[..., Plugins]) -> None:
    plan = plan_of(config(filters=("cubes",)), plugin_set(*TWINS))
    assert plan.options["ruler"] == {"step": 0.5}
    plan = plan_of(
        RunConfig(generator="search", relax=None, targets=TARGET, probes=("methane",)), installed_plugins()
    )
    assert plan.options["relax"]["max_iterations"] > 0


def test_a_plugin_that_an_option_names_and_that_is_not_there_is_found_at_once() -> None:
    choices = RunConfig(generator="search", options={"search": {"relax": "relaks"}})
    with pytest.raises(ZeoError, match="there is no postprocessor 'relaks': did you mean 'relax'"):
        plan_of(choices, installed_plugins())


def test_files_that_plugins_read_are_the_same_when_a_run_goes_on(
    tmp_path: Path, plugin_set: Callable[..., Plugins]
) -> None:
    plugins = plugin_set(*TWINS)
    folder = tmp_path / "read"
    folder.mkdir()
    (folder / "a.cif").write_text("a")
    choices = config(filters=("cubes",), options={"postprocessor:cubes": {"file": str(folder)}})
    path = lifecycle.begin(choices, plugins, tmp_path / "run").directory.path
    lifecycle.resume(path, plugins)
    (folder / "a.cif").rename(folder / "b.cif")
    with pytest.raises(ConfigError, match=rf"^{folder} changed since this run began: put the old one back"):
        lifecycle.resume(path, plugins)
    shutil.rmtree(folder)
    with pytest.raises(ZeoError, match="read") as error:
        lifecycle.resume(path, plugins)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("generator", ["dataset", "search"])
def test_frameworks_of_ones_own_are_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, generator: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("frameworks").mkdir()
    Path("frameworks", "a.cif").write_text("a")
    Path("LTA").mkdir()  # which is a framework type before it is a folder
    read = {"dataset": {"source": "frameworks"}, "search": {"parents": ("frameworks", "LTA")}}
    options = {generator: read[generator], "identify": {"reference": "frameworks"}}
    plan = plan_of(RunConfig(generator=generator, options=options), installed_plugins())
    assert sorted(plan.hashes) == sorted(["./frameworks", str(tmp_path / "frameworks")])
    assert plan.options["identify"]["reference"] == str(tmp_path / "frameworks")
    assert plan_of(RunConfig(generator="dataset"), installed_plugins()).hashes == {}


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
    monkeypatch.setattr(wanted_module, "parse_wish", counted("parse", wanted_module.parse_wish))
    wanted_module._wish.cache_clear()
    prepared = lifecycle.begin(config(targets=("volume=100..200 A3",)), plugins, tmp_path / "run")
    lifecycle.carry_out(prepared, plugins, no_report)
    assert prepared.directory.pending == 0
    assert calls == {"build": 1, "parse": 2}  # of accessible pores, and of all


def test_filters_see_what_was_measured_and_reject_by_it(tmp_path: Path, plugins: Plugins) -> None:
    for edge, survived in ((5.0, True), (6.0, False)):
        choices = config(filters=("small", "small"), options={"cubes": {"edge": edge}})
        prepared = lifecycle.begin(choices, plugins, tmp_path / f"{edge}")
        lifecycle.carry_out(prepared, plugins, no_report)
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


def old_run(folder: Path, **choices: Any) -> Path:
    """A run as format 1 kept it."""
    old = {"generator": "cubes", "probes": ["volume"], "repair": None, "identify": None, "relax": None}
    folder.mkdir()
    contents = {"format": 1, "config": {**old, "n": 3, "options": {}, **choices}, "versions": {}}
    (folder / "run.json").write_text(json.dumps(contents))
    return folder


def test_a_run_of_the_old_layout_is_of_the_new_one_once_it_goes_on(
    tmp_path: Path, plugins: Plugins, install: Callable[[Plugins], None]
) -> None:
    install(plugins)
    path = old_run(tmp_path / "run")
    resumed = lifecycle.resume(path, plugins)
    assert json.loads((path / "run.json").read_text())["format"] == 1
    lifecycle.carry_out(resumed, plugins, no_report)
    assert json.loads((path / "run.json").read_text())["format"] == FORMAT
    assert RunDirectory.open(path).plan == resumed.directory.plan == plan_of(config(), plugins)


class Learned(Cubes):
    def load(self, checkpoint: Path | None, device: str) -> None:
        assert checkpoint is not None


@pytest.mark.parametrize("format", [1, 2])
def test_weights_that_moved_are_named_once(
    tmp_path: Path, plugin_set: Callable[..., Plugins], install: Callable[[Plugins], None], format: int
) -> None:
    spec = GeneratorSpec(name="cubes", summary="", target=f"{MODULE}:Learned")
    plugins = plugin_set((spec, Learned), *PAIRS[1:])
    install(plugins)
    (tmp_path / "weights").write_text("old")
    choices = {"checkpoint": str(tmp_path / "weights")}
    if format == 1:
        path = old_run(tmp_path / "run", **choices)
    else:
        path = lifecycle.begin(config(**choices), plugins, tmp_path / "run").directory.path
    moved = (tmp_path / "weights").rename(tmp_path / "moved")
    assert RunDirectory.open(path).pending == 3
    with pytest.raises(ConfigError, match=f"cannot read .*zeo run --resume {path} --checkpoint PATH"):
        lifecycle.resume(path, plugins)
    lifecycle.carry_out(lifecycle.resume(path, plugins, moved), plugins, no_report)
    again = lifecycle.resume(path, plugins)
    assert again.directory.plan.checkpoint == str(moved)
    assert again.directory.plan.hashes == {WEIGHTS: hash_of(moved)}


@pytest.mark.parametrize("format", [1, 2])
def test_a_checkpoint_for_what_has_no_weights_is_refused_as_such(
    tmp_path: Path, plugins: Plugins, install: Callable[[Plugins], None], format: int
) -> None:
    install(plugins)
    path = tmp_path / "run"
    if format == 1:
        old_run(path)
    else:
        lifecycle.begin(config(), plugins, path)
    (tmp_path / "weights").touch()
    with pytest.raises(ConfigError, match="cubes draws this run without weights: leave out the checkpoint"):
        lifecycle.resume(path, plugins, tmp_path / "weights")


def test_another_representation_is_for_generators_that_can_be_told() -> None:
    with pytest.raises(ConfigError, match="search draws atoms"):
        plan_of(RunConfig(generator="search", representation="voxel"), installed_plugins())
    plan = plan_of(RunConfig(generator="dataset", representation="voxel"), installed_plugins())
    assert plan.plugin_of("decode") == "voxel"


def test_a_plugin_is_the_same_however_its_name_is_written() -> None:
    plain = RunConfig(
        generator="dataset", probes=("methane",), targets=TARGET, options={"relax": {"rattle": 0.02}}
    )
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


def test_options_of_a_plugin_that_plays_no_part_are_refused(tmp_path):
    settings = ("--set", "dataset.source=iza", "--set", "search.t_atoms=4,8")
    done = CliRunner().invoke(
        main, ["run", "--generator", "dataset", *settings, "--out", str(tmp_path / "run")]
    )
    assert done.exit_code == 1
    assert done.stderr == "Error: this run does not use search: leave its options out, or choose it\n"
    assert not (tmp_path / "run").exists()


def test_a_preset_may_speak_of_what_the_run_does_without():
    config = RunConfig(generator="zeosym", preset="zeogan-2020", options={"voxel": {"decoder": "flood-fill"}})
    assert plan_of(config, installed_plugins()).generator == "zeosym"
