"""Wishes through ``zeo run``, end to end."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import zeo
from zeo.api.runs import Run
from zeo.cli import main
from zeo.crystal.cif import cif_text
from zeo.data.known.reference import Reference
from zeo.data.known.relaxed import relaxed_structure
from zeo.running.runfile import RunFile
from zeo.running.wanted import wishes_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wishes")


def run(out: Path, *arguments: str) -> Result:
    known = ("--generator", "dataset", "--relax", "none", "-n", "4")
    return CliRunner().invoke(main, ["run", *known, "--out", str(out), *arguments])


def test_probes_that_a_wish_needs_are_added(folder: Path) -> None:
    result = run(folder / "added", "--target", "pores.free_sphere>0.2 nm", "--target", "largest_ring>=6")
    assert result.exit_code == 0, result.output
    plan = json.loads((folder / "added" / "run.json").read_text())["plan"]
    assert [step["plugin"] for step in plan["steps"] if step["stage"] == "probe"] == ["pores"]
    assert "pores.free_sphere > 2 A; largest_ring >= 6" in result.stdout


def test_two_bounds_of_a_quantity_are_one_target(folder: Path) -> None:
    result = run(folder / "bounds", "--target", "qst>=18", "--target", "qst<=20", "--target", "qst!=19")
    assert result.exit_code == 0, result.output
    plan = json.loads((folder / "bounds" / "run.json").read_text())["plan"]
    assert len(plan["wishes"]) == 3
    assert [(each["low"], each["high"]) for each in plan["targets"]] == [(18.0, 20.0)]


def test_a_bound_may_be_negative(folder: Path) -> None:
    result = run(folder / "negative", "--target", "methane.qst>-5")
    assert result.exit_code == 0, result.output
    assert "methane.qst_accessible > -5 kJ/mol" in result.stdout


def test_runs_from_before_there_were_wishes_want_what_their_targets_say(folder: Path) -> None:
    """To the last digit, whatever their units are called."""
    assert run(folder / "old", "--target", "qst=18..20").exit_code == 0
    file = folder / "old" / "run.json"
    contents = json.loads(file.read_text())
    del contents["plan"]["wishes"], contents["plan"]["unblocked"]
    contents["plan"]["targets"][0] |= {"low": 18.123456789, "unit": "quux", "quantity": "qst"}
    contents["plan"]["columns"] = [
        column | {"quantity": column["quantity"] | {"unit": "quux"}} for column in contents["plan"]["columns"]
    ]
    file.write_text(json.dumps(contents))
    plan = RunFile.read(folder / "old").plan
    (wish,) = wishes_of(plan.wishes, plan.catalogue)
    assert (wish.low, wish.high, wish.formula.text) == (18.123456789, 20.0, "methane.qst")


def test_what_is_maximised_comes_first(folder: Path) -> None:
    result = run(folder / "most", "--maximise", "density")
    assert result.exit_code == 0, result.output
    with (folder / "most" / "summary.csv").open() as file:
        densities = [float(row["density [T/1000 A3]"]) for row in csv.DictReader(file)]
    assert densities == sorted(densities, reverse=True)


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        (("qts>3",), "did you mean"),
        (("methane.qst<3 nm",), "nm is no unit of methane.qst_accessible"),
        (("methane.qst>22", "methane.qst<18"), "nothing can fulfil both"),
        (("energy",), "cannot read the wish"),
        (("loading>2",), "write methane.loading or argon.loading"),
        (("methane.qst + density > 3",), "is no unit of the other term"),
        (("methane.qst[p=35 bar]>3",), "methane.qst has no condition 'p': it has T (K)"),
        (("methane.qst[T=35 bar]>3",), "bar is no unit of T of methane.qst"),
        (("methane.qst[T=-1 K]>3",), "methane.temperature must be at least 50"),
        (("methane.deliverable[p=35 bar]>3",), "it has T (K), low (bar), high (bar), hot (K)"),
        (("selectivity[xenon:krypton=20, 1 bar]>3",), "each gas has a positive share"),
        (("density[T=3 K]>3",), "density takes no conditions"),
        (("crystal_system=kubic",), "never 'kubic': did you mean 'cubic'"),
        (("largest_ring=-3",), "largest_ring is in 3.."),
        (("t_atoms=12.5",), "t_atoms is a whole number"),
        (("void_fraction>2",), "methane.void_fraction_accessible is in 0..1"),
        (("void_fraction>1",), "is in 0..1"),
        (("code=MFI", "code!=MFI"), "nothing can fulfil both"),
        (("largest_ring=12", "largest_ring!=12"), "nothing can fulfil both"),
        (("\x1b[2Jqst>3",), "cannot read"),
        (("energy<16",), "nothing tells energy in a run without the stage relax: leave out --relax none"),
        (("methane.qst>energy",), "nothing tells energy"),
        (("crystal_system=cubic",), "nothing tells crystal_system"),
        (("code=ZZZ",), "no net of the reference is called so"),
        (("code=CLO",), "did you mean '-CLO'?"),
    ],
)
def test_a_wish_that_cannot_be_is_one_line_and_leaves_nothing(
    folder: Path, wishes: tuple[str, ...], message: str
) -> None:
    result = run(folder / "none", *(part for wish in wishes for part in ("--target", wish)))
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stderr.count("Error: ") == 1
    assert "\x1b" not in result.stderr
    assert not (folder / "none").exists()


def test_what_only_a_stage_tells_that_is_left_out_is_refused(folder: Path) -> None:
    for asked, name in (
        (("--minimise", "energy"), "energy"),
        (("--identify", "none", "--target", "largest_ring>=12"), "largest_ring"),
    ):
        result = run(folder / "none", *asked)
        assert result.exit_code == 1
        assert f"nothing tells {name}" in result.stderr
        assert not (folder / "none").exists()


def test_names_that_nets_can_have_are_wished(folder: Path, tmp_path: Path) -> None:
    """Those of a folder are whatever its files are called, and shared ones have slashes."""
    assert run(tmp_path / "type", "--target", "code!=ZZZ", "--target", "code=SOD").exit_code == 0
    (tmp_path / "cifs").mkdir()
    (tmp_path / "cifs" / "mine.cif").write_text(cif_text(relaxed_structure("SOD"), "SOD"))
    named = ("--reference", str(tmp_path / "cifs"), "--target", "code=mine.cif")
    assert run(tmp_path / "named", *named).exit_code == 0
    names = Reference().names
    assert {"MFI", "-CLO"} < names
    assert any("/" in name for name in names)


def test_quantities_are_listed_with_units() -> None:
    rows = {row["name"]: row for row in zeo.quantities()}
    assert rows["energy"]["unit"] == "kJ/mol Si"
    assert rows["methane.qst"]["measured by"] == "methane"
    assert rows["methane.deliverable_volumetric"]["unit"] == "cm3(STP)/cm3"
    assert {"largest_ring", "crystal_system", "novelty"} <= set(rows)
    listed = CliRunner().invoke(main, ["quantities", "--json"])
    assert json.loads(listed.stdout) == list(rows.values())


def test_nothing_is_both_as_large_and_as_small_as_can_be(folder: Path) -> None:
    result = run(folder / "both", "--maximise", "qst", "--minimise", "methane.qst")
    assert result.exit_code == 1
    assert "methane.qst_accessible cannot be both maximised and minimised" in result.stderr
    assert not (folder / "both").exists()


@pytest.mark.parametrize(
    ("objective", "wish"),
    [("novelty", "novelty=new"), ("code", "code=MFI"), ("crystal_system", "crystal_system=cubic")],
)
@pytest.mark.parametrize("direction", ["--maximise", "--minimise"])
def test_a_text_has_no_order(folder: Path, direction: str, objective: str, wish: str) -> None:
    for command in ("run", "design"):
        result = CliRunner().invoke(main, [command, direction, objective, "--out", str(folder / "text")])
        assert result.exit_code == 1
        assert f"{objective} is a text and has no order: wish {wish}" in " ".join(result.stderr.split())
    assert not (folder / "text").exists()


def test_closed_pores_count_only_where_they_are_asked_for(tmp_path: Path) -> None:
    """SOD has cages for methane that no molecule can enter, FAU has wide channels besides."""
    (tmp_path / "cifs").mkdir()
    for code in ("SOD", "FAU"):
        (tmp_path / "cifs" / f"{code}.cif").write_text(cif_text(relaxed_structure(code), code))
    known = ("--generator", "dataset", "--set", f"dataset.source={tmp_path / 'cifs'}", "--relax", "none")
    asked = ("run", *known, "-n", "4", "--target", "void_fraction>0.02")
    found = {}
    for name, flags in (("accessible", []), ("all", ["--unblocked"])):
        result = CliRunner().invoke(main, [*asked, *flags, "--out", str(tmp_path / name)])
        assert result.exit_code == 0, result.output
        plan = json.loads((tmp_path / name / "run.json").read_text())["plan"]
        assert plan["unblocked"] == bool(flags)
        with (tmp_path / name / "summary.csv").open() as file:
            marks = {row["name"]: row["on_target_in_closed_pores"] for row in csv.DictReader(file)}
        found[name] = (Run.open(tmp_path / name).summary.on_target, marks, result.stdout)
    (strict, marks, table), (loose, none, _) = found["accessible"], found["all"]
    closed = [name for name, mark in marks.items() if mark == "yes"]
    assert (strict, loose, closed) == (2, 4, ["SOD"])
    assert set(none.values()) == {""}
    assert all(f"{name}*" in table for name in closed)
    assert "in closed pores alone" in table
