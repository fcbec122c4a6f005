"""``zeo report`` and ``zeo view``: what is in the page, and what is said where there is none. No browser."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import run_zeo
from kept import change, forget, loosen, records_of
from pages import data_in, details_in, inflated, part

import zeo
from zeo.data.known.relaxed import relaxed_structure
from zeo.data.sets.description import Description
from zeo.data.sets.entry import Column, Entry
from zeo.data.sets.writer import DataSetWriter
from zeo.page.pore_grid import LAST_OPEN, OPEN_BELOW, POINTS, STEPS, stepped
from zeo.plugin.framework import FRAMEWORK
from zeo.plugin.registry import installed_plugins

TARGET, N = "methane.qst=15..25 kJ/mol", 6


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with a wish, and its page."""
    out = tmp_path_factory.mktemp("runs") / "made"
    usual = ("--generator", "dataset", "--set", "dataset.noise=0.3", "--probe", "methane")
    result = run_zeo("run", *usual, "-n", N, "--target", TARGET, "--target", "energy<25", "--out", out)
    assert result.exit_code == 0, result.output
    assert "report.html" in result.output
    return out


@pytest.fixture
def copy(run: Path, tmp_path: Path) -> Path:
    """The run, to be damaged."""
    return Path(shutil.copytree(run, tmp_path / "copy"))


def records(run: Path) -> list[dict[str, Any]]:
    return records_of(run)


def test_a_page_fetches_nothing_and_runs_no_script_but_its_own(run: Path) -> None:
    page = (run / "report.html").read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "unsafe-eval" not in policy[1]
    scripts = policy[1].partition("script-src")[2].partition(";")[0].split()
    assert all(script.startswith("'sha256-") for script in scripts)
    own = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    viewer = inflated(part(page, "viewer")).decode()
    hashes = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (*own, viewer)}
    assert {script.strip("'").removeprefix("sha256-") for script in scripts} == hashes
    assert not re.search(r"""(src|href)\s*=\s*["']?https?:|@import|url\(""", page)


def test_the_same_run_gives_the_same_file(run: Path, copy: Path, tmp_path: Path) -> None:
    for name in ("one.html", "two.html"):
        assert run_zeo("report", run, "--out", tmp_path / name).exit_code == 0
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
    (copy / "report.html").unlink()
    page = zeo.Run.open(copy).report()
    assert page == copy / "report.html"
    assert page.read_bytes() == (run / "report.html").read_bytes()


def test_a_page_has_the_numbers_of_the_records(run: Path) -> None:
    data = data_in(run / "report.html")
    shown, survivors = data["frameworks"], {r["id"]: r for r in records(run) if r["survived"]}
    assert sorted(shown["id"]) == sorted(survivors)
    for number, name in enumerate(shown["id"]):
        record = survivors[name]
        for stage, properties in (("after", "properties"), ("before", "unrelaxed_properties")):
            for quantity, known in record[properties]["methane"].items():
                value = shown["values"][stage].get(f"methane.{quantity}", [None] * N)[number]
                assert value == pytest.approx(known["value"], rel=1e-6), (name, quantity)
        assert shown["values"]["after"]["energy"][number] == pytest.approx(record["energy"]["value"])
        qst = record["properties"]["methane"]["qst_accessible"]["value"]
        in_range = qst is not None and 15 <= qst <= 25
        assert shown["met"][number] == (in_range and record["energy"]["value"] < 25)
    (card,) = data["sources"]
    counts = {words: count for count, words, _ in card["numbers"]}
    assert counts["drawn"] == N
    assert counts["on target"] == sum(
        met and feasible for met, feasible in zip(shown["met"], shown["feasible"], strict=True)
    )
    lost = {words: dict(step["lost"]) for step in card["funnel"] for words in [step["words"]] if step["lost"]}
    assert sum(sum(reasons.values()) for reasons in lost.values()) == N - len(survivors)


def test_quantities_are_called_as_those_who_measure_them_say(run: Path) -> None:
    quantities = {each["id"]: each for each in data_in(run / "report.html")["quantities"]}
    for column in zeo.Run.open(run).plan.columns:
        shown, spec = quantities[column.name], column.quantity
        assert shown["unit"] == ("" if spec.unit == "1" else spec.unit)
        assert spec.summary in shown["about"]
        words = installed_plugins().find("probe", column.probe).spec.words
        if spec.name in words:
            assert (shown["label"], shown["symbol"]) == words[spec.name]
    assert quantities["methane.qst"]["label"] == "heat of adsorption"
    assert quantities["methane.qst_accessible"]["label"] == "accessible heat of adsorption"


def test_whole_numbers_are_those_that_are_so_by_nature(run: Path, tmp_path: Path) -> None:
    of_frameworks = {each.name for each in FRAMEWORK if each.kind == "whole"}
    of_run = of_frameworks | {"methane.channel_dimensionality"}
    assert whole_numbers(run / "report.html") == of_run
    columns = (Column("mine.rooms", "int16", "", "how many"), Column("mine.width", "float", "A", "how wide"))
    properties = {"mine.rooms": 2, "mine.width": 3.0}
    entry = Entry(
        name="SOD",
        structure=relaxed_structure("SOD"),
        key="",
        origin="",
        split="",
        properties=properties,
    )
    made = Description(name="mine", made_by={}, properties=columns)
    DataSetWriter(tmp_path / "mine", made).append([entry])
    assert run_zeo("report", tmp_path / "mine", "--out", tmp_path / "mine.html").exit_code == 0
    assert "mine.rooms" in whole_numbers(tmp_path / "mine.html")
    assert "mine.width" not in whole_numbers(tmp_path / "mine.html")


def whole_numbers(page: Path) -> set[str]:
    return {each["id"] for each in data_in(page)["quantities"] if each["whole"]}


def test_conditions_are_in_the_words_for_a_quantity_and_make_isotherms(tmp_path: Path) -> None:
    wishes = [f"methane.loading[p={pressure}]>0" for pressure in ("5.8 bar", "0.1 MPa")]
    wishes += ["methane.kh[T=350 K]>0", "co2.kh>0"]
    coarse = ["--set", "methane-loading.spacing=1.0", "--grid-size", "8"]
    usual = ["--generator", "dataset", "--relax", "none", "-n", "1", *coarse]
    result = run_zeo(
        "run", *usual, *[word for wish in wishes for word in ("--target", wish)], "--out", tmp_path / "run"
    )
    assert result.exit_code == 1, "nothing comes through so coarse a grid"
    quantities = {each["id"]: each for each in data_in(tmp_path / "run" / "report.html")["quantities"]}
    hot = quantities["methane.kh[T=350 K]"]
    assert (hot["label"], hot["symbol"]) == ("Henry coefficient at T=350 K", "K_H T=350 K")
    assert {each["symbol"] for each in quantities.values() if each["id"] in ("co2.kh", "co2.kh_mol")} == {
        "K_H"
    }
    places = [each["isotherm"] for each in quantities.values() if each["isotherm"]]
    assert {(place["pressure"], place["unit"]) for place in places} == {(1.0, "bar"), (5.8, "bar")}
    assert {place["curve"] for place in places} == {"methane loading, T=298 K"}


def test_the_cifs_are_those_of_the_run(run: Path) -> None:
    ids = data_in(run / "report.html")["frameworks"]["id"]
    details = details_in(run / "report.html")
    assert len(details) == len(ids)
    for name, (facts, cif, _) in zip(ids, details, strict=True):
        assert cif == (run / "structures" / f"{name}.cif").read_text()
        record = next(record for record in records(run) if record["id"] == name)
        assert [step["stage"] for step in facts["past"]] == [step["stage"] for step in record["history"]]
        assert facts["key"] == record["identity"]["key"]
        assert [shells for _, _, shells in facts["sites"]] == [
            shells[:10] for shells in record["identity"]["coordination_sequences"]
        ]


def test_the_pores_of_the_picture_are_those_of_a_probe_on_that_grid(run: Path) -> None:
    ids = data_in(run / "report.html")["frameworks"]["id"]
    for name, (_, _, steps) in zip(ids, details_in(run / "report.html"), strict=True):
        assert steps is not None
        measured = zeo.probe(run / "structures" / f"{name}.cif", "methane", grid_size=POINTS)
        assert (steps <= LAST_OPEN).mean() == pytest.approx(measured["methane.void_fraction"].value, abs=1e-9)


def test_a_step_ends_exactly_where_a_point_is_open() -> None:
    temperature = 298.0
    limit = np.float32(OPEN_BELOW * temperature)
    energies = np.array([-1e9, -500, 0, np.nextafter(limit, np.float32(0)), limit], dtype=np.float32)
    assert (stepped(energies, temperature) <= LAST_OPEN).all()
    above = np.array([np.nextafter(limit, np.float32(1e9)), 1e9], dtype=np.float32)
    steps = stepped(above, temperature)
    assert (steps > LAST_OPEN).all()
    assert steps.max() <= STEPS + 1 <= 255


def test_a_hundred_frameworks_in_3d_fit_into_1_2_megabytes(run: Path, tmp_path: Path) -> None:
    """By what one more takes: a large one of the IZA types, as relaxed, with all its digits."""
    sizes = []
    for codes in (["MFI"], ["MFI", "FAU"]):
        pages = [relaxed_structure(code) for code in codes]
        sizes.append(zeo.view(pages, out=tmp_path / f"{len(codes)}.html").stat().st_size)
    viewer = len(part((run / "report.html").read_text(), "viewer"))
    assert sizes[0] < 400_000
    assert viewer < 250_000
    assert sizes[1] - sizes[0] < 25_000  # 576 atoms; the mean of a run is a third of it


def test_names_with_markup_are_text(copy: Path) -> None:
    evil = "</script><img src=x onerror=alert(1)>"

    def named(record: dict[str, Any]) -> dict[str, Any]:
        return record | {"identity": record["identity"] | {"name": evil}} if record["survived"] else record

    change(copy, named)
    page = copy.parent / "evil.html"
    assert run_zeo("report", copy, "--out", page).exit_code == 0
    text = page.read_text()
    assert evil not in text
    assert "<img" not in text.partition('id="data"')[0] + text.rpartition("</body>")[2]
    assert set(data_in(page)["frameworks"]["name"]) == {evil}


def test_a_folder_with_markup_is_a_title(copy: Path) -> None:
    folder = copy.rename(copy.parent / "<b>&{{data}}")
    page = copy.parent / "page.html"
    assert run_zeo("report", folder, "--out", page).exit_code == 0
    assert "<title>&lt;b&gt;&amp;{{data}} · zeo</title>" in page.read_text()


def test_a_run_that_is_still_going_is_shown_as_far_as_it_is(copy: Path) -> None:
    forget(copy, N - 1)
    page = copy.parent / "page.html"
    assert run_zeo("report", copy, "--out", page).exit_code == 0
    (card,) = data_in(page)["sources"]
    assert any(f"Not finished: 1 of {N} samples" in words for words in card["about"])


def test_a_damaged_record_is_an_error_that_names_it(copy: Path) -> None:
    loosen(copy)
    damaged = min((copy / "candidates").iterdir())
    damaged.write_text(damaged.read_text()[:200])
    page = copy.parent / "page.html"
    result = run_zeo("report", copy, "--out", page)
    assert result.exit_code == 1
    assert damaged.name in result.stderr
    assert "delete it and resume the run" in result.stderr
    assert not page.exists()


def test_a_survivor_without_atoms_says_so(copy: Path) -> None:
    loosen(copy)
    lost = min((copy / "structures").iterdir())
    lost.unlink()
    page = copy.parent / "page.html"
    assert run_zeo("report", copy, "--out", page).exit_code == 0
    ids, details = data_in(page)["frameworks"]["id"], details_in(page)
    facts, cif, grid = details[ids.index(lost.stem)]
    assert lost.name in facts["missing"]
    assert cif == ""
    assert grid is None


def test_a_run_without_survivors_has_its_funnel_and_advice(copy: Path) -> None:

    def lost(record: dict[str, Any]) -> dict[str, Any]:
        passed = (step for step in record["history"] if step["stage"] in ("generate", "decode"))
        last = {"stage": "repair", "plugin": "repair", "outcome": "rejected", "detail": "", "notes": {}}
        history = [*passed, last | {"reason": "too few neighbours"}]
        return record | {"survived": False, "energy": None, "properties": {}, "history": history}

    change(copy, lost)
    page = copy.parent / "page.html"
    result = run_zeo("report", copy, "--out", page)
    assert result.exit_code == 0, result.output
    data = data_in(page)
    (card,) = data["sources"]
    assert data["frameworks"]["id"] == []
    assert [step["lost"] for step in card["funnel"] if step["lost"]] == [[["too few neighbours", N]]]
    assert any("Nothing came through" in words and "too few neighbours" in words for words in card["about"])


def test_a_data_set_has_its_frameworks_and_details_of_some(tmp_path: Path) -> None:
    page = tmp_path / "set.html"
    result = run_zeo("report", "standard", "--top", 2, "--out", page)
    assert result.exit_code == 0, result.output
    data, standard = data_in(page), zeo.DataSet.open("standard")
    shown = data["frameworks"]
    assert data["sources"][0]["made"] == f"Data set standard of {len(standard):,} frameworks"
    assert shown["id"] == standard.names
    assert len(details_in(page)) == 2
    energies = standard.column("energy").tolist()
    assert shown["values"]["after"]["energy"] == pytest.approx(energies, rel=1e-6, nan_ok=True)
    assert "methane.qst" in shown["values"]["after"]


def test_several_runs_share_a_page(run: Path, copy: Path) -> None:
    page = copy.parent / "both.html"
    assert run_zeo("report", run, copy, "--top", 4, "--out", page).exit_code == 0
    data = data_in(page)
    assert [card["name"] for card in data["sources"]] == ["made", "copy"]
    assert set(data["frameworks"]["source"]) == {0, 1}
    first = [place for place in data["frameworks"]["detail"] if place >= 0]
    assert first == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("sources", "says"),
    [
        (["nowhere"], "nowhere: no such run, nor a data set"),
        (["empty"], "empty is neither a run nor a data set"),
        (["file.txt"], "file.txt is neither a run nor a data set"),
    ],
)
def test_what_is_no_run_gets_one_line(
    sources: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("file.txt").write_text("no run")
    result = run_zeo("report", *sources)
    assert result.exit_code == 1
    assert says in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not Path("report.html").exists()


def test_what_is_there_is_written_over_only_by_force(run: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text("precious")
    refused = run_zeo("report", run, "--out", page)
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert page.read_text() == "precious"
    assert run_zeo("report", run, "--out", page, "--force").exit_code == 0
    assert data_in(page)["title"] == run.name
    folder = run_zeo("report", run, "--out", tmp_path)
    assert folder.exit_code == 1
    assert "is a folder" in folder.stderr


def test_a_run_can_do_without(tmp_path: Path) -> None:
    usual = ("run", "--generator", "dataset", "--relax", "none", "-n", "1")
    result = run_zeo(*usual, "--out", tmp_path / "run", "--no-report")
    assert result.exit_code == 0, result.output
    assert "report.html" not in result.output
    assert not (tmp_path / "run" / "report.html").exists()
    assert zeo.Run.open(tmp_path / "run").report() == tmp_path / "run" / "report.html"
    assert data_in(tmp_path / "run" / "report.html")["frameworks"]["id"] == ["000000"]


def test_a_structure_is_viewed_with_what_is_measured(tmp_path: Path) -> None:
    page = tmp_path / "view.html"
    result = run_zeo("view", "LTA", "--probe", "methane", "--out", page)
    assert result.exit_code == 0, result.output
    data = data_in(page)
    assert data["frameworks"]["name"] == ["LTA"]
    measured = zeo.probe("LTA", "methane")
    assert data["frameworks"]["values"]["after"]["methane.qst"] == [
        pytest.approx(measured["methane.qst"].value, rel=1e-6)
    ]
    ((facts, cif, grid),) = details_in(page)
    assert cif.startswith("data_LTA")
    assert grid is not None
    assert len(facts["sites"]) == 1


def test_a_survivor_of_a_run_is_viewed(run: Path, tmp_path: Path) -> None:
    survivor = next(record["id"] for record in records(run) if record["survived"])
    page = tmp_path / "view.html"
    assert run_zeo("view", f"{run}:{survivor}", "--out", page).exit_code == 0
    ((_, cif, _),) = details_in(page)
    assert cif == (run / "structures" / f"{survivor}.cif").read_text()
    unknown = run_zeo("view", f"{run}:999999", "--out", tmp_path / "other.html")
    assert unknown.exit_code == 1
    assert "no survivor '999999'" in unknown.stderr


def test_what_is_no_structure_gets_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.cif"
    broken.write_text("this is no CIF")
    result = run_zeo("view", broken, "--out", tmp_path / "view.html")
    assert result.exit_code == 1
    assert len(result.stderr.strip().splitlines()) == 1
    assert "broken.cif" in result.stderr


def test_the_colours_can_be_told_apart() -> None:
    """Contrast of texts on their grounds by the formula of WCAG 2.1: 4.5 or more."""
    css = (Path(zeo.__file__).parent / "page" / "template" / "page.css").read_text()
    themes = [
        dict(re.findall(r"--([\w-]+): (#\w{6});", block))
        for block in re.findall(r":root[^{]*\{(.*?)\}", css, re.DOTALL)
    ]
    assert len(themes) == 2
    for theme in themes:
        for text in ("ink", "soft", "accent", "new"):
            for ground in ("paper", "card", "wash"):
                assert contrast(theme[text], theme[ground]) >= 4.5, (text, ground)


def contrast(one: str, other: str) -> float:
    lights = sorted(map(luminance, (one, other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def test_no_probe_with_a_grid_draws_no_pores(tmp_path: Path) -> None:
    from zeo.page.pore_grid import pores_by

    assert pores_by(["pores"], installed_plugins())(relaxed_structure("SOD")) is None


def test_a_run_begun_without_a_page_goes_on_without_one(tmp_path: Path) -> None:
    out = tmp_path / "run"
    begun = ["run", "--generator", "search", "--relax", "none", "-n", "2", "--out", out, "--no-report"]
    assert run_zeo(*begun).exit_code == 0
    forget(out, 1)
    assert run_zeo("run", "--resume", out).exit_code == 0
    assert not (out / "report.html").exists()
    assert run_zeo("run", "--resume", out, "--report").exit_code == 0
    assert (out / "report.html").exists()
