"""Runs wherever data sets are: what counts of them, and that nothing is lost on the way."""

from __future__ import annotations

import csv
from pathlib import Path

import attrs
import numpy as np
import pytest
from command_line import done
from kept import change, records_of

import zeo
from zeo.crystal.cif import cif_text
from zeo.crystal.orthogonal import smallest_orthogonal_cell
from zeo.data.known.relaxed import relaxed_structure
from zeo.data.sets.description import Description
from zeo.data.sets.splits import assign, held_out_codes
from zeo.data.sets.store import DataSet
from zeo.data.sets.writer import DataSetWriter

N = 7

METHANE = ("--probe", "methane", "--set", "methane.n=8")


def drawn(out: Path, *arguments: object) -> Path:
    """A run that draws small IZA types."""
    small = ("--set", "dataset.max_t=16", "--set", "voxel.channels=si,o", "--set", "voxel.n=16")
    done("run", "--generator", "dataset", "-n", N, *METHANE, *small, "--out", out, *arguments)
    return out


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of which one net comes twice and one framework is made infeasible."""
    out = drawn(tmp_path_factory.mktemp("runs") / "first")
    records = records_of(out)
    survivors = [n for n, record in enumerate(records) if record["survived"]]
    assert len(survivors) == N
    records[0]["energy"]["value"] = 40.0
    records[1]["identity"] = records[2]["identity"]
    records[1]["energy"]["value"] = records[2]["energy"]["value"] + 1.0
    change(out, lambda record: records[record["index"]])
    return out


def test_feasible_survivors_count_each_net_once(run: Path) -> None:
    data = DataSet.open(run)
    assert dict(data.description.counts) == {
        "samples": N,
        "survived": N,
        "not infeasible": N - 1,
        "different nets": N - 2,
    }
    assert data.names == [f"first-{index:06d}" for index in range(2, N)]
    records = {f"first-{record.index:06d}": record for record in zeo.Run.open(run).records()}
    for index, entry in enumerate(data):
        record = records[entry.name]
        assert record.identity is not None
        assert record.energy is not None
        assert (entry.key, entry.code) == (record.identity.key, record.identity.name)
        assert entry.lineage == entry.parent == record.source["framework"]
        assert entry.energy == record.energy.value
        assert entry.split == assign(entry)
        assert entry.properties["methane.kh"] == record.properties["methane"]["kh"].value
        assert entry.density == pytest.approx(data.column("density")[index], rel=1e-4)
        lengths = [data.column(edge)[index] for edge in "abc"]
        np.testing.assert_allclose(entry.structure.lengths, lengths, rtol=1e-5)


def two_sets(folder: Path) -> tuple[Path, Path]:
    """Data sets of one framework each, of one name but two lineages, the second of which is held out."""
    held_out = min(held_out_codes())
    some = DataSet.open("standard").where(DataSet.open("standard").column("t_atoms") <= 24)
    nets = [entry for entry in some if entry.code is None][:2]
    paths = folder / "a", folder / "b"
    for path, entry, lineage in zip(paths, nets, ("mine", held_out), strict=True):
        description = Description(name=path.name, made_by={})
        named = attrs.evolve(entry, name="h0000-0001", lineage=lineage, properties={})
        DataSetWriter(path, description).append([attrs.evolve(named, split=assign(named))])
    return paths


@pytest.mark.parametrize("generator", ["dataset", "search"])
def test_ancestors_of_one_name_in_two_data_sets_are_told_apart(tmp_path: Path, generator: str) -> None:
    """Else who learns from the run learns from what is held out."""
    first, second = two_sets(tmp_path)
    sources = f"{'dataset.source' if generator == 'dataset' else 'search.parents'}={first},{second}"
    done(
        "run",
        "--generator",
        generator,
        "--set",
        sources,
        "-n",
        12,
        "--relax",
        "none",
        "--out",
        tmp_path / "run",
    )
    own = {entry.key: entry.lineage for path in (first, second) for entry in DataSet.open(path)}
    found = list(DataSet.open(tmp_path / "run"))
    assert {entry.lineage for entry in found} == set(own.values())
    for entry in found:
        assert entry.lineage == own.get(entry.key, entry.lineage)
        assert (entry.split == "test") == (entry.lineage != "mine" or assign(entry) == "test")


def test_records_that_name_no_lineage_are_looked_up_in_the_sets_that_the_run_began_with(
    tmp_path: Path,
) -> None:
    """As those of older versions."""
    out = tmp_path / "run"
    chosen = ("--set", "dataset.source=standard", "--set", "dataset.split=test", "--set", "dataset.max_t=24")
    done("run", "--generator", "dataset", *chosen, "-n", 8, "--relax", "none", "--out", out)
    told = DataSet.open(out)
    change(out, lambda record: {**record, "source": {"entry": record["source"]["entry"]}})
    looked_up = DataSet.open(out)
    assert set(told.column("split")) == set(looked_up.column("split")) == {"test"}


def test_names_of_the_user_are_no_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEO_REFERENCE", str(tmp_path / "home"))
    data = DataSet.open("standard")
    place = next(k for k, code in enumerate(data.column("code")) if code is None)
    for name, structure in (("mynet", data.structure(place)), ("SOD", relaxed_structure("SOD"))):
        (tmp_path / f"{name}.cif").write_text(cif_text(structure, name))
    done("reference", "add", tmp_path / "mynet.cif")
    done(
        "data",
        "build",
        tmp_path / "mynet.cif",
        tmp_path / "SOD.cif",
        "--out",
        tmp_path / "set",
        "--min-kh",
        0,
    )
    built = DataSet.open(tmp_path / "set")
    assert dict(zip(built.names, built.column("code"), strict=True)) == {"mynet": None, "SOD": "SOD"}


def test_a_data_set_of_runs_holds_what_they_measured(run: Path, tmp_path: Path) -> None:
    other = drawn(tmp_path / "second", "--seed", "4")
    out = tmp_path / "set"
    settings = ("--set", "methane.n=8", "--min-kh", 0)
    result = done("data", "build", run, other, "--out", out, *settings)
    assert (
        f"{run}: {N} samples, {N} survived, {N - 1} not infeasible, {N - 2} different nets" in result.stderr
    )
    built = DataSet.open(out)
    keys = {key for each in (run, other) for key in DataSet.open(each).column("key")}
    assert set(built.column("key")) == keys
    known = {entry.key: entry for each in (other, run) for entry in DataSet.open(each)}
    for entry in built:
        assert entry.split == assign(entry)
        assert entry.energy == pytest.approx(known[entry.key].energy, rel=1e-6)
        measured = known[entry.key].properties["methane.kh"]
        assert measured is not None
        assert entry.properties["methane.kh"] == pytest.approx(measured, rel=1e-6)


def test_conditions_choose_from_runs(run: Path, tmp_path: Path) -> None:
    conditions = ("--where", "methane.qst>0", "--where", "density<19")
    done("data", "export", run, "--out", tmp_path / "cifs", *conditions)
    data = DataSet.open(run)
    wanted = (data.column("methane.qst") > 0) & (data.column("density") < 19)
    assert 0 < wanted.sum() < len(data)
    assert {file.stem for file in (tmp_path / "cifs").iterdir()} == set(data.where(wanted).names)
    assert "different nets" in done("data", "info", run, "--sample", 2).stdout


def test_a_run_is_drawn_from_and_what_it_holds_is_known(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "again"
    result = done(
        *(
            "run",
            "--generator",
            "dataset",
            "-n",
            4,
            "--relax",
            "none",
            "--set",
            f"dataset.source={run}",
            "--out",
            out,
        )
    )
    assert f"{run}: drawing from {N - 2} of {N - 2} frameworks" in result.stderr
    names = {record.source["entry"] for record in zeo.Run.open(out).records()}
    assert names <= set(DataSet.open(run).names)
    assert f"nor in {run} ({N - 2} nets)" in zeo.Run.open(out).directory.versions["nets compared with"]


def test_what_is_trained_on_a_run_has_its_training_split(run: Path) -> None:
    from zeo.data.known.frameworks import training_frameworks

    data = DataSet.open(run)
    train = training_frameworks(run)
    assert list(train.names) == data.split("train").names
    assert [framework.key for framework in train] == data.split("train").column("key").tolist()


def test_several_sources_count_each_net_once(run: Path, tmp_path: Path) -> None:
    mine, codes = tmp_path / "set", [entry.code for entry in DataSet.open(run)]
    few = tmp_path / "cifs"
    few.mkdir()
    for code in ("CHA", "LTA", codes[0]):
        zeo.convert(code, "cif").write(few)
    done("data", "build", few, "--out", mine, "--min-kh", 0, "--set", "methane.n=8")
    sources = f"dataset.source={run},{mine}"
    out = ("-n", 20, "--relax", "none", "--identify", "none", "--repair", "none", "--out", tmp_path / "again")
    told = done("run", "--generator", "dataset", "--set", sources, *out).stderr
    count = len(codes) + 2
    assert f"{run},{mine}: drawing from {count} of {count} frameworks" in told
    records = zeo.Run.open(tmp_path / "again").records()
    assert {record.source["entry"] for record in records} == {*DataSet.open(run).names, "CHA", "LTA"}


@pytest.mark.parametrize("given", [("standard", "relaxed"), ("relaxed", "cifs")])
def test_several_sources_are_data_sets_and_runs(given: tuple[str, str], tmp_path: Path) -> None:
    out = ("-n", 1, "--out", tmp_path / "out")
    told = done(
        "run", "--generator", "dataset", "--set", f"dataset.source={','.join(given)}", *out, exit_code=1
    )
    assert "of several sources each is a data set or a run" in told.stderr.splitlines()[-1]


def test_mutation_starts_from_runs(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "hypo"
    options = ("--set", "search.t_atoms=4,40", "--set", "methane.n=8", "--seed", 1)
    done("data", "make", "hypothetical", "-n", 1, "--parents", run, "--out", out, *options)
    made = DataSet.open(out)
    parents = {name for name in made.column("parent") if name is not None}
    assert parents
    assert any(name.startswith("first:first-") for name in parents)
    assert not set(made.column("key")) & set(DataSet.open(run).column("key"))


def test_runs_that_cannot_be_sources_say_so_in_a_line(run: Path, tmp_path: Path) -> None:
    unnamed = tmp_path / "unnamed"
    zeo.run("dataset", n=1, identify=None, relax=None, out=unnamed)
    result = done("data", "build", unnamed, "--out", tmp_path / "set", exit_code=1)
    assert "identified no nets" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    damaged = tmp_path / "damaged"
    (damaged / "records").mkdir(parents=True)
    (damaged / "run.json").write_bytes((run / "run.json").read_bytes())
    (damaged / "records" / "part-000000.jsonl").write_text('{"index": 0}\n')
    result = done("data", "export", damaged, "--out", tmp_path / "cifs", exit_code=1)
    assert "part-000000.jsonl is damaged" in result.stderr


def test_the_table_of_a_run_says_how_new_each_net_is(run: Path, tmp_path: Path) -> None:
    import pandas as pd

    table = pd.read_csv(run / "summary.csv")
    assert table["id"].str.fullmatch(r"zeo_\d{6}").all()
    assert set(table["novelty"]) == {"iza"}
    assert set(table["split"]) <= {"train", "validation", "test"}
    assert table["largest_ring"].between(4, 20).all()
    with (run / "summary.csv").open() as file:
        header = next(csv.reader(file))
    units = [name for name in header if name.endswith("]")]
    assert {"a [A]", "energy [kJ/mol Si]", "methane.qst [kJ/mol]"} <= set(units)
    assert not [name for name in header if name.endswith(("_A", "_deg", "_A3", "_Si"))]


def test_grids_are_drawn_of_frameworks_with_an_orthogonal_cell(tmp_path: Path) -> None:
    """RTE and UOE have none; networks of another kind could learn from them."""
    out = tmp_path / "set"
    for code in ("RTE", "UOE", "SOD", "ABW"):
        cif = tmp_path / "cifs" / f"{code}.cif"
        cif.parent.mkdir(exist_ok=True)
        zeo.convert(code, "cif").write(cif.parent)
    done("data", "build", tmp_path / "cifs", "--out", out, "--min-kh", 0, "--set", "methane.n=8")
    data = DataSet.open(out)
    assert len(data) == 4
    right = dict(zip(data.column("code"), data.has_right_angles, strict=True))
    assert right == {code: smallest_orthogonal_cell(relaxed_structure(code)) is not None for code in right}
    result = done(
        *("run", "-n", 1, "--generator", "dataset", "--set", f"dataset.source={out}", "--relax", "none"),
        *("--out", tmp_path / "run"),
    )
    assert f"{out}: drawing from 2 of 4 frameworks" in result.stderr
    done("data", "export", out, "--out", tmp_path / "all.extxyz")
    assert len(zeo.read(tmp_path / "all.extxyz")) == 4
