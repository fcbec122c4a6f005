"""Making data sets in rounds: the same bytes whatever happens on the way."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from click.testing import CliRunner

from zeo.cli import main
from zeo.data.known.relaxed import relaxed_structure
from zeo.data.making.ancestry import with_ancestry
from zeo.data.making.exploring import Recipe
from zeo.data.making.make import make
from zeo.data.sets.entry import FEASIBLE, Entry
from zeo.data.sets.store import DataSet
from zeo.errors import BusyError, InputError, PluginError, ZeoError
from zeo.plugin.registry import refreshed_plugins
from zeo.tools.files import held

WANDERER = Path(__file__).parent / "wanderer"


@pytest.fixture(autouse=True, scope="module")
def _installed() -> Iterator[None]:
    """The wanderer, here and in the processes started from here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(WANDERER))
        patch.setenv("PYTHONPATH", str(WANDERER), prepend=os.pathsep)
        patch.delenv("ZEO_PLUGINS", raising=False)
        refreshed_plugins()
        yield
    refreshed_plugins()


def recipe(**options: Any) -> Recipe:
    return Recipe(generator="wanderer", options={"wanderer": options} if options else {})


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a data set, those of killed writers left out."""
    files = (file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("."))
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def whole(_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set made in one go by one process."""
    out = tmp_path_factory.mktemp("whole") / "hypo"
    make(out, recipe(), 12, 0)
    return out


def test_what_is_made(whole: Path) -> None:
    data = DataSet.open(whole)
    entries = list(data)
    counts = data.description.counts
    assert sum(entry.verdict == FEASIBLE for entry in entries) == counts[FEASIBLE] >= 12
    assert len({entry.key for entry in entries}) == len({entry.name for entry in entries}) == len(entries)
    assert counts["found"] == counts["net known before"] + counts["measured"]
    assert list(counts)[:5] == ["found", "net known before", "measured", FEASIBLE, "new"]
    assert counts["new"] == 0  # all that it finds are framework types
    by_name = {entry.name: entry for entry in entries}
    for entry in entries:
        assert entry.structure.is_orthogonal
        assert entry.split in ("train", "validation", "test")
        assert entry.energy is not None
        assert entry.properties["methane.kh_mol"] is not None
        if entry.parent is None:
            assert (entry.lineage, entry.generation) == (entry.code, 0)
        else:
            parent = by_name[entry.parent]
            assert (entry.lineage, entry.generation) == (parent.lineage, parent.generation + 1)
            assert parent.feasible
    assert any(entry.generation for entry in entries)


def test_a_data_set_grows_to_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "hypo"
    for n in (1, 5, 5, 12):
        make(out, recipe(), n, 0)
    assert contents(out) == contents(whole)


def started(out: Path, jobs: int, until: str) -> subprocess.Popen[str]:
    """The command in processes of its own, once it has written a part; it comes to no other."""
    command = [sys.executable, "-m", "zeo", "data", "make", "hypothetical", "--generator", "wanderer"]
    command += ["-n", "12", "--out", str(out), "--jobs", str(jobs)]
    part = out / "frameworks" / until
    environment = {**os.environ, "WANDERER_HALTS_AT": str(part)}
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True, env=environment
    )
    while not part.exists():
        assert process.poll() is None
        time.sleep(0.01)
    return process


def test_stopped_killed_and_continued_with_other_jobs(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "hypo"
    process = started(out, 2, "part-00000.parquet")
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: every process gets it
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Continue with the same command" in error
    assert "Traceback" not in error
    process = started(out, 1, "part-00001.parquet")
    process.kill()
    process.communicate(timeout=60)
    assert len(contents(out)) < len(contents(whole))
    make(out, recipe(), 12, 0)
    assert contents(out) == contents(whole)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (evolve(Recipe(generator="wanderer"), seed=1), "seed"),
        (recipe(types=9), "types"),
        (evolve(Recipe(generator="wanderer"), probes=("argon",)), "probes"),
    ],
)
def test_a_data_set_made_otherwise_is_left_alone(whole: Path, changed: Recipe, named: str) -> None:
    before = contents(whole)
    with pytest.raises(InputError, match=rf"made otherwise: .*{named}.*choose another --out"):
        make(whole, changed, 20, 0)
    assert contents(whole) == before


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(ZeoError, match="choose another --out"):
        make(tmp_path, recipe(), 1, 0)
    assert contents(tmp_path) == {"mine.txt": b"precious"}


def test_one_process_at_a_time(whole: Path) -> None:
    with held(whole), pytest.raises(BusyError, match="another process"):
        make(whole, recipe(), 13, 0)


def test_a_full_disk_costs_the_round_it_strikes(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "hypo"

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    make(out, recipe(), 3, 0)
    with monkeypatch.context() as patch:
        patch.setattr("zeo.data.sets.writer.write_atomically", full)
        with pytest.raises(ZeoError, match="free some space and run the same command again"):
            make(out, recipe(), 12, 0)
    make(out, recipe(), 12, 0)
    assert contents(out) == contents(whole)


def test_an_exhausted_search_ends(tmp_path: Path) -> None:
    with pytest.raises(ZeoError, match=r"rounds found no new net.*feasible frameworks"):
        make(tmp_path / "hypo", recipe(types=3), 50, 0)


def test_errors_of_a_generator_cost_a_task_or_end_the_work(tmp_path: Path) -> None:
    data = make(tmp_path / "some", recipe(fails=3), 5, 0)
    assert data.description.counts["error in exploring"] > 0
    with pytest.raises(PluginError, match="RuntimeError: lost its way"):
        make(tmp_path / "all", recipe(fails=1), 5, 0)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (["--generator", "dataset"], "dataset cannot search for new frameworks"),
        (["--generator", "wanderer", "--set", "wanderer.typs=3"], "did you mean 'types'?"),
        (["--generator", "wanderer", "--probe", "methan"], "did you mean 'methane'?"),
    ],
)
def test_what_cannot_work_leaves_nothing_behind(tmp_path: Path, choice: list[str], message: str) -> None:
    out = tmp_path / "hypo"
    result = CliRunner().invoke(main, ["data", "make", "hypothetical", "--out", str(out), *choice])
    assert result.exit_code == 1
    assert message in result.stderr
    assert not out.exists()


def test_given_frameworks_are_parents_and_not_found_again(whole: Path, tmp_path: Path) -> None:
    given = DataSet.open(whole)
    found = make(tmp_path / "more", evolve(recipe(), parents=(str(whole),)), 2, 0)
    assert set(found.column("key")).isdisjoint(given.column("key"))
    named = [parent for parent in found.column("parent") if parent is not None]
    assert any(parent.startswith("hypo:") for parent in named)
    lineages = dict(zip(given.names, given.column("lineage"), strict=True))
    for parent, lineage in zip(found.column("parent"), found.column("lineage"), strict=True):
        if parent is not None and parent.startswith("hypo:"):
            assert lineage == lineages[parent.removeprefix("hypo:")]


def test_ancestry() -> None:
    structure = relaxed_structure("SOD")
    first = Entry(name="h0", structure=structure, key="k", origin="o")
    assert with_ancestry(first, {}).lineage == "h0"
    assert with_ancestry(evolve(first, code="SOD"), {}).lineage == "SOD"
    parents = {"p": evolve(first, name="p", lineage="root", generation=3)}
    child = with_ancestry(evolve(first, parent="p"), parents)
    assert (child.lineage, child.generation) == ("root", 4)
    own = with_ancestry(evolve(first, parent="CHA"), parents)
    assert (own.lineage, own.generation) == ("CHA", 1)
