"""``zeo best``, and what ``zeo probe`` and ``zeo identify`` choose among their results, end to end."""

from __future__ import annotations

import csv
import json
import math
import os
import shutil
from pathlib import Path

import attrs
import gemmi
import pytest
from command_line import run_zeo
from hypothesis import given
from hypothesis import strategies as st
from kept import records_of, remove

import zeo
from zeo.crystal.cif import items_of
from zeo.running.cifs import cif_items
from zeo.tools.printing import printable
from zeo.wishes.choosing import Choice
from zeo.wishes.expressions import Known
from zeo.wishes.naming import Listed

N = 5


def made(out: Path, *arguments: str) -> Path:
    result = run_zeo("run", "--generator", "dataset", "-n", N, "--out", out, *arguments)
    assert result.exit_code == 0, result.output
    return out


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two runs that share all samples but the first and the last."""
    folder = tmp_path_factory.mktemp("runs")
    methane = ("--probe", "methane", "--grid-size", "16")
    return (
        made(folder / "first", *methane),
        made(folder / "second", *methane, "--probe", "pores", "--seed", "1", "--jobs", "2"),
    )


def facts_in(cif: Path) -> dict[str, str]:
    block = gemmi.cif.read(str(cif)).sole_block()
    pairs = [item.pair for item in block if item.pair is not None]
    return {tag: gemmi.cif.as_string(value) for tag, value in pairs if tag.startswith("_zeo_")}


def records(run: Path) -> list[dict]:
    return records_of(run)


def test_the_best_are_copied_each_net_once(runs: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "best"
    result = run_zeo(
        "best", *runs, "-n", 4, "--sort", "-methane.qst", "--where", "energy<20", "--out", out, "--unblocked"
    )
    assert result.exit_code == 0, result.output
    assert f"Wrote 4 frameworks to {out}" in result.stderr

    with (out / "best.csv").open() as file:
        rows = list(csv.DictReader(file))
    best_of_net = {
        record["identity"]["key"]: record["properties"]["methane"]["qst"]["value"]
        for run in runs
        for record in records(run)
        if record["survived"] and record["energy"]["value"] < 20
    }
    assert len(best_of_net) < sum(record["survived"] for run in runs for record in records(run))
    heats = [float(row["methane.qst [kJ/mol]"]) for row in rows]
    assert heats == sorted(best_of_net.values(), reverse=True)[:4]
    assert {path.name for path in out.iterdir()} == {"best.csv", *(f"{row['label']}.cif" for row in rows)}


def test_what_is_copied_says_what_it_is_and_comes_back(runs: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "best"
    chosen = zeo.best(*runs, n=3, sort="-largest_ring", out=out)
    rings = [each.values()["largest_ring"] for each in chosen]
    assert rings == sorted(rings, reverse=True)
    assert rings[0] == 12
    for each in chosen:
        cif = out / f"{each.label}.cif"
        facts, record = facts_in(cif), each.record
        assert facts["_zeo_run"] == str(each.run.path)
        assert (facts["_zeo_id"], facts["_zeo_seed"]) == (record.id, str(record.seed))
        assert facts["_zeo_generator"] == "dataset"
        assert facts["_zeo_code"] == record.identity.name
        assert float(facts["_zeo_energy_kJ_per_mol_Si"]) == pytest.approx(record.energy.value, rel=1e-6)
        heat = record.properties["methane"]["qst"].value
        assert float(facts["_zeo_methane_qst_kJ_per_mol"]) == pytest.approx(heat, rel=1e-6)
        again = zeo.identify(cif)
        assert (again.name, again.key) == (record.identity.name, record.identity.key)
        block = gemmi.cif.read(str(cif)).sole_block()
        atoms = len(block.find_loop("_atom_site_label"))
        assert atoms < len(each.structure), "only the unique atoms"
    table = chosen.table()
    assert table["id"].str.fullmatch(r"zeo_\d{6}").all()
    assert chosen.where("crystal_system=cubic").sorted("energy").top(1).columns == tuple(table)


@pytest.mark.parametrize("kind", ["parent", "framework", "entry"])
def test_a_cif_says_what_its_framework_was_made_of(runs: tuple[Path, Path], kind: str) -> None:
    """By whatever name the generator has for it."""
    (chosen,) = zeo.best(runs[0], n=1)
    record = attrs.evolve(chosen.record, source={kind: "LTA"})
    assert cif_items(record, chosen.run.plan)["_zeo_parent"] == "LTA"


def test_without_an_order_it_is_that_of_the_summary(runs: tuple[Path, Path]) -> None:
    with (runs[0] / "summary.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if not row["duplicate_of"]]
    shown = json.loads(run_zeo("best", runs[0], runs[0], "-n", 99, "--json").stdout)
    assert [row["id"] for row in shown] == [row["id"] for row in rows]
    energies = [each.record.energy.value for each in zeo.best(*runs, n=99)]
    assert energies == sorted(energies)


def test_a_run_s_own_cifs_say_the_same(runs: tuple[Path, Path], tmp_path: Path) -> None:
    chosen = zeo.best(runs[1], n=99, out=tmp_path / "best")
    for each in chosen:
        copied = facts_in(tmp_path / "best" / f"{each.label}.cif")
        assert copied.pop("_zeo_run") == str(runs[1])
        assert copied == facts_in(runs[1] / "structures" / f"{each.record.id}.cif")
        assert float(copied["_zeo_pores_free_sphere_A"]) > 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--sort", "pores.free_sphere"), "first: nothing measures 'pores.free_sphere'"),
        (("--where", "energy<20 nm"), "nm is no unit of energy"),
        (("--where", "density>90"), "no survivor of"),
        (("--sort", "-code"), "code is a text"),
        (("--sort", "energy +"), "cannot read the expression"),
        (("--out", "taken"), "taken exists already"),
        (("nowhere",), "nowhere is not a run directory"),
    ],
)
def test_what_cannot_be_chosen_is_one_line_and_writes_nothing(
    runs: tuple[Path, Path],
    arguments: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("mine")
    out = () if "--out" in arguments else ("--out", "new")
    result = run_zeo("best", *runs, *arguments, *out)
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stderr.count("Error: ") == 1
    assert [file.name for file in tmp_path.rglob("*")] == ["taken", "mine.txt"]


def test_atoms_come_from_the_records_and_damage_leaves_nothing(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    shutil.copytree(runs[0], tmp_path / "run")
    remove((tmp_path / "run" / "structures").glob("*.cif"))
    assert run_zeo("best", tmp_path / "run", "-n", 99, "--out", tmp_path / "best").exit_code == 0
    assert len(list((tmp_path / "best").glob("*.cif"))) == len(list((runs[0] / "structures").glob("*.cif")))
    (part,) = (tmp_path / "run").glob("records/*")
    part.write_bytes(part.read_bytes()[:-20])
    result = run_zeo("best", tmp_path / "run", "-n", 99, "--out", tmp_path / "others")
    assert result.exit_code == 1
    assert "part-000000.parquet is damaged" in result.stderr
    assert not (tmp_path / "others").exists()


def test_runs_of_other_wishes_need_an_order_and_other_options_are_said(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    other = made(tmp_path / "other", "--relax", "none", "--target", "methane.qst>18", "--grid-size", "20")
    refused = run_zeo("best", runs[0], other)
    assert refused.exit_code == 1
    assert "say with --sort which are best" in refused.stderr
    warned = run_zeo("best", runs[0], other, "--sort", "energy", "--sort", "-qst", "-n", 99)
    assert warned.exit_code == 0, warned.output
    assert "methane: options differ between these runs" in warned.stderr
    assert "relaxation: options differ between these runs" in warned.stderr, "one of them has none"
    alike = run_zeo("best", *runs, "--sort", "energy", "-n", 99)
    assert "options differ" not in alike.stderr, "what only one of them measured is not compared"


def test_a_name_that_means_another_quantity_elsewhere_is_refused(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    argon = made(tmp_path / "argon", "--relax", "none", "--probe", "argon", "--grid-size", "16")
    refused = run_zeo("best", runs[0], argon, "--sort", "qst")
    assert refused.exit_code == 1
    assert "know methane.qst_accessible and argon.qst_accessible by one name" in refused.stderr


def test_runs_of_any_name_can_be_copied(runs: tuple[Path, Path], tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"a \xff\n'b\"; #")
    shutil.copytree(runs[0], odd)
    result = run_zeo("best", odd, "-n", 1, "--out", tmp_path / "best")
    assert result.exit_code == 0, result.output
    (cif,) = (tmp_path / "best").glob("*.cif")
    assert facts_in(cif)["_zeo_run"] == printable(odd)
    assert zeo.identify(cif).name == zeo.best(runs[0], n=1)[0].record.identity.name


def test_probe_and_identify_choose_among_what_they_find() -> None:
    probed = run_zeo(
        *("probe", "LTA", "SOD", "CHA", "--probe", "methane", "--grid-size", "16", "--json"),
        *("--where", "void_fraction>0.1", "--sort", "-methane.void_fraction"),
        "--unblocked",
    )
    assert list(json.loads(probed.stdout)) == ["LTA", "CHA"]
    rings = ("--sort", "-largest_ring", "--sort", "code", "--top", "2")
    named = run_zeo("identify", "SOD", "LTA", "MFI", "CHA", "--where", "density<18 T/nm3", *rings, "--json")
    assert [row["name"] for row in json.loads(named.stdout)] == ["CHA", "LTA"]
    one = run_zeo("identify", "SOD", "LTA", "--where", "t_atoms=24", "--where", "novelty=iza", "--csv")
    assert [row["name"] for row in csv.DictReader(one.stdout.splitlines())] == ["LTA"]


@pytest.mark.parametrize("command", [("identify",), ("probe", "--probe", "methane", "--grid-size", "16")])
def test_conditions_are_read_before_the_work_and_may_leave_nothing(command: tuple[str, ...]) -> None:
    typo = run_zeo(*command, "LTA", "--where", "coed=3")
    assert typo.exit_code == 1
    assert "is not known of these" in typo.stderr
    assert not typo.stdout
    condition = "t_atoms>9999" if command == ("identify",) else "qst>9999"
    nothing = run_zeo(*command, "LTA", "SOD", "--where", condition)
    assert nothing.exit_code == 1
    assert f"none of 2 meets {condition}" in nothing.stderr


def test_results_in_python_choose_alike() -> None:
    found = zeo.identify(["SOD", "LTA", "MFI", "CHA"])
    assert [one.name for one in found.where("largest_ring=8").sorted("density")] == ["LTA", "CHA"]
    assert [one.name for one in found.sorted("-td10").top(1)] == ["MFI"]
    with pytest.raises(zeo.ConfigError, match="did you mean 'largest_ring'"):
        found.where("largest_rin=8")
    with pytest.raises(zeo.ConfigError, match="cannot be chosen among"):
        zeo.relax(["SOD"]).sorted("energy")


VALUES = st.one_of(st.floats(-1e6, 1e6), st.just(math.nan))


@given(st.lists(st.tuples(VALUES, st.one_of(st.sampled_from("abc"), st.just(math.nan)))))
def test_orders_run_either_way_with_what_is_undefined_last(pairs: list[tuple[float, object]]) -> None:
    catalogue = Listed((Known("gas.x", "nm"), Known("word", kind="text")))
    items = [{"gas.x": number, "word": word} for number, word in pairs]

    def ordered(*sort: str) -> list[dict]:
        return Choice.of((), sort, catalogue).among(items, lambda item: item)

    def defined(sort: str, name: str) -> list:
        values = [item[name] for item in ordered(sort)]
        known = [value for value in values if value == value]
        assert values[: len(known)] == known
        return known

    assert defined("x", "gas.x") == sorted(defined("x", "gas.x"))
    assert defined("-gas.x", "gas.x") == sorted(defined("x", "gas.x"), reverse=True)
    assert defined("word", "word") == sorted(defined("word", "word"))
    assert len(ordered("word", "-x")) == len(items)


def test_items_of_a_cif_have_their_units_in_the_tags() -> None:
    facts = [("a-b.c", "cm3(STP)/cm3", 1 / 3), ("d", "1", 2), ("e", "", "x\ny"), ("f", "A", math.nan)]
    assert items_of([*facts, ("g", "A", None), ("h", "T/1000 A3", 1.0)]) == {
        "_zeo_a_b_c_cm3_STP_per_cm3": "0.3333333",
        "_zeo_d": "2",
        "_zeo_e": "x\\ny",
        "_zeo_h_T_per_1000_A3": "1",
    }
