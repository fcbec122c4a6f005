"""Shards of a run, and what is made of them: to the byte what one process makes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import done, run_zeo
from hypothesis import given
from hypothesis import strategies as st
from kept import forget, recorded

import zeo
from zeo.records.parts import Parts
from zeo.running.rundir import RunDirectory
from zeo.running.runlog import seconds_of
from zeo.running.shard import Shard
from zeo.tools.files import NO_PAGE

SAMPLES, BATCH, COUNT = 14, 4, 3
RUN = ["run", "--generator", "search", "--probe", "methane", "--seed", "5", "--no-report"]
RUN += ["-n", str(SAMPLES), "--batch-size", str(BATCH), "--relax", "none", "--grid-size", "12"]


def refused(*words: object) -> str:
    """The one line that a command ends with."""
    result = run_zeo(*words)
    assert result.exit_code == 1, result.output
    (line,) = result.stderr.strip().splitlines()
    return line


def contents(path: Path) -> dict[str, bytes]:
    """All that a run writes but for its log."""
    files = [file for file in path.rglob("*") if file.is_file() and file.name not in ("log.txt", ".lock")]
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run, ``whole``, and its shards."""
    path = tmp_path_factory.mktemp("shards")
    done(*RUN, "--out", path / "whole")
    for number in range(1, COUNT + 1):
        done(*RUN, "--shard", f"{number}/{COUNT}", "--out", path / str(number))
    return path


@pytest.fixture
def shards(made: Path, tmp_path: Path) -> list[Path]:
    """Copies of the shards."""
    names = [str(number) for number in range(1, COUNT + 1)]
    return [Path(shutil.copytree(made / name, tmp_path / name)) for name in names]


def edit(shard: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change what a shard says of itself."""
    facts = json.loads((shard / "run.json").read_text())
    change(facts)
    (shard / "run.json").write_text(json.dumps(facts))


@given(n=st.integers(1, 500), batch=st.integers(1, 70), count=st.integers(1, 40))
def test_shards_are_whole_batches_each_once(n: int, batch: int, count: int) -> None:
    parts = [Shard(number, count).indices(n, batch) for number in range(1, count + 1)]
    assert [index for part in parts for index in part] == [*range(n)]
    assert all(part.start % batch == 0 for part in parts if part)
    sizes = [-(-len(part) // batch) for part in parts]
    assert max(sizes) - min(sizes) <= 1


def test_merged_shards_are_the_run_of_one_process(made: Path, shards: list[Path], tmp_path: Path) -> None:
    before = [contents(shard) for shard in shards]
    shown = done("merge", *reversed(shards), "--out", tmp_path / "merged", "--no-report")
    assert contents(tmp_path / "merged") == contents(made / "whole")
    assert [contents(shard) for shard in shards] == before
    assert f"Everything is in {tmp_path / 'merged'}/" in shown.stdout
    assert seconds_of(tmp_path / "merged").keys() == set(range(SAMPLES))


def test_a_merged_run_is_like_any(made: Path, shards: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "merged"
    run = zeo.merge(*shards, out=out)
    assert (run.n, run.drawn, run.pending) == (SAMPLES, SAMPLES, 0)
    assert "already holds this run" in refused("merge", *shards, "--out", out)
    done("run", "--resume", out, "-n", SAMPLES + 3, "--no-report")
    whole = shutil.copytree(made / "whole", tmp_path / "whole")
    done("run", "--resume", whole, "-n", SAMPLES + 3, "--no-report")
    (whole / NO_PAGE).unlink()  # which in Python nobody says
    assert contents(out) == contents(whole)
    done("report", out, "--out", tmp_path / "page.html")


def test_a_shard_is_a_run_of_its_own_samples(shards: list[Path]) -> None:
    run = zeo.Run.open(shards[1])
    assert [record.index for record in run.records()] == [*range(4, 8)]
    assert (run.n, run.pending) == (4, 0)
    assert "shard 2/3" in repr(run)
    assert "merge the shards" in refused("run", "--resume", shards[1], "-n", 100)


def test_an_unfinished_shard_is_named_and_can_be_finished(shards: list[Path], tmp_path: Path) -> None:
    forget(shards[2], 13)
    line = refused("merge", *shards, "--out", tmp_path / "merged")
    assert "lacks 1 of its 6 samples" in line
    assert f"zeo run --resume {shards[2]}" in line
    assert not (tmp_path / "merged").exists()
    before = contents(shards[0])
    done("run", "--resume", shards[2], "--no-report")
    done("merge", *shards, "--out", tmp_path / "merged")
    assert contents(shards[0]) == before


@pytest.mark.parametrize(
    ("records", "files"), [((5, 6, 13), ["report.json"]), ((), ["report.json"]), ((), [])]
)
def test_a_merge_that_was_killed_goes_on(
    made: Path, shards: list[Path], tmp_path: Path, records: tuple[int, ...], files: list[str]
) -> None:
    out = tmp_path / "merged"
    done("merge", *shards, "--out", out, "--no-report")
    forget(out, *records)
    for file in (*files, "summary.csv"):  # in the order in which they are written
        (out / file).unlink()
    done("merge", *shards, "--out", out, "--no-report")
    assert contents(out) == contents(made / "whole")
    assert "already holds this run" in refused("merge", *shards, "--out", out)


def test_shards_that_do_not_make_a_run_are_refused(made: Path, shards: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "merged"
    one, two, three = shards
    again = shutil.copytree(one, tmp_path / "again")
    other, halves = (shutil.copytree(two, tmp_path / name) for name in ("other", "halves"))
    edit(other, lambda facts: facts["plan"].update(seed=6))
    edit(halves, lambda facts: facts["shard"].update(number=1, count=2))
    for given_, said in {
        (one, three): "2/3 missing; give all 3 shards",
        (one, two, three, again): "are both shard 1/3",
        (one, two, two): "are both shard 2/3",
        (one, other, three): "are not of one run: seed (5 -> 6)",
        (halves, two, three): "are not of one run: shards (2 -> 3)",
        (one, made / "whole", three): "is a whole run, not a shard",
        (one, tmp_path / "nothing", three): "is not a run directory",
    }.items():
        assert said in refused("merge", *given_, "--out", out)
        assert not out.exists()


def test_damage_is_one_line(shards: list[Path], tmp_path: Path) -> None:
    (part,) = shards[0].glob("records/*")
    whole = part.read_bytes()
    part.write_bytes(whole[: len(whole) // 2] + b"!" + whole[len(whole) // 2 + 1 :])
    assert f"{part} is damaged" in refused("merge", *shards, "--out", tmp_path / "a")
    part.write_bytes(whole)
    (other,) = RunDirectory.open(shards[1]).tables(None)
    Parts(shards[2]).add(other.slice(0, 1))
    stray = recorded(shards[1])[0]
    assert f"has records of other shards, such as {stray:06d}" in refused(
        "merge", *shards, "--out", tmp_path / "b"
    )
    edit(shards[2], lambda facts: facts["shard"].update(number=4))
    assert "is damaged" in refused("merge", *shards, "--out", tmp_path / "b")


@pytest.mark.parametrize("shard", ["0/3", "4/3", "3", "1/0", "-1/3", "a/b", "1.5/3", "", "1/3/5"])
def test_no_such_shard(shard: str, tmp_path: Path) -> None:
    assert "NUMBER/COUNT" in refused(*RUN, "--shard", shard, "--out", tmp_path / "run") or not shard
    assert not (tmp_path / "run").exists()


def test_shards_that_cannot_be_are_refused(tmp_path: Path, shards: list[Path]) -> None:
    out = tmp_path / "run"
    assert "can be cut into 4 at most" in refused(*RUN, "--shard", "1/5", "--out", out)
    assert "leave out one" in refused(*RUN, "--until", "2", "--shard", "1/2", "--out", out)
    assert not out.exists()
    assert "shard ('1/3' -> '2/3')" in refused(*RUN, "--shard", "2/3", "--out", shards[0])
    assert run_zeo("run", "--resume", shards[0], "--shard", "1/3").exit_code == 2
    with pytest.raises(zeo.ConfigError, match="shard"):
        zeo.run("search", "methane", n=4, shard=3)  # type: ignore[arg-type]
    with pytest.raises(zeo.ConfigError, match="name the shards"):
        zeo.merge(out=out)


def test_a_merged_run_of_which_nothing_came_ends_with_1(tmp_path: Path) -> None:
    """Of a shard alone nobody can tell."""
    nothing = ["run", "--generator", "dataset", "--probe", "methane", "--relax", "none", "--no-report"]
    nothing += ["-n", "2", "--batch-size", "1", "--grid-size", "8"]
    for number in (1, 2):
        done(*nothing, "--shard", f"{number}/2", "--out", tmp_path / str(number))
    merged = run_zeo("merge", tmp_path / "1", tmp_path / "2", "--out", tmp_path / "whole")
    assert merged.exit_code == 1
    assert "2 were lost" in merged.stderr or "samples came through" in merged.output
