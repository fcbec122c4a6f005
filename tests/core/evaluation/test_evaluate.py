"""``zeo evaluate`` on real runs: three frameworks, the same scrambled, a data set with two of them."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from kept import forget

from zeo.cli import main
from zeo.crystal.cif import cif_text
from zeo.data.known.relaxed import relaxed_frameworks, relaxed_structure
from zeo.data.sets.description import Description
from zeo.data.sets.entry import Entry, property_columns
from zeo.data.sets.writer import DataSetWriter
from zeo.plugin.columns import Column, columns_by_name
from zeo.plugin.declare import QuantitySpec
from zeo.plugin.registry import installed_plugins
from zeo.running import pipeline
from zeo.running.config import RunConfig
from zeo.running.planning import plan_of
from zeo.running.rundir import RunDirectory
from zeo.wishes.full_name import FullName

CODES = ("ACO", "BIK", "SOD")
DRAWN = ("SOD", "ACO", "BIK", "SOD")
PROPERTIES = property_columns(
    Column("methane", each) for each in (QuantitySpec("qst", "kJ/mol"), QuantitySpec("kh", "1"))
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the runs ``known``, of six samples, and ``control``, and the data set ``set``."""
    folder = tmp_path_factory.mktemp("evaluation")
    (folder / "cifs").mkdir()
    for code in CODES:
        (folder / "cifs" / f"{code}.cif").write_text(cif_text(relaxed_structure(code), code))
    known = run(folder / "known", scramble=False)
    run(folder / "control", scramble=True)
    write_data_set(folder / "set", {r.identity.name: r.identity.key for r in known.records() if r.identity})
    return folder


def run(path: Path, scramble: bool) -> RunDirectory:
    options = {"dataset": {"source": str(path.parent / "cifs"), "scramble": scramble}, "voxel": {"n": 24}}
    config = RunConfig(
        generator="dataset", n=4, probes=("methane",), targets=("qst=15..30 kJ/mol",), options=options
    )
    directory = RunDirectory.create(path, plan_of(config, installed_plugins()), config.n, {})
    with directory.session():
        pipeline.run(directory, installed_plugins())
    return directory


def write_data_set(
    path: Path, keys: dict[str, str], splits: Mapping[str, str] = {"ACO": "train", "SOD": "test"}
) -> None:
    """Of some types, each in a split."""
    entries = [
        Entry(
            name=code,
            structure=relaxed_structure(code),
            key=keys[code],
            origin="iza",
            code=code,
            split=split,
            energy=relaxed_frameworks()[code].energy,
            properties={"methane.qst": 20.0, "methane.kh": 10.0},
        )
        for code, split in splits.items()
    ]
    writer = DataSetWriter(path, Description(name="two", made_by={}, properties=PROPERTIES))
    writer.append(entries)


def evaluated(folder: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["evaluate", *map(str, arguments), "--data", str(folder / "set")])


def as_json(folder: Path, *arguments: str | Path) -> dict[str, Any]:
    result = evaluated(folder, *arguments, "--json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_known_frameworks_come_back_and_scrambled_ones_do_not(folder: Path) -> None:
    known, control = as_json(folder, folder / "known", folder / "control")["runs"]
    counts = {name: figure["count"] for name, figure in known["figures"].items() if figure}
    assert counts["drawn"] == counts["si_o_window"] == counts["perfect"] == counts["net_kept"] == 4
    assert counts["nets_of_perfect"] == counts["nets_of_perfect_iza"] == 3
    assert (counts["nets_of_perfect_train"], counts["nets_of_perfect_test"]) == (1, 1)
    energies = [relaxed_frameworks()[code].energy for code in DRAWN]
    for limit in (20.5, 16):
        assert counts[f"up_to_{limit}"] == sum(energy <= limit for energy in energies)
    assert known["figures"]["perfect"]["interval_95"] == pytest.approx((0.5101, 1.0), abs=1e-4)
    t_atoms = [relaxed_structure(code).count("Si") for code in DRAWN]
    assert known["mean_atoms_of_perfect"] == 3 * sum(t_atoms) / 4
    assert (control["figures"]["drawn"]["count"], control["figures"]["perfect"]["count"]) == (4, 0)
    assert control["mean_seconds"]["drawing"] > 0
    assert control["mean_seconds"]["clean_up"] > 0


def test_several_data_sets_count_together(folder: Path, tmp_path: Path) -> None:
    """A net of both is where the first one has it."""
    keys = dict(zip(CODES, (net_of(folder, code) for code in CODES), strict=True))
    write_data_set(tmp_path / "other", keys, {"BIK": "train", "SOD": "train"})
    together = as_json(folder, folder / "known", "--data", tmp_path / "other")
    figures = together["runs"][0]["figures"]
    assert [figures[f"nets_of_perfect_{part}"]["count"] for part in ("train", "test")] == [3, 0]
    assert (together["data"]["name"], together["data"]["training"]) == ("two and two", 3)


def net_of(folder: Path, code: str) -> str:
    records = RunDirectory.open(folder / "known").records()
    return next(r.identity.key for r in records if r.identity and r.identity.name == code)


def test_what_a_run_says_of_its_nets_counts(folder: Path, tmp_path: Path) -> None:
    """One that draws from a data set knows its nets, whatever it is compared with."""
    drawn = tmp_path / "drawn"
    options = {"dataset": {"source": "standard", "max_t": 12}, "voxel": {"n": 24}}
    config = RunConfig(generator="dataset", n=3, relax=None, options=options)
    directory = RunDirectory.create(drawn, plan_of(config, installed_plugins()), config.n, {})
    with directory.session():
        pipeline.run(directory, installed_plugins())
    figures = as_json(folder, drawn)["runs"][0]["figures"]
    assert figures["nets_of_perfect"]["count"] > 0
    assert figures["nets_of_perfect_new"]["count"] == 0


def test_properties_and_targets_are_those_of_grids_and_of_frameworks(folder: Path) -> None:
    evaluation = as_json(folder, folder / "known", "--target", "kh=10")
    (known,) = evaluation["runs"]
    drawn, feasible = known["distances"]["drawn"], known["distances"]["feasible"]
    assert drawn["methane.qst"]["n"] == known["figures"]["drawn"]["count"]
    assert "energy" in feasible
    assert "energy" not in drawn
    qst = feasible["methane.qst"]
    assert qst["wasserstein"] >= abs(qst["mean"] - 20.0) - 1e-6, "no distance is below that of the means"
    assert evaluation["data"]["properties"]["methane.qst"]["held_out"]["wasserstein"] == 0.0
    own, other = known["aims"]
    assert (own["target"], own["steered"], own["tolerance"]) == (
        "methane.qst_accessible = 15..30 kJ/mol",
        False,
        0.0,
    )
    assert other["tolerance"] == 1.0
    assert own["feasible"]["hit"]["of"] == known["figures"]["feasible"]["count"]


def test_runs_without_grids_have_no_line_for_them(folder: Path, tmp_path: Path) -> None:
    atoms = tmp_path / "atoms"
    config = RunConfig(generator="search", n=1, probes=("methane",), targets=("qst=15..30 kJ/mol",))
    directory = RunDirectory.create(atoms, plan_of(config, installed_plugins()), 1, {})
    with directory.session():
        pipeline.run(directory, installed_plugins())
    alone, beside = evaluated(folder, atoms).stdout, evaluated(folder, atoms, folder / "known").stdout
    assert "feasible: in the range" in alone
    assert "drawn: in the range" not in alone
    assert "drawn: in the range" in beside


def test_the_table_has_the_published_figures_beside_ours(folder: Path) -> None:
    result = evaluated(folder, folder / "known", folder / "control")
    lines = {line[:34].strip(): line[34:].split() for line in result.stdout.splitlines()}
    ours, control, published = ["4", "100", "51-100"], ["0", "0", "0-49"], ["183", "1.83", "674", "0.0674"]
    assert lines["perfect after repair"] == [*ours, *control, *published]
    assert lines["at most 10 unique T"][-2:] == ["8", "0.0008"]
    assert lines["0.45 < Si:O < 0.55"][-1] == "65"
    assert "121 of 2,000,000  0.00605" in result.stdout
    assert "Wasserstein distance to the 1 frameworks for training of the data set two" in result.stdout
    assert max(map(len, result.stdout.splitlines())) < 160


def test_the_csv_says_what_the_json_says(folder: Path) -> None:
    result = evaluated(folder, folder / "known", "--csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    (known,) = as_json(folder, folder / "known")["runs"]
    shares = {row["figure"]: row for row in rows if row["run"] == "known" and row["of_what"] == "samples"}
    for name, figure in known["figures"].items():
        assert int(shares[name]["count"]) == figure["count"]
        assert float(shares[name]["share"]) == pytest.approx(figure["share"])
    reported = {row["figure"]: row for row in rows if row["run"] == "ZeoGAN"}
    assert (reported["perfect"]["count"], reported["si_o_window"]["count"]) == ("674", "")


def test_a_picture_is_drawn(folder: Path, tmp_path: Path) -> None:
    plot = tmp_path / "new" / "picture.pdf"
    result = evaluated(folder, folder / "known", folder / "control", "--plot", plot)
    assert result.exit_code == 0, result.stderr
    assert plot.read_bytes().startswith(b"%PDF")
    assert "perfect after repair" in result.stdout


def test_a_run_that_is_not_finished_is_evaluated_as_far_as_it_is(folder: Path, tmp_path: Path) -> None:
    stopped = tmp_path / "known"
    shutil.copytree(folder / "known", stopped)
    forget(stopped, 0, 2)
    result = evaluated(folder, stopped, folder / "known")
    assert result.exit_code == 0
    assert "2 of 4 samples are pending" in result.stderr
    assert str(stopped) in result.stdout, "two runs of one name are told apart by their paths"
    shutil.rmtree(stopped / "records")
    result = evaluated(folder, stopped)
    assert result.exit_code == 0, result.stderr
    assert "4 of 4 samples are pending" in result.stderr


def test_what_runs_did_not_do_alike_is_said(folder: Path, tmp_path: Path) -> None:
    hot = tmp_path / "hot"
    shutil.copytree(folder / "known", hot)
    facts = json.loads((hot / "run.json").read_text())
    facts["plan"]["options"]["methane"]["temperature"] = 400.0
    (hot / "run.json").write_text(json.dumps(facts))
    assert "methane: options differ between these runs" in evaluated(folder, folder / "known", hot).stderr
    assert "differ" not in evaluated(folder, folder / "known", folder / "control").stderr


def test_nothing_is_written_in_a_run(folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (folder / "known").rglob("*")}
    evaluated(folder, folder / "known")
    assert {path: path.stat().st_mtime_ns for path in (folder / "known").rglob("*")} == before


def test_bad_input_gets_one_line(folder: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(folder / "known", damaged)
    (part,) = damaged.glob("records/*")
    part.write_bytes(part.read_bytes()[:-20])
    for arguments, message in (
        ([tmp_path], "is not a run directory"),
        ([tmp_path / "nowhere"], "is not a run directory"),
        ([damaged], "part-000000.parquet is damaged"),
        ([folder / "known", "--data", tmp_path], "dataset.json"),
        ([folder / "known", "--target", "qts=1"], "nothing measures 'qts'"),
        ([folder / "known", "--target", "qst"], "cannot read the wish"),
        ([folder / "known", "--target", "void_fraction>2"], "nothing can fulfil"),
    ):
        result = CliRunner().invoke(main, ["evaluate", *map(str, arguments)])
        assert result.exit_code == 1
        assert message in result.stderr
        assert result.stderr.count("Error: ") == 1
    for flags in (["--json", "--csv"], ["--plot", "picture.gif"], []):
        runs = [folder / "known"] if flags else []
        assert evaluated(folder, *runs, *flags).exit_code == 2


@pytest.mark.parametrize("probe", ["methane", "methane[T=350 K]", "methane[T=298.15 K]"])
def test_secondary_quantities_are_left_out_under_any_conditions(
    folder: Path, tmp_path: Path, probe: str
) -> None:
    plugins = installed_plugins()
    options = {"dataset": {"source": str(folder / "cifs")}, "voxel": {"n": 16}}
    config = RunConfig(generator="dataset", n=1, probes=(probe,), relax=None, options=options)
    directory = RunDirectory.create(tmp_path / "run", plan_of(config, plugins), 1, {})
    with directory.session():
        pipeline.run(directory, plugins)
    columns = columns_by_name([probe], plugins)
    known = Entry(
        name="ACO",
        structure=relaxed_structure("ACO"),
        key=net_of(folder, "ACO"),
        origin="iza",
        split="train",
        properties={column.name: 1.0 for column in columns},
    )
    description = Description(name="one", made_by={}, properties=property_columns(columns))
    DataSetWriter(tmp_path / "set", description).append([known])
    text = evaluated(tmp_path, tmp_path / "run").stdout
    named = {line.split("  ")[0] for line in text.splitlines() if line.startswith("methane.")}
    assert {FullName.of(name).quantity for name in named} == {"kh", "qst", "void_fraction"}


def test_quantities_that_the_data_set_lacks_are_told_by_their_spread(folder: Path) -> None:
    shown = evaluated(folder, folder / "known")
    assert "What the data set does not have" in shown.stdout
    assert "methane.void_fraction" in shown.stdout
    told = json.loads(evaluated(folder, folder / "known", "--json").stdout)["runs"][0]["spreads"]
    low, middle, high = (told["methane.void_fraction"][share] for share in ("0.1", "0.5", "0.9"))
    assert 0.0 <= low <= middle <= high <= 1.0
    assert "methane.qst" not in told
