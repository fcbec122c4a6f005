"""Work by any executor: the same bytes as by one process, whoever is killed meanwhile."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest
from attrs import frozen
from clusters import local_cluster
from command_line import done, limited, run_zeo
from kept import recorded

import zeo
from zeo.api.executors import engine
from zeo.crystal.cif import cif_text
from zeo.data.known.relaxed import relaxed_structure
from zeo.errors import LostError
from zeo.plugin.registry import refreshed_plugins
from zeo.running.sharing import workers

sys.path.insert(0, str(Path(__file__).parent))  # as the workers of a cluster are told
import chores

RUN = ["run", "--generator", "search", "--probe", "methane", "--batch-size", "2", "-n", "8", "--seed", "5"]
RUN += ["--relax", "none", "--grid-size", "12", "--no-report"]

try:
    import distributed
except ImportError:
    distributed = None

WANDERER = Path(__file__).parent / "data" / "wanderer"
"""A generator whose rounds are short."""


@pytest.fixture(autouse=True, scope="module")
def _installed() -> Iterator[None]:
    """The wanderer, and what the workers of a cluster import from this folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(WANDERER))
        patch.setenv("PYTHONPATH", os.pathsep.join(map(str, [WANDERER, Path(__file__).parent])), os.pathsep)
        patch.delenv("ZEO_PLUGINS", raising=False)
        refreshed_plugins()
        yield
    refreshed_plugins()


LIMIT = 600
"""Seconds after which a test waits for something that never comes."""


@pytest.fixture(autouse=True)
def _ends() -> Iterator[None]:
    """A test that waits for ever fails, and shows where all threads were."""

    def fail(*_: object) -> None:
        faulthandler.dump_traceback(sys.__stderr__ or sys.stderr)
        pytest.fail(f"it did not end within {LIMIT} seconds")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(LIMIT)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


needs_dask = pytest.mark.skipif(distributed is None, reason="the extra cluster (distributed) is missing")


def refused(*words: object) -> str:
    """The line that a command ends with."""
    result = run_zeo(*words)
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.stderr
    return result.stderr.strip().splitlines()[-1]


def contents(path: Path) -> dict[str, bytes]:
    files = [file for file in path.rglob("*") if file.is_file() and file.name not in ("log.txt", ".lock")]
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process makes of the run."""
    path = tmp_path_factory.mktemp("alone") / "run"
    done(*RUN, "--out", path)
    return contents(path)


MINE = """
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
import multiprocessing

def threads():
    return ThreadPoolExecutor(2)

def processes():
    return ProcessPoolExecutor(2, multiprocessing.get_context("spawn"))

def nothing():
    return 5

def broken():
    raise OSError("no queue")
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a module of somebody's executors."""
    (tmp_path / "mine.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("executor", ["local:2", "mine:threads"])
def test_any_executor_gives_the_same_bytes(mine: Path, alone: dict[str, bytes], executor: str) -> None:
    done(*RUN, "--executor", executor, "--out", "run")
    assert contents(mine / "run") == alone
    assert not list((mine / "run").glob(".zeo*"))


COMMANDS = {
    "probe": "probe LTA SOD nothing.cif CHA --probe methane --grid-size 8 --json",
    "identify": "identify LTA SOD nothing.cif CHA --json",
    "relax": "relax SOD nothing.cif ABW --json",
    "isotherm": "isotherm SOD nothing.cif ABW --pressures 1,10 --set methane-loading.spacing=1 --json",
    "data build": "data build SOD.cif ABW.cif nothing.cif --min-kh 0 --relax --set methane.n=8 --out out",
    "data make": "data make hypothetical --generator wanderer -n 2 --set methane.n=8 --out out",
}


@frozen
class Made:
    """What a command came to: its end, what it said, and its files."""

    exit_code: int
    output: str
    files: dict[str, bytes]
    complaints: int

    @classmethod
    def by(cls, command: str, folder: Path, *options: str) -> Made:
        folder.mkdir()
        for code in ("SOD", "ABW"):
            (folder / f"{code}.cif").write_text(cif_text(relaxed_structure(code), code))
        (folder / "nothing.cif").touch()
        with contextlib.chdir(folder):
            result = run_zeo(*command.split(), *options)
            return cls(result.exit_code, result.stdout, contents(folder), result.stderr.count("nothing.cif"))


@pytest.fixture(scope="module")
def made_alone(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Made]:
    """What one process makes of a command."""

    @cache
    def make(name: str) -> Made:
        made = Made.by(COMMANDS[name], tmp_path_factory.mktemp("alone") / "here")
        assert made.complaints == COMMANDS[name].count("nothing.cif")
        assert "SOD" in made.output or any(file.startswith("out/") for file in made.files)
        return made

    return make


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shares_its_work_out(
    mine: Path, made_alone: Callable[[str], Made], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(mine)
    assert Made.by(COMMANDS[name], mine / "there", "--executor", "mine:threads") == made_alone(name)


def test_python_takes_an_executor() -> None:
    with ThreadPoolExecutor(2) as threads:
        assert zeo.identify(["LTA", "SOD"], executor=threads).table()["name"].tolist() == ["LTA", "SOD"]
    assert zeo.identify(["LTA", "SOD"], executor="local:2").table()["name"].tolist() == ["LTA", "SOD"]


@pytest.mark.parametrize(
    ("executor", "said"),
    {
        "nowhere": "give local:N, dask:ADDRESS",
        "local:0": "give a number of processes",
        "local:x": "give a number of processes",
        "no_such_module:f": "No module named 'no_such_module'",
        "mine:no_such_function": "no_such_function",
        "mine:nothing": "returned int, which is no concurrent.futures.Executor",
        "mine:broken": "OSError: no queue",
        "": "an empty text",
    }.items(),
)
def test_what_is_no_executor_is_one_line(mine: Path, executor: str, said: str) -> None:
    assert said in refused(*RUN, "--executor", executor, "--out", "run")
    assert not (mine / "run").exists()


def test_processes_are_asked_for_once(mine: Path) -> None:
    assert "give one of them" in refused(*RUN, "--executor", "local:2", "--jobs", "3", "--out", "run")
    with pytest.raises(zeo.ConfigError, match="executor"):
        zeo.run("search", n=4, executor=7)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def cluster(_installed: None) -> Iterator[str]:
    """The address of a scheduler with two workers, which come back when they are killed."""
    with local_cluster(2) as local:
        yield local.scheduler_address


def pids(address: str) -> list[int]:
    with distributed.Client(address, set_as_default=False) as client:
        return [*client.run(os.getpid).values()]


def command(*words: object) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "zeo", *map(str, words)]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@needs_dask
def test_dask_gives_the_same_bytes(tmp_path: Path, alone: dict[str, bytes], cluster: str) -> None:
    done(*RUN, "--executor", f"dask:{cluster}", "--out", tmp_path / "run")
    assert contents(tmp_path / "run") == alone


@needs_dask
@pytest.mark.parametrize("name", COMMANDS)
def test_dask_does_the_work_of_every_command(
    tmp_path: Path, made_alone: Callable[[str], Made], cluster: str, name: str
) -> None:
    assert Made.by(COMMANDS[name], tmp_path / "there", "--executor", f"dask:{cluster}") == made_alone(name)


@needs_dask
def test_killed_workers_and_a_killed_driver_cost_nothing(
    tmp_path: Path, alone: dict[str, bytes], cluster: str
) -> None:
    out = tmp_path / "run"
    driver = command(*RUN, "--executor", f"dask:{cluster}", "--out", out)
    while driver.poll() is None and not recorded(out):
        time.sleep(0.02)
    os.kill(pids(cluster)[0], signal.SIGKILL)
    driver.kill()
    driver.communicate()
    resuming = command("run", "--resume", out, "--executor", f"dask:{cluster}", "--no-report")
    time.sleep(2)
    os.kill(pids(cluster)[0], signal.SIGKILL)
    _, errors = resuming.communicate()
    assert resuming.returncode == 0, errors
    assert contents(out) == alone


@needs_dask
def test_a_poison_item_is_lost_alone(tmp_path: Path, cluster: str) -> None:
    with (
        engine(f"dask:{cluster}", 1) as what,
        workers(chores.killing, (tmp_path, 10), 1, what.executor) as sharing,
    ):
        found = dict(sharing.map(range(-2, 8)))
        assert "lost" in what.state
    assert isinstance(found.pop(0), LostError)
    assert (tmp_path / "0").stat().st_size == 3
    assert found == {item: item * item for item in (-2, -1, *range(1, 8))}


@needs_dask
def test_a_result_that_cannot_be_fetched_is_not_waited_for(cluster: str) -> None:
    with (
        engine(f"dask:{cluster}", 1) as what,
        workers(chores.unreadable, (), 1, what.executor) as sharing,
    ):
        found = dict(sharing.map(range(20)))
    assert isinstance(found.pop(1), ValueError)
    assert isinstance(found.pop(2), TypeError)
    assert found == {item: item for item in (0, *range(3, 20))}


@needs_dask
def test_another_version_on_a_worker_is_one_line(
    tmp_path: Path, cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zeo, "__version__", "0.0.1")
    line = refused(*RUN, "--executor", f"dask:{cluster}", "--out", tmp_path / "run")
    assert "has other software: zeo ('0.0.1' ->" in line
    assert not (tmp_path / "run").exists()


@needs_dask
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://x", "no-port", "tls://127.0.0.1:1"])
def test_no_scheduler_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr("zeo.tools.dask_executor.PATIENCE", 1)
    line = refused(*RUN, "--executor", f"dask:{address}", "--out", tmp_path / "run")
    assert f"no Dask scheduler answers at {address}" in line
    assert not (tmp_path / "run").exists()


@needs_dask
def test_a_scheduler_that_goes_away_is_one_line(tmp_path: Path, alone: dict[str, bytes]) -> None:
    out = tmp_path / "run"
    with local_cluster(1) as local:
        driver = command(*RUN, "--executor", f"dask:{local.scheduler_address}", "--out", out)
        while driver.poll() is None and not recorded(out):
            time.sleep(0.02)
    _, errors = driver.communicate(timeout=120)
    assert driver.returncode == 1, errors
    assert "the Dask scheduler went away" in errors.strip().splitlines()[-1]
    done("run", "--resume", out, "--no-report")
    assert contents(out) == alone


@needs_dask
def test_a_full_disk_where_the_driver_is_is_one_line(
    tmp_path: Path, alone: dict[str, bytes], cluster: str
) -> None:
    there = ["--executor", f"dask:{cluster}"]
    ended = limited(len(alone["run.json"]), *RUN, *there, "--out", "run", cwd=tmp_path)
    assert ended.returncode == 1, ended.stderr
    assert ended.stderr.strip().splitlines()[-1].endswith("continue with: zeo run --resume run")
    done("run", "--resume", tmp_path / "run", *there, "--no-report")
    assert contents(tmp_path / "run") == alone


@needs_dask
def test_a_run_says_that_it_waits_for_workers(tmp_path: Path, alone: dict[str, bytes]) -> None:
    """Where none has come yet, and where the last one has left."""
    out = tmp_path / "run"
    with local_cluster(0) as local:
        address = local.scheduler_address
        driver = command(*RUN, "--executor", f"dask:{address}", "--out", out)
        assert driver.stderr is not None
        said = iter(driver.stderr.readline, "")
        waiting = f"zeo run: waiting for workers: the Dask scheduler at {address} has none\n"
        come = "zeo run: workers have come: 1 worker"
        assert waiting in said
        local.scale(1)
        assert any(line.startswith(come) for line in said)
        local.scale(0)
        assert waiting in said
        local.scale(1)
        _, rest = driver.communicate()
    assert rest.startswith(come)
    assert rest.count("workers") == 1
    assert driver.returncode == 0
    assert contents(out) == alone


# Slurm keeps a copy of the script, which is deleted as soon as it has been handed in.
SBATCH = """#!/bin/sh
cp "$1" "$0.$$"
setsid bash "$0.$$" >/dev/null 2>&1 &
echo "Submitted batch job $!"
"""

SCANCEL = """#!/bin/sh
for job; do kill -- -"$job"; done
"""


@needs_dask
def test_jobs_of_slurm_do_the_work(tmp_path: Path, alone: dict[str, bytes]) -> None:
    """With a queue that starts each job at once, on this machine."""
    pytest.importorskip("dask_jobqueue", reason="the extra cluster (dask-jobqueue) is missing")
    for name, script in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)
    environment = os.environ | {
        "PATH": os.pathsep.join([str(tmp_path), os.environ["PATH"]]),
        "DASK_JOBQUEUE__SLURM__CORES": "1",
        "DASK_JOBQUEUE__SLURM__MEMORY": "2GB",
        "DASK_JOBQUEUE__SLURM__INTERFACE": "lo",
    }
    out = tmp_path / "run"
    line = [sys.executable, "-m", "zeo", *RUN, "--executor", "dask-slurm", "--jobs", "1", "--out", str(out)]
    ended = subprocess.run(line, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert contents(out) == alone


@needs_dask
def test_a_queue_that_is_not_described_is_one_line(tmp_path: Path) -> None:
    pytest.importorskip("dask_jobqueue", reason="the extra cluster (dask-jobqueue) is missing")
    line = refused(*RUN, "--executor", "dask-slurm", "--out", tmp_path / "run")
    assert line.startswith("Error: dask-slurm: ")
    assert "jobqueue.yaml" in line
