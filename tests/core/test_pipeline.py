"""The run loop with plugins that behave, refuse, raise and lie; test_end_to_end.py has the real ones."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
from kept import files_of, forget, recorded, records_of

from zeo import GeneratorSpec, PostprocessorSpec, ProbeSpec, QuantitySpec
from zeo.crystal.structure import Structure
from zeo.errors import BusyError, ConfigError, InputError, PluginError, RunDirectoryError, ZeoError
from zeo.grids.grid import Grid
from zeo.plugin.candidate import Candidate, Rejection, Sample
from zeo.plugin.interfaces import Generator, Postprocessor, PropertyProbe
from zeo.plugin.options import option
from zeo.plugin.quantity import Quantity
from zeo.plugin.registry import Plugins
from zeo.running import pipeline
from zeo.running.config import RunConfig
from zeo.running.planning import plan_of
from zeo.running.rundir import RunDirectory
from zeo.running.summary import summarise
from zeo.tools.files import LOCK_FILE

MODULE = "zeo_plugins_of_this_test"


class Cubes(Generator):
    """One silicon in a cube whose edge is 5 A plus the seed; raises or finds nothing where told to."""

    @attrs.frozen(kw_only=True)
    class Options:
        raises_at: tuple[int, ...] = option((), "seeds at which sampling raises")
        nothing_at: tuple[int, ...] = option((), "seeds of which nothing comes")

    batches: ClassVar[list[list[int]]] = []

    def sample(self, seeds: Sequence[int], condition: Any = None) -> Iterator[Sample]:
        self.batches.append(list(seeds))
        for seed in seeds:
            if seed in self.options.raises_at:
                raise ValueError(f"seed {seed}")
            if seed in self.options.nothing_at:
                yield Sample(seed=seed, rejection=Rejection("nothing found", "one attempt"))
                continue
            yield Sample(
                seed=seed,
                structure=Structure(np.eye(3) * (5.0 + seed), ["Si"], [[0, 0, 0]]),
                source={"edge": seed},
            )


class Gate(Postprocessor):
    """Rejects the odd, raises on the multiples of seven, returns nonsense for thirteen."""

    def apply(self, candidate: Candidate) -> Candidate:
        if candidate.seed == 13:
            return "nonsense"  # type: ignore[return-value]
        if candidate.seed % 7 == 0:
            raise RuntimeError("a multiple of seven")
        if candidate.seed % 2:
            return candidate.note(parity=np.int64(1)).reject("odd", f"{candidate.seed} is odd")
        return candidate.note(parity=0)


class Volume(PropertyProbe):
    def properties(self, source: Grid | Structure) -> Mapping[str, Quantity]:
        assert isinstance(source, Structure)
        return {"volume": Quantity(source.volume, "A3")}


class Liar(PropertyProbe):
    def properties(self, source: Grid | Structure) -> Mapping[str, Quantity]:
        return {"volume": Quantity(1.0, "nm3")}


class Narrow(PropertyProbe):
    """Measures no cube of more than 1000 A3."""

    def properties(self, source: Grid | Structure) -> Mapping[str, Quantity]:
        assert isinstance(source, Structure)
        if source.volume > 1000.0:
            raise InputError("it is too large")
        return {"size": Quantity(source.volume, "A3")}


class Wishes(Generator):
    """Emits a cube of the volume that the first target starts at."""

    def sample(self, seeds: Sequence[int], condition: Any = None) -> Iterator[Sample]:
        for seed in seeds:
            edge = condition[0].low ** (1 / 3) if condition else 1.0
            source = {"probe": condition[0].probe if condition else None}
            yield Sample(seed=seed, structure=Structure(np.eye(3) * edge, ["Si"], [[0, 0, 0]]), source=source)


VOLUME = [QuantitySpec("volume", "A3")]
CUBES = (GeneratorSpec(name="cubes", summary="", target=f"{MODULE}:Cubes"), Cubes)
WISHES = (
    GeneratorSpec(name="wishes", summary="", target=f"{MODULE}:Wishes", takes_targets=True),
    Wishes,
)
GATE = (PostprocessorSpec(name="gate", summary="", target=f"{MODULE}:Gate", stage="repair"), Gate)
PROBE = (ProbeSpec(name="volume", summary="", target=f"{MODULE}:Volume", quantities=VOLUME), Volume)
LIAR = (ProbeSpec(name="liar", summary="", target=f"{MODULE}:Liar", quantities=VOLUME), Liar)

SIZE = [QuantitySpec("size", "A3")]
NARROW = (ProbeSpec(name="narrow", summary="", target=f"{MODULE}:Narrow", quantities=SIZE), Narrow)


@pytest.fixture
def plugins(plugin_set: Callable[..., Plugins]) -> Plugins:
    Cubes.batches.clear()
    return plugin_set(CUBES, WISHES, GATE, PROBE, LIAR, NARROW)


def config(**changes: Any) -> RunConfig:
    defaults: dict[str, Any] = {
        "generator": "cubes",
        "repair": "gate",
        "identify": None,
        "relax": None,
        "n": 6,
    }
    defaults |= {"probes": ("volume",), "seed": 1, "batch_size": 4}
    return RunConfig(**(defaults | changes))


def finished_run(path: Path, plugins: Plugins, configuration: RunConfig) -> RunDirectory:
    directory = RunDirectory.create(path, plan_of(configuration, plugins), configuration.n, {})
    with directory.session():
        pipeline.run(directory, plugins)
    return directory


def snapshot(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in files_of(path)}


def test_every_candidate_has_a_record_and_every_survivor_a_cif(tmp_path: Path, plugins: Plugins) -> None:
    directory = finished_run(tmp_path / "run", plugins, config())
    records = list(directory.records())
    assert [record.id for record in records] == [f"{i:06d}" for i in range(6)]
    assert [record.survived for record in records] == [False, True, False, True, False, True]
    assert [index for index, _ in directory.structures_at([1, 3, 5])] == [1, 3, 5]
    lost = records[0].lost_at
    assert lost is not None
    assert (lost.stage, lost.plugin, lost.reason, lost.detail) == ("repair", "gate", "odd", "1 is odd")
    assert lost.notes == {"parity": 1}
    assert records[1].properties["volume"]["volume"] == Quantity(343.0, "A3")
    assert records[1].source == {"edge": 2}


def test_an_exception_costs_one_candidate(tmp_path: Path, plugins: Plugins) -> None:
    records = list(finished_run(tmp_path / "run", plugins, config(seed=6, n=8)).records())
    outcomes = [record.history[-1].outcome for record in records]
    assert outcomes[1] == "failed"  # seed 7
    assert "RuntimeError: a multiple of seven" in records[1].history[-1].detail
    assert outcomes[7] == "failed"  # seed 13
    assert "returned str, not a Candidate" in records[7].history[-1].detail
    assert outcomes.count("passed") == 4


def test_an_error_of_the_generator_costs_one_sample(tmp_path: Path, plugins: Plugins) -> None:
    options = {"cubes": {"raises_at": "2,4"}}
    records = list(finished_run(tmp_path / "run", plugins, config(options=options)).records())
    assert [record.seed for record in records] == [1, 2, 3, 4, 5, 6]
    assert [record.history[-1].stage for record in records] == [
        "repair", "generate", "repair", "generate", "repair", "probe",
    ]  # fmt: skip
    assert "ValueError: seed 2" in records[1].history[-1].detail


def test_a_seed_of_which_nothing_came_is_counted_and_costs_nothing_else(
    tmp_path: Path, plugins: Plugins
) -> None:
    options = {"cubes": {"nothing_at": "2,3"}}
    directory = finished_run(tmp_path / "run", plugins, config(options=options, repair=None))
    records = list(directory.records())
    assert [record.survived for record in records] == [True, False, False, True, True, True]
    lost = records[1].lost_at
    assert lost is not None
    assert (lost.stage, lost.outcome, lost.reason) == ("generate", "rejected", "nothing found")
    funnel = summarise(directory.store, directory.plan).funnel
    assert (funnel[0].passed, funnel[0].lost) == (4, {"nothing found": 2})


def test_targets_reach_a_generator_that_takes_them(tmp_path: Path, plugins: Plugins) -> None:
    aimed = config(generator="wishes", repair=None, targets=("volume=64..70 A3",), n=1)
    (record,) = finished_run(tmp_path / "aimed", plugins, aimed).records()
    assert record.properties["volume"]["volume"].value == pytest.approx(64.0)
    assert record.source == {"probe": "volume"}
    aimless = attrs.evolve(aimed, targets=())
    (record,) = finished_run(tmp_path / "aimless", plugins, aimless).records()
    assert record.properties["volume"]["volume"].value == pytest.approx(1.0)


def test_a_target_that_nothing_measures_stops_the_run(plugins: Plugins) -> None:
    aimed = config(generator="wishes", targets=("qst=18..22 kJ/mol",))
    with pytest.raises(ConfigError, match="nothing measures 'qst'"):
        plan_of(aimed, plugins)


def test_a_probe_must_keep_its_word(tmp_path: Path, plugins: Plugins) -> None:
    with pytest.raises(PluginError, match="did not return volume in A3"):
        finished_run(tmp_path / "run", plugins, config(probes=("liar",), repair=None))


def test_what_a_wish_cannot_be_measured_of_misses_it_and_says_why(tmp_path: Path, plugins: Plugins) -> None:
    wishing = config(targets=("narrow.size>100",))
    directory = finished_run(tmp_path / "run", plugins, wishing)
    (failed,) = [each for each in directory.records() if each.history[-1].outcome == "failed"]
    assert (failed.seed, failed.history[-1].stage, failed.history[-1].plugin) == (6, "probe", "narrow")
    assert "it is too large" in failed.history[-1].detail
    summary = summarise(directory.store, directory.plan)
    assert (len(summary.rows), summary.on_target) == (2, 2)


def test_a_plugin_that_always_fails_stops_the_run(tmp_path: Path, plugins: Plugins) -> None:
    options = {"cubes": {"raises_at": ",".join(map(str, range(1, 100)))}}
    with pytest.raises(PluginError, match=r"cubes \(generate\) failed on 16 candidates in a row"):
        finished_run(tmp_path / "run", plugins, config(options=options, n=99))
    assert recorded(tmp_path / "run") == list(range(16))
    with pytest.raises(PluginError, match=r"cubes \(generate\) failed on all candidates"):
        finished_run(tmp_path / "short", plugins, config(options=options, n=3))


@pytest.mark.parametrize("batch_size", [1, 4])
@pytest.mark.parametrize("kept", [set(), {0}, {0, 1, 2, 3}])
def test_a_few_failures_stop_no_run_resumed_or_not(
    tmp_path: Path, plugins: Plugins, kept: set[int], batch_size: int
) -> None:
    options = {"cubes": {"raises_at": "2,3,4,5"}}
    failing = config(options=options, n=5, batch_size=batch_size)
    whole = finished_run(tmp_path / "whole", plugins, failing)
    finished_run(tmp_path / "stopped", plugins, failing)
    forget(tmp_path / "stopped", *set(range(5)) - kept)
    resumed = RunDirectory.open(tmp_path / "stopped")
    with resumed.session():
        pipeline.run(resumed, plugins)
    assert snapshot(resumed.path) == snapshot(whole.path)


def test_a_postprocessor_must_fill_its_own_stage(plugins: Plugins) -> None:
    with pytest.raises(ConfigError, match="gate fills the repair stage, not the identify stage"):
        plan_of(config(identify="gate"), plugins)


@pytest.mark.parametrize("kept", [set(), {0}, {1, 3}, {0, 1, 2, 3}, {4}])
def test_a_resumed_run_is_byte_identical(tmp_path: Path, plugins: Plugins, kept: set[int]) -> None:
    whole = finished_run(tmp_path / "whole", plugins, config())
    finished_run(tmp_path / "stopped", plugins, config())
    forget(tmp_path / "stopped", *set(range(6)) - kept)
    Cubes.batches.clear()
    resumed = RunDirectory.open(tmp_path / "stopped")
    assert resumed.recorded() == kept
    with resumed.session():
        pipeline.run(resumed, plugins)
    assert snapshot(resumed.path) == snapshot(whole.path)
    whole_batches = [[1, 2, 3, 4], [5, 6]]
    assert all(batch in whole_batches for batch in Cubes.batches)


def test_a_directory_belongs_to_one_configuration(tmp_path: Path, plugins: Plugins) -> None:
    finished_run(tmp_path / "run", plugins, config())
    with pytest.raises(RunDirectoryError, match="already holds this run; continue it with: zeo run --resume"):
        RunDirectory.create(tmp_path / "run", plan_of(config(), plugins), 6, {})
    with pytest.raises(RunDirectoryError, match=r"another configuration: n \(6 -> 7\)"):
        RunDirectory.create(tmp_path / "run", plan_of(config(), plugins), 7, {})
    with pytest.raises(RunDirectoryError) as refused:
        RunDirectory.create(tmp_path / "run", plan_of(config(n=7, seed=5, batch_size=2), plugins), 7, {})
    assert len(str(refused.value)) < 300 + len(str(tmp_path))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").touch()
    with pytest.raises(RunDirectoryError, match="not a run directory"):
        RunDirectory.create(tmp_path / "other", plan_of(config(), plugins), 6, {})
    with pytest.raises(RunDirectoryError, match=r"it has no run\.json"):
        RunDirectory.open(tmp_path / "other")


def test_one_process_at_a_time(tmp_path: Path, plugins: Plugins) -> None:
    directory = finished_run(tmp_path / "run", plugins, config())
    with directory.session():
        with (
            pytest.raises(BusyError, match="another process"),
            RunDirectory.open(directory.path).session(),
        ):
            pass
        if os.path.exists("/proc/self/fd"):
            assert len([file for file in open_files() if file.endswith("log.txt")]) == 1


def open_files() -> list[str]:
    descriptors = Path("/proc/self/fd")
    return [os.readlink(one) for one in descriptors.iterdir() if one.is_symlink()]


def test_a_run_that_was_removed_meanwhile_is_not_written_to(tmp_path: Path, plugins: Plugins) -> None:
    directory = RunDirectory.create(tmp_path / "run", plan_of(config(), plugins), 6, {})
    resumed = RunDirectory.open(directory.path)
    directory.remove_if_nothing_done()
    assert not directory.path.exists()
    with pytest.raises(RunDirectoryError, match="no run any more"), resumed.session():
        pass


@pytest.mark.parametrize("name", ["log.txt", "records", "structures", ".lock"])
def test_links_are_not_followed(tmp_path: Path, plugins: Plugins, name: str) -> None:
    directory = finished_run(tmp_path / "run", plugins, config())
    with directory.session():
        assert (directory.path / LOCK_FILE).exists()
    (directory.path / LOCK_FILE).touch()  # as a killed process leaves it
    (directory.path / name).rename(tmp_path / "elsewhere")
    (directory.path / name).symlink_to("../elsewhere")
    with pytest.raises(ZeoError, match=rf"{name} is a link to \.\./elsewhere"), directory.session():
        pass


def test_a_damaged_record_is_named(tmp_path: Path, plugins: Plugins) -> None:
    directory = finished_run(tmp_path / "run", plugins, config())
    (part,) = directory.path.glob("records/*")
    part.write_bytes(part.read_bytes()[:-20])
    with pytest.raises(RunDirectoryError, match=r"part-000000\.parquet is damaged"):
        list(directory.records())


def test_a_full_disk_keeps_what_was_written(
    tmp_path: Path, plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    directory = RunDirectory.create(tmp_path / "run", plan_of(config(), plugins), 6, {})
    write, room = os.write, 3000

    def on_a_small_disk(file: int, data: memoryview) -> int:
        nonlocal room
        if room == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = write(file, data[:room])
        room -= written
        return written

    with monkeypatch.context() as disk:
        disk.setattr("zeo.records.parts.os.write", on_a_small_disk)
        with pytest.raises(RunDirectoryError, match=r"No space left on device.*free some space.*--resume"):
            pipeline.run(directory, plugins)
    (journal,) = directory.path.glob("records/*")
    done = directory.recorded()
    assert done == set(range(len(done)))
    assert 0 < len(done) < 6
    assert journal.read_bytes().endswith(b"\n"), "nothing is left of the line for which there was no room"
    with directory.session():
        pipeline.run(directory, plugins)
    assert snapshot(directory.path) == snapshot(finished_run(tmp_path / "whole", plugins, config()).path)


def test_records_are_plain_json(tmp_path: Path, plugins: Plugins) -> None:
    directory = finished_run(tmp_path / "run", plugins, config())
    data = records_of(directory.path)[1]
    assert data["id"] == "000001"
    assert data["properties"] == {"volume": {"volume": {"unit": "A3", "value": 343.0}}}
    assert not list(directory.path.rglob("*.tmp"))


def test_a_run_that_was_killed_while_it_was_created_can_be_begun_or_resumed(
    tmp_path: Path, plugins: Plugins
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".run.json.abc.tmp").touch()
    directory = RunDirectory.create(tmp_path / "run", plan_of(config(), plugins), 6, {})
    (directory.path / "records").rmdir()
    (directory.path / "structures").rmdir()
    resumed = RunDirectory.open(directory.path)
    with resumed.session():
        pipeline.run(resumed, plugins)
    assert len(list(directory.records())) == 6


def test_a_disk_that_is_full_from_the_start_offers_no_resuming(
    tmp_path: Path, plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    plan = plan_of(config(), plugins)

    def full(path: Path, content: str | bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("zeo.running.rundir.write_atomically", full)
    with pytest.raises(RunDirectoryError, match="device; free some space or choose another --out"):
        RunDirectory.create(tmp_path / "run", plan, 6, {})
    monkeypatch.undo()
    RunDirectory.create(tmp_path / "run", plan, 6, {})


def test_files_that_are_no_records_are_left_alone(tmp_path: Path, plugins: Plugins) -> None:
    directory = finished_run(tmp_path / "run", plugins, config())
    (directory.path / "records" / "part-000000 copy.parquet").touch()
    assert directory.pending == 0
    assert len(list(directory.records())) == 6


@pytest.mark.parametrize(
    "text",
    [
        '{"format": 2}',
        '{"format": 1, "config": 3, "versions": {}}',
        '{"format": 2, "plan": [], "n": 1}',
        "[]",
        "{",
    ],
)
def test_a_damaged_run_json_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(RunDirectoryError, match=r"run\.json"):
        RunDirectory.open(tmp_path)
