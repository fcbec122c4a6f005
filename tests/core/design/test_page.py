"""The page of a design: what it says is what the rounds say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from command_line import done, run_zeo
from pages import data_in, details_in

import zeo
from zeo.data.sets.store import DataSet

WISHES = ("--target", "methane.void_fraction=0.06..0.30", "--target", "energy<24 kJ/mol")
SMALL = ("--generator", "search", "--set", "search.t_atoms=4,48")


@pytest.fixture(scope="module")
def whole(few: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A design that is finished, and its page."""
    out = tmp_path_factory.mktemp("whole") / "made"
    told = done("design", *WISHES, *SMALL, "--known", few, "--until", 3, "--out", out).output
    assert "report.html" in told
    return out


def considered(design: Path) -> list[dict[str, Any]]:
    rounds = [json.loads(file.read_text()) for file in sorted((design / "rounds").iterdir())]
    return [each for one in rounds for each in one["considered"]]


def test_hits_come_first_with_their_atoms_and_numbers(whole: Path) -> None:
    shown, data = data_in(whole / "report.html")["frameworks"], DataSet.open(whole)
    hits = {each["name"] for each in considered(whole) if each["hit"]}
    assert set(shown["id"][: len(hits)]) == hits
    assert sorted(shown["id"]) == sorted(data.names)
    assert shown["met"] == [int(name in hits) for name in shown["id"]]
    energies = dict(zip(data.names, data.column("energy").tolist(), strict=True))
    told = shown["values"]["after"]["energy"]
    assert told == pytest.approx([energies[name] for name in shown["id"]], rel=1e-6)
    assert told[: len(hits)] == sorted(told[: len(hits)])
    for (facts, cif, pores), name in zip(details_in(whole / "report.html"), shown["id"], strict=True):
        entry = data[data.names.index(name)]
        assert facts["key"] == entry.key
        assert facts["origin"]["lineage"] == entry.lineage
        assert cif.count("Si ") >= entry.t_atoms
        assert pores is not None


def test_what_was_told_before_relaxation_is_a_stage(whole: Path) -> None:
    shown = data_in(whole / "report.html")["frameworks"]
    before = {each["name"]: each["before"] for each in considered(whole)}
    name = "methane.void_fraction_accessible"
    assert shown["values"]["before"][name] == pytest.approx(
        [before[each][name] for each in shown["id"]], 1e-6
    )


def test_the_account_adds_up(whole: Path, few: Path) -> None:
    (card,) = data_in(whole / "report.html")["sources"]
    counts = DataSet.open(whole).description.counts
    passed = {step["words"]: step["passed"] for step in card["funnel"]}
    assert passed == {
        "proposed": counts["proposed"],
        "with a new net": counts["new"],
        "relaxed": counts["relaxed"],
        "met every wish": counts["met before the shake"],
        "confirmed": counts["hits"],
    }
    before = counts["proposed"]
    for step in card["funnel"]:
        assert before - sum(count for _, count in step["lost"]) == step["passed"]
        before = step["passed"]
    columns = list(zip(*card["effort"], strict=True))
    assert [sum(column) for column in columns[1:5]] == [
        counts[name] for name in ("proposed", "new", "relaxed", "hits")
    ]
    (curve,) = card["progress"]
    seconds, hits = zip(*curve["points"], strict=True)
    assert list(seconds) == sorted(seconds)
    assert (seconds[-1], hits[-1]) == (pytest.approx(sum(columns[5]), rel=1e-5), counts["hits"])
    found = zeo.resume_design(whole, until=1)
    numbers = {words: count for count, words, _ in card["numbers"]}
    assert numbers["known"] == found.known_hits
    assert numbers["found"] == len(found)


def test_the_command_on_the_page_begins_the_same_design(whole: Path, few: Path) -> None:
    (card,) = data_in(whole / "report.html")["sources"]
    wishes = "--target methane.void_fraction=0.06..0.30 --target 'energy<24 kJ/mol'"
    more = f"--generator search --known {few} --until 3 --set search.t_atoms=4,48"
    assert card["command"] == f"zeo design {wishes} {more}"


def test_report_makes_the_same_page_of_a_design_wherever_it_lies(whole: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(whole, tmp_path / "design")
    done("report", copy, "--out", tmp_path / "page.html")
    assert (tmp_path / "page.html").read_bytes() == (whole / "report.html").read_bytes()


def test_a_design_that_was_killed_has_a_page_of_its_finished_rounds(whole: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(whole, tmp_path / "design")
    facts = json.loads((copy / "dataset.json").read_text())
    last = facts["parts"].pop()
    facts["frameworks"] -= last["frameworks"]
    (copy / "dataset.json").write_text(json.dumps(facts))
    done("report", copy, "--out", tmp_path / "page.html")
    data = data_in(tmp_path / "page.html")
    assert len(data["frameworks"]["id"]) == facts["frameworks"]
    (card,) = data["sources"]
    assert f"in {len(facts['parts'])} round" in card["made"]


def test_without_its_known_frameworks_there_is_a_page_all_the_same(
    few: Path, whole: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(whole, tmp_path / "design")
    facts = json.loads((copy / "dataset.json").read_text())
    facts["made_by"]["known"] = [str(tmp_path / "gone")]
    (copy / "dataset.json").write_text(json.dumps(facts))
    done("report", copy, "--out", tmp_path / "page.html")
    (card,) = data_in(tmp_path / "page.html")["sources"]
    assert "known" not in {words for _, words, _ in card["numbers"]}
    assert any("not there as they were" in words for words in card["about"])


def test_objectives_have_their_best_so_far(few: Path, tmp_path: Path) -> None:
    out, goals = (
        tmp_path / "design",
        ("--minimise", "density", "--maximise", "2 * methane.void_fraction"),
    )
    done("design", *goals, *SMALL, "--known", few, "--minutes", 0.15, "--out", out)
    data = data_in(out / "report.html")
    (card,) = data["sources"]
    _, computed, densest = card["progress"]
    values = [value for _, value in densest["points"]]
    assert values == sorted(values, reverse=True)
    hits = [met for met in data["frameworks"]["met"] if met]
    density = data["frameworks"]["values"]["after"]["density"]
    assert values[-1] == pytest.approx(min(density[: len(hits)]), rel=1e-5)
    assert computed["points"]
    assert any(data["frameworks"]["front"])


def test_the_page_can_be_left_out(few: Path, tmp_path: Path) -> None:
    out = tmp_path / "design"
    told = done("design", *WISHES, *SMALL, "--known", few, "--until", 1, "--out", out, "--no-report").output
    assert "zeo report" in told
    assert not (out / "report.html").exists()


def test_a_damaged_round_is_one_line(whole: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(whole, tmp_path / "design")
    (copy / "rounds" / "00000.json").write_text("{")
    result = run_zeo("report", copy, "--out", tmp_path / "page.html")
    assert result.exit_code == 1
    assert "00000.json is damaged" in result.stderr.replace("\n", " ")
    assert not (tmp_path / "page.html").exists()
