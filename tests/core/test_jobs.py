"""A run shared out over processes: the same bytes for any number of them, and after a kill of any of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from clusters import local_cluster
from kept import recorded, records_of

from zeo.tools.parallel import TRIES

RUN = ["run", "--generator", "search", "--probe", "methane", "--batch-size", "2", "-n", "8", "--seed", "5"]


def zeo(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "zeo", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(*arguments: str) -> None:
    process = zeo(*arguments)
    _, errors = process.communicate()
    assert process.returncode == 0, errors


def results(path: Path) -> dict[str, bytes]:
    """All that a run writes but for its log and its lock; what a killed writer left is gone."""
    files = [file for file in path.rglob("*") if file.is_file() and file.name not in ("log.txt", ".lock")]
    return {str(file.relative_to(path)): file.read_bytes() for file in files}


def children(process: subprocess.Popen[str]) -> list[int]:
    """Of Linux: the processes that one started."""
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def workers(process: subprocess.Popen[str]) -> list[int]:
    """Those of them that work; another one only watches over what they share."""

    def command(pid: int) -> bytes:
        return Path(f"/proc/{pid}/cmdline").read_bytes()

    return [pid for pid in children(process) if b"spawn_main" in command(pid)]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process makes of the run."""
    path = tmp_path_factory.mktemp("alone") / "run"
    finished(*RUN, "--out", str(path))
    return results(path)


def test_any_number_of_processes_gives_the_same_bytes(tmp_path: Path, alone: dict[str, bytes]) -> None:
    """Two of them make it where one is killed."""
    finished(*RUN, "--out", str(tmp_path / "run"), "--jobs", "3")
    assert results(tmp_path / "run") == alone


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_killed_worker_costs_nothing_but_time(tmp_path: Path, alone: dict[str, bytes]) -> None:
    process = zeo(*RUN, "--out", str(tmp_path / "run"), "--jobs", "2")
    while process.poll() is None and not (started := workers(process)):
        time.sleep(0.01)
    os.kill(started[0], signal.SIGKILL)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert results(tmp_path / "run") == alone


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_killed_run_is_resumed_by_any_number_of_processes(tmp_path: Path, alone: dict[str, bytes]) -> None:
    path = tmp_path / "run"
    process = zeo(*RUN, "--out", str(path), "--jobs", "2")
    while process.poll() is None and not recorded(path):
        time.sleep(0.01)
    process.kill()
    process.communicate()
    finished("run", "--resume", str(path), "--jobs", "2")
    assert results(path) == alone
    assert json.loads((path / "run.json").read_text())["n"] == 8


DEADLY = """
import os
import time

import attrs
from zeo import GeneratorSpec, PostprocessorSpec, ProbeSpec, QuantitySpec, hookimpl
from zeo.crystal.structure import Structure
from zeo.plugin.candidate import Sample
from zeo.plugin.interfaces import Generator, Postprocessor, PropertyProbe
from zeo.plugin.options import option
from zeo.plugin.quantity import Quantity


@hookimpl
def zeo_generators():
    return [GeneratorSpec(name="deadly", summary="", target="deadly_plugin:Deadly")]


@hookimpl
def zeo_probes():
    return [ProbeSpec(name="fragile", summary="", target="deadly_plugin:Fragile",
                      quantities=[QuantitySpec("volume", "A3")])]


@hookimpl
def zeo_postprocessors():
    return [PostprocessorSpec(name="grim", summary="", target="deadly_plugin:Grim", stage="relax")]


def seed_of(structure):
    return round(structure.lengths[0]) - 5


class Deadly(Generator):
    @attrs.frozen(kw_only=True)
    class Options:
        kills: tuple[int, ...] = option((), "seeds that end the process")
        loads: bool = option(True, "whether it can be loaded alive")

    def load(self, checkpoint, device):
        if not self.options.loads:
            os._exit(1)

    def sample(self, seeds, condition=None):
        for seed in seeds:
            if seed in self.options.kills:
                os._exit(1)
            lattice = [[5 + seed, 0, 0], [0, 5, 0], [0, 0, 5]]
            yield Sample(seed=seed, structure=Structure(lattice, ["Si"], [[0, 0, 0]]))


class Grim(Postprocessor):
    @attrs.frozen(kw_only=True)
    class Options:
        kills: tuple[int, ...] = option((), "seeds that end the process")
        hangs: tuple[int, ...] = option((), "seeds that are never done with")

    potential = "none"

    def apply(self, candidate):
        if seed_of(candidate.structure) in self.options.kills:
            os._exit(1)
        while seed_of(candidate.structure) in self.options.hangs:
            time.sleep(0.01)
        return candidate.note(potential="none", net_unchanged=True)


class Fragile(PropertyProbe):
    def properties(self, source):
        if seed_of(source) == 5:
            raise ValueError("five")
        return {"volume": Quantity(source.volume, "A3")}
"""

DEADLY_RUN = ["run", "--generator", "deadly", "--probe", "fragile", "--relax", "grim", "-n", "8"]
DEADLY_RUN += ["--batch-size", "4", "--config", "run.toml", "--jobs", "2"]


@pytest.fixture
def deadly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with plugins that kill the process that they work in."""
    (tmp_path / "deadly_plugin.py").write_text(DEADLY)
    info = tmp_path / "zeo_deadly-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: zeo-deadly\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[zeo]\ndeadly = deadly_plugin\n")
    path = [str(tmp_path), os.environ.get("PYTHONPATH")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, path)))
    monkeypatch.setenv("ZEO_PLUGINS", "zeo-deadly")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.toml").write_text("identify = 'none'\nrepair = 'none'\n")
    return tmp_path


@pytest.mark.slow
def test_what_kills_its_process_is_lost_alone_and_where_it_was(deadly: Path) -> None:
    finished(*DEADLY_RUN, "--out", "undisturbed")
    killing = ["--set", "deadly.kills=2,3", "--set", "grim.kills=6"]
    finished(*DEADLY_RUN, *killing, "--out", "disturbed")
    before, after = (records_of(deadly / name) for name in ("undisturbed", "disturbed"))
    places = {}
    for index in range(8):
        record = after[index]
        last = record["history"][-1]
        if last["reason"] == "killed its process":
            places[index] = (last["stage"], last["plugin"], len(record["history"]))
            assert last["detail"] == f"{TRIES} times; memory may have run out"
        else:
            assert record == before[index]
    assert places == {
        2: ("generate", "deadly", 1),
        3: ("generate", "deadly", 1),
        6: ("relax", "grim", 3),
    }
    assert after[5]["history"][-1]["reason"] == "error in the plugin"


@pytest.mark.slow
def test_what_hangs_is_lost_alone_and_where_it_was(deadly: Path) -> None:
    finished(*DEADLY_RUN, "--out", "undisturbed")
    finished(*DEADLY_RUN, "--set", "grim.hangs=4", "--time-limit", "2", "--out", "disturbed")
    before, after = (records_of(deadly / name) for name in ("undisturbed", "disturbed"))
    last = after[4].pop("history")[-1]
    assert (last["stage"], last["plugin"], last["reason"]) == ("relax", "grim", "took too long")
    assert [each for each in after if each["index"] != 4] == [each for each in before if each["index"] != 4]
    refused = zeo(*DEADLY_RUN, "--time-limit", "0", "--out", "refused")
    assert "give a number above 0" in refused.communicate()[1]
    assert not (deadly / "refused").exists()


@pytest.mark.parametrize(
    "settings",
    [
        ["--set", "deadly.kills=2", "--set", "grim.kills=1,6"],
        ["--set", "grim.hangs=4", "--time-limit", "2"],
    ],
    ids=["kills", "hangs"],
)
def test_what_ends_workers_elsewhere_is_lost_as_here(
    deadly: Path, monkeypatch: pytest.MonkeyPatch, settings: list[str]
) -> None:
    pytest.importorskip("distributed", reason="the extra cluster (distributed) is missing")
    monkeypatch.syspath_prepend(deadly)  # of which the workers are told
    finished(*DEADLY_RUN, *settings, "--out", "here")
    with local_cluster(2) as cluster:
        there = [*DEADLY_RUN[:-2], "--executor", f"dask:{cluster.scheduler_address}", "--out", "there"]
        finished(*there, *settings)
    assert results(deadly / "there") == results(deadly / "here")


def test_a_worker_without_the_plugin_is_one_line(deadly: Path) -> None:
    pytest.importorskip("distributed", reason="the extra cluster (distributed) is missing")
    with local_cluster(1) as cluster:
        there = [*DEADLY_RUN[:-2], "--executor", f"dask:{cluster.scheduler_address}", "--out", "there"]
        process = zeo(*there)
        _, errors = process.communicate()
    assert process.returncode == 1
    assert "zeo-deadly ('1.0' -> 'missing')" in errors.splitlines()[-1]
    assert not (deadly / "there").exists()


def test_processes_that_die_before_the_first_candidate_stop_the_run(deadly: Path) -> None:
    process = zeo(*DEADLY_RUN, "--set", "deadly.loads=false", "--out", "stillborn")
    _, errors = process.communicate()
    assert process.returncode == 1
    assert "processes were killed while they loaded deadly" in errors
    assert not (deadly / "stillborn").exists()
