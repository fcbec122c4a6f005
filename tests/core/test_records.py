"""What a run keeps of its candidates: parts and journals, through kills, damage and readers; old runs too."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from command_line import run_zeo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kept import files_of, forget, loosen, records_of

import zeo
from zeo.crystal.io import read_structure
from zeo.data.sets.store import DataSet
from zeo.errors import RunDirectoryError
from zeo.records import parts as parts_module
from zeo.records.parts import Parts
from zeo.records.store import structures_at
from zeo.records.table import line_of
from zeo.running import cifs
from zeo.running.rundir import RunDirectory

N = 8
SLOW = settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight known frameworks, measured."""
    path = tmp_path_factory.mktemp("runs") / "run"
    options = {"dataset": {"max_t": 60}}
    zeo.run("dataset", "methane", n=N, relax=None, options=options, grid_size=16, out=path)
    return path


@pytest.fixture(scope="module")
def lines(run: Path) -> list[bytes]:
    """Its candidates as lines."""
    directory = RunDirectory.open(run)
    atoms = zeo.Run.open(run).structures()
    return [line_of(each, atoms.get(each.id), directory.plan.columns) for each in directory.records()]


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of three indices, of which eight candidates fill two."""
    monkeypatch.setattr(parts_module, "SIZE", 3)


def written(folder: Path, lines: list[bytes]) -> dict[str, bytes]:
    """The files that hold these candidates, written in order by nobody whom anything disturbs."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    parts = Parts(folder)
    parts.prepare()
    for index, line in enumerate(lines):
        parts.append(index, line)
    parts.finish()
    return contents(folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in files_of(folder)}


@pytest.mark.usefixtures("small_parts")
@SLOW
@given(
    order=st.permutations(range(N)),
    kills=st.lists(st.tuples(st.integers(0, N), st.integers(0, 200)), max_size=3),
)
def test_order_and_kills_leave_the_same_bytes(
    tmp_path: Path, lines: list[bytes], order: list[int], kills: list[tuple[int, int]]
) -> None:
    """A kill is the end of a writer that leaves a line cut short anywhere."""
    whole = written(tmp_path / "whole", lines)
    assert sorted(whole) == [f"part-{number:06d}.parquet" for number in range(3)]
    shutil.rmtree(tmp_path / "other", ignore_errors=True)
    (tmp_path / "other").mkdir()
    parts = Parts(tmp_path / "other")
    parts.prepare()
    for place, index in enumerate(order):
        for at, torn in kills:
            if at == place:
                journal = parts.folder / f"part-{index // 3:06d}.jsonl"
                with journal.open("ab") as file:
                    file.write(lines[index][: min(torn, len(lines[index]) - 1)])
                parts = Parts(tmp_path / "other")
                assert set(parts.indices().tolist()) == set(order[:place])
                parts.prepare()
        parts.append(index, lines[index])
        assert set(Parts(tmp_path / "other").indices().tolist()) == set(order[: place + 1])
    parts.finish()
    assert contents(tmp_path / "other") == whole


@pytest.mark.usefixtures("small_parts")
@SLOW
@given(index=st.integers(0, N))
def test_what_is_dropped_was_never_there(tmp_path: Path, lines: list[bytes], index: int) -> None:
    fewer = written(tmp_path / "fewer", lines[:index])
    written(tmp_path / "more", lines)
    Parts(tmp_path / "more").drop_from(index)
    assert contents(tmp_path / "more") == fewer


WRITER = """
import sys
from pathlib import Path
from zeo.records import parts
parts.SIZE = 3
lines = Path(sys.argv[2]).read_bytes().splitlines(keepends=True)
for _ in range(20):
    made = parts.Parts(Path(sys.argv[1]))
    made.prepare()
    for index, line in enumerate(lines):
        made.append(index, line)
    made.finish()
    made.drop_from(len(lines) - 1)
"""


@pytest.mark.usefixtures("small_parts")
def test_reading_while_another_process_writes_is_safe(tmp_path: Path, lines: list[bytes]) -> None:
    """It drops and writes the last candidate all the time; the others are there whenever one looks."""
    written(tmp_path / "run", lines[:-1])
    (tmp_path / "lines").write_bytes(b"".join(lines))
    command = [sys.executable, "-c", WRITER, str(tmp_path / "run"), str(tmp_path / "lines")]
    writer = subprocess.Popen(command)
    looks = 0
    while writer.poll() is None:
        found = Parts(tmp_path / "run").indices().tolist()
        assert found in (list(range(N - 1)), list(range(N)))
        looks += 1
    assert writer.returncode == 0
    assert looks > 5


def test_atoms_come_back_to_the_digits_of_a_cif(run: Path) -> None:
    directory = RunDirectory.open(run)
    survivors = zeo.Run.open(run).summary.survivors.indices
    assert len(survivors) > 4
    for index, structure in structures_at(directory.store, survivors.tolist()):
        found = read_structure(directory.cif_path(f"{index:06d}"))
        assert structure.species == found.species
        assert np.allclose(structure.frac_coords, found.frac_coords, atol=1e-12)
        assert np.allclose(structure.lengths, found.lengths, atol=1e-6)


@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@SLOW
def test_a_flipped_bit_changes_nothing_or_is_named(tmp_path: Path, run: Path, place: float, bit: int) -> None:
    directory = RunDirectory.open(run)
    sound = [record.to_json() for record in directory.records()]
    shutil.rmtree(tmp_path / "copy", ignore_errors=True)
    shutil.copytree(run, tmp_path / "copy")
    (part,) = (tmp_path / "copy").glob("records/*")
    data = bytearray(part.read_bytes())
    data[int(place * len(data))] ^= 1 << bit
    part.write_bytes(data)
    said = ""
    try:
        found = [record.to_json() for record in RunDirectory.open(tmp_path / "copy").records()]
    except RunDirectoryError as error:
        said = str(error)
    assert "is damaged" in said if said else found == sound
    assert "\n" not in said


def test_old_runs_open_and_go_on_as_parts(run: Path, tmp_path: Path) -> None:
    old = Path(shutil.copytree(run, tmp_path / "old"))
    loosen(old)
    assert records_of(old) == records_of(run)
    assert zeo.Run.open(old).csv() == zeo.Run.open(run).csv()
    assert zeo.status(old).done == N
    (old / "candidates" / "000005.json").unlink()
    killed = Path(shutil.copytree(old, tmp_path / "killed"))
    (killed / "records").mkdir()  # by a process that was killed while it made parts
    (killed / "records" / "part-000000.parquet").write_bytes(b"PAR1")
    for each in (old, killed):
        assert run_zeo("run", "--resume", each, "--no-report").exit_code == 0
        assert not (each / "candidates").exists()
        assert json.loads((each / "run.json").read_text())["format"] == 3
        assert records_of(each) == records_of(run)
        assert (each / "summary.csv").read_bytes() == (run / "summary.csv").read_bytes()


def test_the_best_of_many_have_cifs(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cifs, "MOST_CIFS", 3)
    copy = Path(shutil.copytree(run, tmp_path / "copy"))
    found = zeo.Run.open(copy)
    found.write_report()
    best = [f"{index:06d}" for index in found.summary.survivors.indices[:3]]
    assert sorted(file.stem for file in (copy / "structures").iterdir()) == sorted(best)
    assert len(found.structures()) > 4
    assert run_zeo("data", "export", copy, "--out", tmp_path / "all").exit_code == 0
    assert len(list((tmp_path / "all").iterdir())) == len(DataSet.open(copy)) > 3


def test_a_run_is_exported_in_any_form(run: Path, tmp_path: Path) -> None:
    names = set(DataSet.open(run).names)
    zeo.export_data(run, tmp_path / "poscars", to="poscar")
    assert {file.stem for file in (tmp_path / "poscars").iterdir()} == names
    for file in (tmp_path / "poscars").iterdir():
        assert read_structure(file).count("O") == 2 * read_structure(file).count("Si")
    zeo.export_data(run, tmp_path / "all.json")
    content = json.loads((tmp_path / "all.json").read_text())
    assert set(content["properties"]["name"]["values"]) == names
    assert content["properties"]["methane_kh"]["target"] == "structure"
    assert all(len(each["x"]) == each["size"] == len(each["names"]) for each in content["structures"])
    assert len({len(each["values"]) for each in content["properties"].values()} | {len(names)}) == 1
    refused = run_zeo("data", "export", run, "--out", tmp_path / "all.pdf")
    assert refused.exit_code == 1
    assert re.search(r"all\.pdf.*--to", refused.stderr)


@pytest.mark.parametrize(
    "damage",
    [
        lambda line: b"garbage" + line[30:],
        lambda _line: b"{}",
        lambda _line: b"\xff\x00",
        lambda line: line.rpartition(b"\t")[0] + b'\t{"lattice":[1],"species":"Si*1","coords":[0,0,0]}',
        lambda line: line.replace(b'"index":1', b'"index":5000'),
    ],
)
def test_a_damaged_line_is_computed_again(
    run: Path,
    lines: list[bytes],
    tmp_path: Path,
    damage: Callable[[bytes], bytes],
    caplog: pytest.LogCaptureFixture,
) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "copy"))
    (copy / "records" / "part-000000.parquet").unlink()
    journal = copy / "records" / "part-000000.jsonl"
    journal.write_bytes(b"".join([lines[0], damage(lines[1][:-1]) + b"\n", *lines[2:5]]))
    resumed = run_zeo("run", "--resume", copy, "--no-report")
    assert resumed.exit_code == 0, resumed.output
    assert "part-000000.jsonl: 1 damaged line left out, to be computed again" in caplog.text
    assert contents(copy) == contents(run)


def test_whoever_only_reads_names_the_damaged_file(run: Path, lines: list[bytes], tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "copy"))
    (copy / "records" / "part-000000.parquet").unlink()
    (copy / "records" / "part-000000.jsonl").write_bytes(b"garbage" + lines[0][30:])
    for command in (["evaluate", copy], ["report", copy, "--out", tmp_path / "page.html"]):
        refused = run_zeo(*command)
        assert refused.exit_code == 1
        assert re.search(r"part-000000\.jsonl is damaged .*; resume the run", refused.stderr)


def test_a_damaged_part_is_found_before_anything_is_computed(run: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "copy"))
    (copy / "records" / "part-000000.parquet").write_bytes(b"PAR1")
    before = contents(copy)
    refused = run_zeo("run", "--resume", copy)
    assert refused.exit_code == 1
    assert re.search(r"part-000000\.parquet is damaged .*; delete it and resume the run", refused.stderr)
    assert contents(copy) == before


def test_what_was_forgotten_is_made_again(run: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "copy"))
    forget(copy, 2, 6)
    assert run_zeo("run", "--resume", copy, "--no-report").exit_code == 0
    assert contents(copy) == contents(run)
