"""The loop as a whole: what it finds is real, and the same whatever happens on the way."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from command_line import done, run_zeo

import zeo
from zeo.api.designing import Designed
from zeo.data.making.ancestry import entry_at
from zeo.data.sets.store import DataSet
from zeo.data.sets.writer import DataSetWriter
from zeo.designing import state
from zeo.errors import InputError

WISHES = ("methane.void_fraction=0.06..0.30", "energy<24 kJ/mol")
SMALL = {"search": {"t_atoms": (4, 48)}}


def designed(out: Path, few: Path, **changes: Any) -> Any:
    chosen: Mapping[str, Any] = {"generators": "search", "known": str(few), "options": SMALL, "until": 3}
    return zeo.design(WISHES, out=out, **{**chosen, **changes})


def contents(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("."))
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def whole(few: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A design that was made in one go by one process."""
    out = tmp_path_factory.mktemp("whole") / "design"
    designed(out, few)
    return out


@pytest.fixture
def found(whole: Path) -> Any:
    return zeo.resume_design(whole, until=3)


def test_hits_are_new_feasible_and_what_was_wished(found: Any, few: Path) -> None:
    known = set(DataSet.open(few).column("key"))
    assert len(found) >= 3
    assert len({hit.entry.key for hit in found}) == len(found)
    for hit in found:
        assert hit.entry.key not in known
        assert hit.entry.code is None
        assert 0.06 <= hit.entry.properties["methane.void_fraction_accessible"] <= 0.30
        assert hit.entry.energy < 24


def test_what_is_written_measures_and_relaxes_as_it_says(found: Any, whole: Path) -> None:
    file = next((whole / "best").glob("01_*.cif"))
    best = found[0]
    measured: Any = zeo.probe(file, "methane")
    relaxed: Any = zeo.relax(file)
    named: Any = zeo.identify(file)
    again = measured["methane.void_fraction_accessible"].value
    stated = best.entry.properties["methane.void_fraction_accessible"]
    assert again == pytest.approx(stated, abs=1e-3)
    assert relaxed.energy == pytest.approx(best.entry.energy, abs=0.05)
    assert named.row()["key"] == best.entry.key


def test_nothing_is_done_where_there_is_enough(found: Any, whole: Path) -> None:
    rounds = len(list((whole / "rounds").iterdir()))
    again = zeo.resume_design(whole, until=1)
    assert len(list((whole / "rounds").iterdir())) == rounds
    assert len(again) == len(found)


def test_two_processes_find_the_same_bytes(whole: Path, few: Path, tmp_path: Path) -> None:
    designed(tmp_path / "design", few, jobs=2)
    assert contents(tmp_path / "design") == contents(whole)


def test_a_design_that_is_stopped_goes_on_to_the_same_bytes(whole: Path, few: Path, tmp_path: Path) -> None:
    def stop(_: str) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "design"
    with pytest.raises(KeyboardInterrupt):
        designed(out, few, on_hit=stop)
    (out / "rounds").mkdir(exist_ok=True)
    (out / "rounds" / "00099.json").write_text("what a killed round leaves")
    (out / "rounds" / "00099.json").unlink()
    designed(out, few)
    assert contents(out) == contents(whole)


def test_a_round_without_its_part_does_not_count(whole: Path, few: Path, tmp_path: Path) -> None:
    out = tmp_path / "design"
    shutil.copytree(whole, out)
    shutil.rmtree(out / "best")
    facts = json.loads((out / "dataset.json").read_text())
    last = facts["parts"].pop()
    facts["frameworks"] -= last["frameworks"]
    (out / "dataset.json").write_text(json.dumps(facts))
    before = len(facts["parts"])
    designed(out, few)
    assert len(DataSet.open(out).description.parts) > before


def test_more_can_be_wanted_later(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "design"
    shutil.copytree(whole, out)
    before = [hit.name for hit in zeo.resume_design(out, until=1)]
    more = zeo.resume_design(out, until=len(before) + 1)
    assert len(more) > len(before)
    assert set(before) <= {hit.name for hit in more}


def test_a_design_is_a_data_set(whole: Path) -> None:
    data = DataSet.open(whole)
    assert data.description.made_by["command"] == "zeo design"
    assert set(data.column("origin")) == {"design"}
    assert "feasible" in done("data", "info", whole).output


def test_a_wish_that_cannot_be_met_says_what_came_nearest(few: Path, tmp_path: Path) -> None:
    result = done(
        *("design", "--target", "density<6", "--generator", "search", "--known", few),
        *("--set", "search.t_atoms=4,24", "--minutes", "0.02", "--out", tmp_path / "design"),
        exit_code=1,
    )
    assert "Found 0 of 20: the time is over" in result.output
    assert "none meets this" in result.output
    assert "What came nearest" in result.output


def test_objectives_alone_end_with_the_clock(few: Path, tmp_path: Path) -> None:
    found = zeo.design(
        maximise="-density",
        out=tmp_path / "design",
        known=str(few),
        generators="search",
        options=SMALL,
        minutes=0.05,
    )
    densities = [hit.entry.density for hit in found]
    assert densities == sorted(densities)
    assert found.wanted is None


def test_objectives_without_a_single_hit_are_told(few: Path, tmp_path: Path) -> None:
    objective = ("--minimise", "density", "--generator", "search", "--known", few)
    told = done("design", *objective, "--minutes", 0, "--out", tmp_path / "design", exit_code=1).output
    assert "0 new frameworks" in told


BEST_OF_TWO = (
    "--maximise",
    "-density",
    "--until",
    2,
    "--generator",
    "search",
    "--set",
    "search.t_atoms=4,48",
)


def test_with_objectives_the_clock_ends_it_and_the_best_are_kept(few: Path, tmp_path: Path) -> None:
    out = tmp_path / "design"
    first = run_zeo("design", *BEST_OF_TWO, "--minutes", "0.15", "--known", few, "--out", out)
    assert first.exit_code == 0
    assert DataSet.open(out).description.counts["hits"] > 2
    again = run_zeo("design", "--resume", out, "--minutes", 0)
    assert "2 new frameworks" in again.stdout
    assert "of 20" not in again.stderr
    assert "its best 2" in run_zeo("design", "--resume", out, "--until", 30).output


def test_a_design_that_goes_on_counts_what_it_has(whole: Path) -> None:
    found = DataSet.open(whole).description.counts["hits"]
    told: list[str] = []
    zeo.resume_design(whole, until=3, on_hit=told.append)
    assert told == ["found before"] * found


def test_a_wish_that_no_net_can_meet_ends_early_and_is_told(
    few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "HOPELESS_ROUNDS", 2)
    result = done(
        *("design", "--target", "t_atoms>500", "--generator", "search", "--known", few),
        *("--set", "search.t_atoms=4,24", "--minutes", "20", "--out", tmp_path / "design"),
        exit_code=1,
    )
    assert "none of the new nets can meet t_atoms > 500" in result.output.replace("\n", " ")


def test_who_draws_known_frameworks_alone_ends_early_and_is_told(few: Path, tmp_path: Path) -> None:
    result = run_zeo(
        *("design", "--target", "energy<20", "--generator", "dataset", "--set", "dataset.max_t=12"),
        *("--known", few, "--out", tmp_path / "design"),
    )
    assert "of 120 proposed was new: begin anew with another --generator" in " ".join(result.output.split())
    assert "0 new frameworks in 5 rounds" in result.output


def test_two_known_sets_of_one_name_are_told_apart(few: Path, tmp_path: Path) -> None:
    data = DataSet.open(few)
    halves = [data.where(np.arange(len(data)) % 2 == half) for half in (0, 1)]
    places = [tmp_path / str(half) / "mine" for half in (0, 1)]
    for place, half in zip(places, halves, strict=True):
        entries = [evolve(entry, name=str(number)) for number, entry in enumerate(half)]
        DataSetWriter(place, evolve(data.description, parts=(), name="mine")).append(entries)
    sets = [*map(DataSet.open, places), data]
    names = {entry_at(sets, position).name for position in range(len(data))}
    assert len(names) == len(data)
    assert {name.partition(":")[0] for name in names} == {"mine", "mine_2"}


def test_what_columns_do_not_say_is_measured_first(few: Path, tmp_path: Path) -> None:
    found = zeo.design(
        ["td10<800", "energy<24"],
        out=tmp_path / "design",
        known=str(few),
        generators="search",
        options=SMALL,
        until=1,
    )
    assert found.looked_at > 0
    assert all((hit.numbers["td10"] or 0.0) < 800 for hit in found)
    assert found


def test_the_table_and_the_csv_have_every_hit(whole: Path) -> None:
    table = done("design", "--resume", whole, "--until", 3).output
    csv = done("design", "--resume", whole, "--until", 3, "--csv").stdout
    names = [line.split(",")[0] for line in csv.splitlines()[1:]]
    assert names
    assert all(name in table for name in names)
    assert json.loads(done("design", "--resume", whole, "--until", 3, "--json").stdout)[0]["name"] in names


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "say what is wanted"),
        (["--target", "energy<"], "cannot read the wish"),
        (["--target", "energy<20", "--target", "energy>25"], "nothing can fulfil both"),
        (["--target", "energy<20", "--generator", "serch"], "search"),
        (["--target", "energy<20", "--known", "nowhere"], "nowhere"),
        (["--target", "energy<20", "--set", "search.t_atom=5"], "t_atoms"),
        (["--target", "energy<20", "--minutes", "-1"], "minutes"),
        (["--target", "novelty=known"], "no new framework meets novelty = known"),
        (["--target", "code!=MFI"], "no new framework meets code != MFI"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    arguments: list[str], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run_zeo("design", *arguments, "--out", "design")
    assert result.exit_code != 0
    assert problem in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert not (tmp_path / "design").exists()


def test_another_design_in_the_folder_is_refused(whole: Path, few: Path) -> None:
    with pytest.raises(InputError, match="seed"):
        designed(whole, few, seed=5)


def test_resuming_what_is_no_design_is_one_line(few: Path, tmp_path: Path) -> None:
    assert "that no design made" in run_zeo("design", "--resume", few).output
    assert "is no design" in run_zeo("design", "--resume", tmp_path).output


def test_a_damaged_round_is_one_line(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "design"
    shutil.copytree(whole, out)
    (out / "rounds" / "00000.json").write_text('{"asked": 3}')
    assert "00000.json is damaged" in run_zeo("design", "--resume", out).output
    shutil.copy(whole / "rounds" / "00000.json", out / "rounds")
    facts = json.loads((out / "rounds" / "00000.json").read_text())
    facts["considered"] = []
    (out / "rounds" / "00000.json").write_text(json.dumps(facts))
    assert "does not fit" in run_zeo("design", "--resume", out).output
    (out / "rounds" / "00000.json").unlink()
    assert "cannot read" in run_zeo("design", "--resume", out).output


def test_its_status_tells_what_is_wanted_and_found(whole: Path, tmp_path: Path) -> None:
    told = done("status", whole).stdout
    assert "design  " in told
    assert "energy < 24" in told
    assert "found of 3 wanted" in told
    assert "finished   yes" in told
    out = Path(shutil.copytree(whole, tmp_path / "design"))
    (out / "rounds" / "00000.json").write_text("")
    assert "00000.json is damaged" in run_zeo("status", out).output
    shutil.copy(whole / "rounds" / "00000.json", out / "rounds")
    next((out / "frameworks").iterdir()).unlink()
    refused = run_zeo("status", out)
    assert refused.exit_code == 1
    assert "no such file; put a copy of it in its place" in refused.output


def test_a_full_disk_and_a_cut_part_say_how_to_go_on(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = Path(shutil.copytree(whole, tmp_path / "design"))
    with monkeypatch.context() as patched:
        patched.setattr(Designed, "write", full_disk)
        refused = run_zeo("design", "--resume", out, "--until", 1).output
    assert "finished rounds are kept: free some space and continue with: zeo design --resume" in refused
    part = next((out / "frameworks").iterdir())
    part.write_bytes(part.read_bytes()[:100])
    assert "put a copy of it in its place" in run_zeo("design", "--resume", out).output
    (out / "dataset.json").write_text("")
    assert "put a copy of it in its place" in run_zeo("design", "--resume", out).output


def full_disk(_design: Designed) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


LOOK_UP = ("--generator", "search", "--minutes", 0)


def test_looking_up_alone_shows_what_is_known_and_names_no_file_that_is_not_there(
    few: Path, tmp_path: Path
) -> None:
    wishes = ("--target", "novelty!=training", "--target", "energy<24")
    output = done(
        "design", *wishes, *LOOK_UP, "--known", few, "--out", tmp_path / "design", exit_code=1
    ).output
    assert "Found 0 of 20: the time is over" in output
    assert "best/" not in output
    assert "zeo report" not in output
    assert "effort" not in output
    assert any("ATS" in line and line.split()[-2] == "iza" for line in output.splitlines())
    assert "report.html" in output
    assert (tmp_path / "design" / "report.html").is_file()


def test_without_a_page_it_is_said_what_there_is(few: Path, tmp_path: Path) -> None:
    wish, out = ("--target", "density<6", "--no-report"), tmp_path / "design"
    result = done("design", *wish, *LOOK_UP, "--known", few, "--out", out, exit_code=1)
    assert "dataset.json       what was wanted: nothing was relaxed" in result.output
    assert not (out / "report.html").exists()


def test_what_no_data_set_has_is_not_said_to_be_met_by_none(few: Path, tmp_path: Path) -> None:
    wish = ("--target", "td10<800")
    output = done("design", *wish, *LOOK_UP, "--known", few, "--out", tmp_path / "design", exit_code=1).output
    assert "the data sets do not have td10" in output
    assert "none meets" not in output


def test_what_was_measured_of_known_frameworks_and_found_ones_is_shown(few: Path, tmp_path: Path) -> None:
    found = zeo.design(
        "td10<900",
        **{"out": tmp_path / "design", "known": str(few), "generators": "search", "options": SMALL},
        until=1,
    )
    assert 0 < found.known[0].values()["td10"] < 900
    assert 0 < found[0].row()["td10"] < 900
    assert 60 <= found.known[0].values()["gamma"] <= 120


@pytest.mark.parametrize("generators", [("zeosym",), ("search", "zeosym")])
def test_a_design_goes_on_though_its_files_hold_all_options(
    generators: tuple[str, ...], few: Path, tmp_path: Path
) -> None:
    """Those for training too, and those of what its rounds use beside the generators."""
    pytest.importorskip("torch")
    out = tmp_path / "design"
    begun = done(
        *("design", "--target", "energy<24", "--known", few, "--minutes", 0, "--out", out),
        *(word for name in generators for word in ("--generator", name)),
        exit_code=1,
    )
    assert "the time is over" in begun.output
    assert "the time is over" in done("design", "--resume", out, "--minutes", 0, exit_code=1).output


def test_known_frameworks_count_if_asked(few: Path, tmp_path: Path) -> None:
    wish = ("--target", "energy<24", "--known-too", "--until", 5)
    output = done("design", *wish, *LOOK_UP, "--known", few, "--out", tmp_path / "design").output
    assert "the time is over" not in output


def test_a_table_without_hits_has_its_head(few: Path, whole: Path, tmp_path: Path) -> None:
    wishes = [part for wish in WISHES for part in ("--target", wish)]
    arguments = ("--known", few, "--out", tmp_path / "design", "--csv")
    none = done("design", *wishes, *LOOK_UP, *arguments, exit_code=1).stdout
    some = done("design", "--resume", whole, "--until", 3, "--csv").stdout
    assert none == some.splitlines(keepends=True)[0]


def test_the_same_call_goes_on_for_more(whole: Path, few: Path, tmp_path: Path) -> None:
    out = tmp_path / "design"
    shutil.copytree(whole, out)
    assert designed(out, few, until=30, minutes=0).wanted == 30


def test_known_frameworks_that_have_moved_or_grown_are_told(few: Path, tmp_path: Path) -> None:
    known = tmp_path / "few"
    shutil.copytree(few, known)
    wish, out = ("--target", "energy<24"), tmp_path / "design"
    done("design", *wish, *LOOK_UP, "--known", known, "--out", out, exit_code=1)
    data = DataSet.open(known)
    more = [evolve(data[0], name="more")]
    DataSetWriter(known, data.description).append(more)
    assert "begin the design anew" in run_zeo("design", "--resume", out, "--minutes", 0).output
    known.rename(tmp_path / "moved")
    assert f"--known {known}" in run_zeo("design", "--resume", out, "--minutes", 0).output.replace("\n", " ")


def test_a_file_in_place_of_the_directory_is_one_line(few: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run_zeo("design", "--target", "energy<24", "--known", few, "--out", tmp_path / "file")
    assert "is no directory; choose another --out" in result.output
