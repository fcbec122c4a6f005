"""Runs that end with enough frameworks or by the clock, or get more samples: always the same bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from kept import recorded, records_of

import zeo
from zeo.cli import main
from zeo.errors import BusyError, ConfigError
from zeo.plugin import registry
from zeo.plugin.candidate import Energy, Identity, StageRecord
from zeo.plugin.facts import RelaxFacts
from zeo.records.record import Record
from zeo.running.enough import Enough, Goal, in_time
from zeo.running.pipeline import batches_of
from zeo.running.plan import Plan
from zeo.running.rundir import RunDirectory

SHELF = """
import os
import time

import attrs
import numpy as np
from zeo import GeneratorSpec, PostprocessorSpec, ProbeSpec, QuantitySpec, hookimpl
from zeo.crystal.structure import Structure
from zeo.plugin.candidate import Energy, Identity, Sample
from zeo.plugin.facts import RelaxFacts
from zeo.plugin.interfaces import Generator, Postprocessor, PropertyProbe
from zeo.plugin.options import option
from zeo.plugin.quantity import Quantity


@hookimpl
def zeo_generators():
    return [GeneratorSpec(name="shelf", summary="", target="shelf_plugin:Shelf")]


@hookimpl
def zeo_probes():
    return [ProbeSpec(name="edge", summary="", target="shelf_plugin:Edge",
                      quantities=[QuantitySpec("edge", "A")])]


@hookimpl
def zeo_postprocessors():
    return [PostprocessorSpec(name="label", summary="", target="shelf_plugin:Label", stage="identify"),
            PostprocessorSpec(name="weigh", summary="", target="shelf_plugin:Weigh", stage="relax")]


class Shelf(Generator):
    @attrs.frozen(kw_only=True)
    class Options:
        kills: tuple[int, ...] = option((), "seeds that end the process")
        pause: float = option(0.0, "seconds for each sample")

    def sample(self, seeds, condition=None):
        for seed in seeds:
            if seed in self.options.kills:
                os._exit(1)
            time.sleep(self.options.pause)
            edge = 5 + seed % 5
            yield Sample(seed=seed, structure=Structure(np.eye(3) * edge, ["Si"], [[0, 0, 0]]),
                         source={"drawn together": len(seeds)})


class Label(Postprocessor):
    # Each net comes twice in a row; each third has a name.
    def apply(self, candidate):
        net = candidate.seed // 2
        return attrs.evolve(candidate, identity=Identity(
            key=f"net{net}", name="KNOWN" if net % 3 == 0 else None, t_atoms=1, unique_t=1,
            coordination_sequences=((4,),), vertex_symbols=("4",), multiplicities=(1,), td10=700.0))


class Weigh(Postprocessor):
    potential = "SLC"

    def apply(self, candidate):
        value = 40.0 if candidate.seed % 4 == 0 else 10.0
        told = candidate.state(RelaxFacts(potential="SLC", net_unchanged=True))
        return attrs.evolve(told, energy=Energy(value=value, potential="SLC"))


class Edge(PropertyProbe):
    def properties(self, source):
        return {"edge": Quantity(source.lengths[0], "A")}
"""


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to work in, with quick plugins that are installed in every process begun from here."""
    (tmp_path / "shelf_plugin.py").write_text(SHELF)
    info = tmp_path / "zeo_shelf-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: zeo-shelf\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[zeo]\nshelf = shelf_plugin\n")
    path = [str(tmp_path), os.environ.get("PYTHONPATH")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, path)))
    monkeypatch.setenv("ZEO_PLUGINS", "zeo-shelf")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.toml").write_text("generator='shelf'\nrepair='none'\nidentify='label'\nrelax='weigh'\n")
    registry.installed_plugins.cache_clear()
    yield tmp_path
    registry.installed_plugins.cache_clear()
    sys.modules.pop("shelf_plugin", None)


def arguments(out: str, *more: str) -> list[str]:
    return ["run", "--config", "run.toml", "--probe", "edge", "--batch-size", "4", "--out", out, *more]


def run(out: str, *more: str) -> Result:
    return CliRunner().invoke(main, arguments(out, *more))


def resume(out: str, *more: str) -> Result:
    return CliRunner().invoke(main, ["run", "--resume", out, *more])


def results(path: str) -> dict[str, bytes]:
    """All that a run writes but for its log and its lock."""
    files = [
        file for file in Path(path).rglob("*") if file.is_file() and file.name not in ("log.txt", ".lock")
    ]
    return {str(file.relative_to(path)): file.read_bytes() for file in files}


def drawn(path: str) -> list[int]:
    return recorded(path)


def seed_of_last(until: int, counts: Callable[[int], bool]) -> int:
    """The seed that completes so many nets: those of the shelf have the seeds 0 and 1, 2 and 3, ..."""
    nets: set[int] = set()
    for seed in range(1000):
        if counts(seed):
            nets.add(seed // 2)
        if len(nets) == until:
            return seed
    raise AssertionError("never")


def is_feasible(seed: int) -> bool:
    return seed % 4 != 0


@pytest.mark.parametrize(
    ("asked", "until", "counts", "words"),
    [
        ((), 5, is_feasible, "distinct nets, feasible"),
        (("--new",), 5, lambda seed: is_feasible(seed) and seed // 2 % 3 != 0, "feasible, new"),
        (
            ("--target", "edge<=6 A"),
            3,
            lambda seed: is_feasible(seed) and seed % 5 <= 1,
            "feasible, on target",
        ),
        (("--relax", "none"), 2, lambda _: True, "distinct nets"),
    ],
)
def test_a_run_ends_behind_the_sample_that_completes_what_is_wanted(
    shelf: Path, asked: tuple[str, ...], until: int, counts: Callable[[int], bool], words: str
) -> None:
    result = run("run", "--until", str(until), *asked)
    assert result.exit_code == 0, result.output
    assert drawn("run") == list(range(seed_of_last(until, counts) + 1))
    assert sorted(int(file.stem) for file in Path("run").glob("structures/*.cif")) == drawn("run")
    report = json.loads(Path("run/report.json").read_text())
    assert (report["until"], report["until_new"], report["found"]) == (until, "--new" in asked, until)
    assert f"of {until} wanted: " in result.stdout
    assert f"{words}\n" in result.stdout
    assert "--resume" not in result.stdout
    assert (zeo.Run.open("run").pending, zeo.Run.open("run").n) == (0, 100 * until)
    directory = RunDirectory.open(Path("run"))
    assert not list(batches_of(directory, directory.enough())), "nothing is left to draw"


def test_any_number_of_processes_and_a_kill_give_the_same_bytes(shelf: Path) -> None:
    asked = ("--until", "12", "-n", "60", "--set", "shelf.pause=0.02")
    assert run("alone", *asked).exit_code == 0
    assert run("shared", *asked, "--jobs", "2").exit_code == 0
    killed = subprocess.Popen([sys.executable, "-m", "zeo", *arguments("killed", *asked)])
    while killed.poll() is None and len(drawn("killed")) < 6:
        time.sleep(0.005)
    killed.kill()
    killed.wait()
    assert len(drawn("killed")) < len(drawn("alone")) < 60
    assert resume("killed", "--jobs", "2").exit_code == 0
    assert results("shared") == results("alone")
    assert results("killed") == results("alone")


def test_what_turns_out_to_lie_behind_the_end_is_dropped(shelf: Path) -> None:
    """The first batch kills its processes and is done last; only then is it known that 6 is the end."""
    result = run("run", "--until", "3", "-n", "40", "--jobs", "2", "--set", "shelf.kills=1")
    assert result.exit_code == 0, result.output
    assert drawn("run") == list(range(7))  # 2, 5 and 6
    assert max(int(file.stem) for file in Path("run").glob("structures/*.cif")) == 6
    assert records_of("run")[1]["history"][-1]["outcome"] == "failed"


def test_what_is_not_found_is_said_and_can_be_looked_for_further(shelf: Path) -> None:
    result = run("run", "--until", "9", "-n", "10")
    assert result.exit_code == 0
    found = len({seed // 2 for seed in range(10) if is_feasible(seed)})
    assert f"Found {found} of 9 frameworks wanted in 10 samples." in result.stdout
    assert "zeo run --resume run -n 20" in result.stdout
    assert drawn("run") == list(range(10))
    assert json.loads(Path("run/report.json").read_text())["found"] == found
    assert resume("run", "-n", "20").exit_code == 0
    assert run("at-once", "--until", "9", "-n", "20").exit_code == 0
    assert drawn("run") == list(range(seed_of_last(9, is_feasible) + 1))
    assert results("run") == results("at-once")


@pytest.mark.parametrize("n", [4, 6, 10])
@pytest.mark.parametrize("stopped", [False, True])
def test_a_run_with_more_samples_is_as_if_begun_with_them(shelf: Path, n: int, stopped: bool) -> None:
    """Samples know how many are drawn together, as those of networks do by their last digits."""
    zeo.run(n=n, out="run", config="run.toml", probes="edge", batch_size=4, minutes=1e-9 if stopped else None)
    more = zeo.resume_run("run", n=10)
    assert (more.n, more.pending) == (10, 0)
    zeo.run(n=10, out="at-once", config="run.toml", probes="edge", batch_size=4)
    assert results("run") == results("at-once")


def test_time_that_is_over_ends_a_run_between_batches(shelf: Path) -> None:
    result = run("run", "-n", "10", "--minutes", "1e-9")
    assert result.exit_code == 0, result.output
    assert drawn("run") == [0, 1, 2, 3]
    told = "Stopped after 4 samples with 6 samples to go. Continue with: zeo run --resume run"
    assert result.stdout.splitlines()[-1] == told
    assert resume("run", "--minutes", "1e-9").exit_code == 0
    assert drawn("run") == list(range(8))
    assert resume("run").exit_code == 0
    assert run("whole", "-n", "10").exit_code == 0
    assert results("run") == results("whole")


def test_runs_of_before_there_were_goals_still_open(shelf: Path) -> None:
    assert run("run", "-n", "3").exit_code == 0
    whole = results("run")
    contents = json.loads(whole["run.json"])
    assert contents.pop("goal", "") is None
    Path("run/run.json").write_text(json.dumps(contents))
    assert zeo.Run.open("run").pending == 0
    assert resume("run").exit_code == 0
    assert results("run") == whole


def test_a_run_that_meanwhile_wants_more_keeps_wanting_them(shelf: Path) -> None:
    from zeo.api.runs import resumed

    zeo.run(n=3, out="run", config="run.toml", probes="edge")
    opened = resumed("run")
    zeo.resume_run("run", n=5)
    opened.carry_out(lambda _: None, 1)
    assert (zeo.Run.open("run").n, drawn("run")) == (5, [0, 1, 2, 3, 4])


def test_more_samples_are_asked_for_by_one_process_at_a_time(shelf: Path) -> None:
    first = zeo.run(n=3, out="run", config="run.toml", probes="edge")
    before = results("run")
    with first.directory.session(), pytest.raises(BusyError, match="another process"):
        zeo.resume_run("run", n=5)
    assert results("run") == before


def test_nobody_changes_a_run_that_is_reported(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, tries = zeo.Run.write_report, []

    def interrupted_by_another(run: zeo.Run) -> None:
        tries.append(run.path)
        with pytest.raises(BusyError, match="another process"):
            zeo.resume_run("run", n=5)
        write(run)

    monkeypatch.setattr(zeo.Run, "write_report", interrupted_by_another)
    zeo.run(n=3, out="run", config="run.toml", probes="edge")
    assert len(tries) == 1
    assert drawn("run") == [0, 1, 2]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("--new",), "give --until too"),
        (("--until", "30", "-n", "20"), "20 samples cannot give 30 frameworks"),
        (("--minutes", "nan"), "minutes must be finite"),
        (("--minutes", "0"), "minutes: give a number above 0"),
    ],
)
def test_what_cannot_be_asked_for_is_one_line_and_leaves_nothing(
    shelf: Path, asked: tuple[str, ...], message: str
) -> None:
    result = run("run", *asked)
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stderr.count("Error: ") == 1
    assert not Path("run").exists()


def test_different_nets_are_counted_only_where_nets_are_identified(shelf: Path) -> None:
    with pytest.raises(ConfigError, match="this run identifies none"):
        zeo.run(until=3, out="run", config="run.toml", identify=None)
    with pytest.raises(ConfigError, match="leave out until"):
        zeo.interpolate("SOD", "LTA", until=3, out="run")
    assert not Path("run").exists()


def test_fewer_samples_than_there_are_to_be_are_refused(shelf: Path) -> None:
    assert run("run", "-n", "6").exit_code == 0
    before = results("run")
    result = resume("run", "-n", "5")
    assert result.exit_code == 1
    assert result.stderr == "Error: run wants 6 samples: -n is for all of them, 6 or more\n"
    assert results("run") == before
    assert resume("run", "--until", "3").exit_code == 2


def record(index: int, net: int, name: str | None, energy: float | None) -> Record:
    identity = Identity(
        key=f"net{net}",
        name=name,
        t_atoms=1,
        unique_t=1,
        coordination_sequences=((4,),),
        vertex_symbols=("4",),
        multiplicities=(1,),
        td10=700.0,
    )
    notes = RelaxFacts(potential="SLC", net_unchanged=True).notes()
    return Record(
        index=index,
        seed=index,
        survived=True,
        source={},
        history=(StageRecord(stage="relax", plugin="weigh", outcome="passed", notes=notes),),
        cell=None,
        identity=identity,
        energy=None if energy is None else Energy(value=energy, potential="SLC"),
        properties={},
        unrelaxed_properties={},
        grid_properties={},
    )


@settings(deadline=None)
@given(
    samples=st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from([None, "SOD"]), st.sampled_from([None, 10.0, 31.0])),
        max_size=12,
    ),
    until=st.integers(1, 4),
    new=st.booleans(),
    random=st.randoms(use_true_random=False),
)
def test_the_end_does_not_depend_on_the_order_of_records(
    plan_with: Callable[..., Plan],
    samples: list[tuple[int, str | None, float | None]],
    until: int,
    new: bool,
    random: object,
) -> None:
    records = [record(index, *sample) for index, sample in enumerate(samples)]
    end, nets = len(samples), set()
    for index, (net, name, energy) in enumerate(samples):
        if energy == 10.0 and not (new and name):
            nets.add(net)
        if len(nets) == until:
            end = index + 1
            break
    random.shuffle(records)  # type: ignore[attr-defined]
    enough = Enough(Goal(until=until, new=new), plan_with(), n=len(samples))
    ends = []
    for one in records:
        enough.count(one)
        ends.append(enough.end)
    assert enough.end == end
    assert enough.found == min(until, len(nets))
    assert ends == sorted(ends, reverse=True)


def test_the_first_item_is_begun_however_little_time_there_is() -> None:
    assert list(in_time([1, 2, 3], 1e-9)) == [1]
    assert list(in_time([1, 2, 3], None)) == [1, 2, 3]
    assert list(in_time([1, 2, 3], 60)) == [1, 2, 3]
