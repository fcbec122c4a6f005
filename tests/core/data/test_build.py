"""Building a data set: what is kept, what is left out and why, and taking up a build that was killed."""

import csv
import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from click.testing import CliRunner
from command_line import done

import zeo
from zeo.api import watching
from zeo.cli import main
from zeo.crystal.cif import cif_text
from zeo.crystal.orthogonal import smallest_cell, smallest_orthogonal_cell
from zeo.crystal.structure import Structure
from zeo.data.known.relaxed import relaxed_frameworks, relaxed_structure
from zeo.data.making import build as building
from zeo.data.making import gathering, refusals, sources
from zeo.data.making.build import BUILDING, REJECTED_FILE, RIGHT_ANGLED, Plan, build
from zeo.data.making.measuring import TOO_HIGH, Measuring
from zeo.data.making.preparation import HENRY, Listed, Requirements, along_axes, prepare
from zeo.data.making.sources import Found
from zeo.data.sets.description import Description
from zeo.data.sets.entry import ATOMS, FEASIBLE, NOT_RELAXED, Entry, property_columns
from zeo.data.sets.splits import assign
from zeo.data.sets.store import DataSet
from zeo.data.sets.writer import DataSetWriter
from zeo.errors import ConfigError, InputError
from zeo.plugin.columns import columns_by_name
from zeo.plugin.registry import installed_plugins

COARSE = {"methane": {"n": "8"}}
"""A grid good enough for tests."""

MIXED = ("ABW", "AFN", "CHA", "GIS", "LTA", "SOD")
"""AFN has no orthogonal cell, so that it is kept in a primitive one."""


def plan_of(*sources: Path | str, **changes) -> Plan:
    requirements = Requirements(**{"options": COARSE, **changes.pop("requirements", {})})
    return Plan(sources=tuple(map(str, sources)), requirements=requirements, **changes)


def rejected(out: Path) -> dict[str, dict[str, str]]:
    """Rows of rejected.csv by name."""
    with (out / REJECTED_FILE).open(newline="", encoding="utf-8") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CIFs of some types, one of them twice, one not readable, one not four-connected."""
    cifs = tmp_path_factory.mktemp("sources") / "cifs"
    (cifs / "more").mkdir(parents=True)
    for code in MIXED:
        (cifs / f"{code}.cif").write_text(cif_text(relaxed_structure(code), code))
    shutil.copy(cifs / "CHA.cif", cifs / "more" / "again.cif")
    shutil.copy(cifs / "LTA.cif", cifs / "zzz.cif")
    (cifs / "empty.cif").write_text("")
    abw = relaxed_structure("ABW")
    lacking = Structure(abw.lattice, abw.species[:-1], abw.frac_coords[:-1])
    (cifs / "lacking.cif").write_text(cif_text(lacking, "lacking"))
    return cifs


@pytest.fixture(scope="module")
def built(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    return build(tmp_path_factory.mktemp("built") / "set", plan_of(folder), jobs=0)


def test_each_step_is_counted(built):
    counts = dict(built.description.counts)
    assert list(counts.values())[:6] == [10, 9, 8, 6, 6, 6]
    assert counts[RIGHT_ANGLED] == len(built) - 1
    assert counts[refusals.ADSORBING] == len(built) == sum(counts[s] for s in ("train", "validation", "test"))
    assert refusals.ENERGY not in counts
    assert refusals.SELECTED not in counts


def test_everything_left_out_is_listed_with_the_reason(built, folder):
    rows = rejected(Path(built.storage.location))
    assert len(rows) + len(built) == 10
    assert {row["source"] for row in rows.values()} == {"cifs"}
    assert rows["empty.cif"]["detail"] == "the file is empty"
    assert rows["lacking.cif"]["reason"] == "not four-connected"
    assert (rows["zzz.cif"]["step"], rows["zzz.cif"]["detail"]) == (refusals.DISTINCT, "LTA")
    assert rows["more/again.cif"]["detail"] == "CHA"
    assert set(rows) - {"empty.cif", "lacking.cif", "zzz.cif", "more/again.cif"} == {
        row["name"] for row in rows.values() if row["step"] == refusals.ADSORBING
    }


def test_what_is_refused_leaves_its_net_to_others(tmp_path, monkeypatch):
    """In its chunk and in later ones, whichever comes first; a name that was not taken is free again."""
    sodalite, stretched = relaxed_structure("SOD"), relaxed_structure("SOD")
    stretched = evolve(stretched, lattice=1.3 * stretched.lattice)
    germania = Structure(
        sodalite.lattice, ["Ge" if e == "Si" else e for e in sodalite.species], sodalite.frac_coords
    )
    for number, structure in enumerate((germania, stretched, sodalite, sodalite, stretched)):
        folder = tmp_path / "cifs" / str(number)
        folder.mkdir(parents=True)
        (folder / "same.cif").write_text(cif_text(structure, "same"))
    for chunk in (1, 2, 512):
        monkeypatch.setattr(gathering, "CHUNK", chunk)
        plan = plan_of(tmp_path / "cifs", requirements={"where": ("density>15",)})
        data = build(tmp_path / str(chunk), plan, jobs=0)
        assert data.names == ["2/same"]
        rows = rejected(tmp_path / str(chunk))
        assert rows["0/same.cif"]["reason"] == "no silica"
        assert rows["0/same.cif"]["detail"] == "Ge"
        assert rows["1/same.cif"]["step"] == refusals.KNOWN_WANTED
        assert {rows[f"{number}/same.cif"]["detail"] for number in (3, 4)} == {"2/same"}


def test_of_many_candidates_of_a_net_the_first_that_passes_is_taken(tmp_path):
    sodalite = relaxed_structure("SOD")
    for number in range(9):
        scale = 1.0 if number in (5, 6, 8) else 1.3
        scaled = evolve(sodalite, lattice=scale * sodalite.lattice)
        (tmp_path / f"{number}.cif").write_text(cif_text(scaled, "same"))
    plan = plan_of(tmp_path, requirements={"where": ("density>15",)})
    assert build(tmp_path / "set", plan, jobs=0).names == ["5"]
    rows = rejected(tmp_path / "set")
    assert {rows[f"{number}.cif"]["detail"] for number in (6, 8)} == {"5"}
    assert len(rows) == 8


@pytest.mark.parametrize("guest", ["Na", "Cs", "Al"])
def test_what_is_no_silica_is_refused_by_its_elements(tmp_path, guest):
    cage = relaxed_structure("SOD")
    coords = np.concatenate([cage.frac_coords, [[0.02, 0.03, 0.04]]])
    (tmp_path / "guest.cif").write_text(
        cif_text(Structure(cage.lattice, [*cage.species, guest], coords), "guest")
    )
    build(tmp_path / "set", plan_of(tmp_path / "guest.cif"), jobs=0)
    refused = rejected(tmp_path / "set")["guest.cif"]
    assert refused["step"] == refusals.FOUR_CONNECTED
    assert guest in refused["detail"]


def test_what_is_kept(built):
    for entry in built:
        assert entry.origin == "cifs"
        assert entry.code == entry.name
        assert entry.verdict == NOT_RELAXED
        assert entry.energy is None
        assert entry.split == assign(entry)
        assert entry.properties[HENRY] > 1e-6
        cell = smallest_cell(relaxed_structure(entry.name))
        assert entry.structure.is_orthogonal == (entry.name != "AFN")
        assert entry.structure.volume == pytest.approx(cell.volume, rel=1e-4)


def test_only_what_meets_the_conditions_is_kept(folder, built, tmp_path):
    density, qst = (float(np.median(built.column(name))) for name in ("density", "methane.qst"))
    where = [f"density<={density}", f"methane.qst>{1000 * qst} J/mol", "code!=LTA"]
    out = tmp_path / "set"
    options = [item for condition in where for item in ("--where", condition)]
    done("data", "build", folder, "--out", out, "--set", "methane.n=8", *options, exit_code=1)
    wanted = (built.column("density") <= density) & (built.column("methane.qst") > qst)
    found = DataSet.open(out)
    assert found.names == [name for name in built.where(wanted).names if name != "LTA"]
    counts = found.description.counts
    assert 0 < counts[refusals.WANTED] == len(found) < counts[refusals.KNOWN_WANTED] < len(built)
    steps = {row["reason"]: row["step"] for row in rejected(out).values()}
    assert steps[f"not density <= {density:g} T/1000 A3"] == refusals.KNOWN_WANTED
    assert refusals.WANTED in steps.values()
    assert found.description.made_by["where"] == where


@pytest.mark.parametrize(
    ("relax", "conditions", "measured"),
    [
        (False, ["density<15", "unique_t=1"], {"LTA"}),
        (True, ["t_atoms=12", "density<100"], {"SOD"}),
    ],
)
def test_nothing_is_measured_that_is_known_to_be_unwanted(
    relax, conditions, measured, folder, tmp_path, monkeypatch
):
    looked_at: set[str] = set()

    def seen(self: Measuring, entry: Entry) -> Entry:
        looked_at.add(entry.name)
        return measuring(self, entry)

    measuring = Measuring.measured
    monkeypatch.setattr(Measuring, "measured", seen)
    requirements = {"where": tuple(conditions), "relax": relax}
    found = build(tmp_path / "set", plan_of(folder, requirements=requirements), jobs=0)
    assert looked_at == measured
    assert found.description.counts[refusals.KNOWN_WANTED] == len(measured)


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("densty<16", "no column 'densty': did you mean 'density'"),
        ("density<16 K", "density"),
        ("foo", "foo"),
    ],
)
def test_a_condition_that_is_none_is_refused_before_anything_is_read(condition, reason, folder, tmp_path):
    told = done("data", "build", folder, "--out", tmp_path / "set", "--where", condition, exit_code=1).stderr
    assert reason in told
    assert len(told.splitlines()) == 1
    assert not (tmp_path / "set").exists()


def test_the_limit_on_adsorption_is_an_option(folder, tmp_path):
    everything = build(tmp_path / "all", plan_of(folder, requirements={"min_kh": 0.0}), jobs=0)
    assert len(everything) == 6
    henry = everything.column(HENRY)
    limit = float(np.sort(henry)[2]) * 1.0001
    few = build(tmp_path / "few", plan_of(folder, requirements={"min_kh": limit}), jobs=0)
    assert few.names == [name for name, kh in zip(everything.names, henry, strict=True) if kh > limit]


@pytest.mark.parametrize("write", [1, 2, 3, 5, 7, 8, 9, 10, 12, 13])
def test_a_build_killed_anywhere_ends_with_the_same_bytes(folder, tmp_path, monkeypatch, write):
    """Killed at the n-th file that it writes, before or after."""
    monkeypatch.setattr(gathering, "CHUNK", 4)
    monkeypatch.setattr(building, "PART", 2)
    monkeypatch.setattr(building, "_bins_of_iza_types", lambda workers: set())
    plan = plan_of(folder, size=3, split="random-half")
    if write == 1:
        _undisturbed[:] = [files_of(_built_at(tmp_path / "whole" / "set", plan))]
    with pytest.MonkeyPatch.context() as patch:
        _kill_at(patch, write)
        with pytest.raises(KeyboardInterrupt):
            build(tmp_path / "set", plan, jobs=0)
    assert files_of(_built_at(tmp_path / "set", plan)) == _undisturbed[0]


def test_a_build_killed_before_it_tidies_up_leaves_nothing_behind(folder, tmp_path):
    def killed(*_, **__):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            build(tmp_path / "set", plan_of(folder), jobs=0)
    assert (tmp_path / "set" / BUILDING).exists()
    _built_at(tmp_path / "set", plan_of(folder))


_undisturbed: list[dict[str, bytes]] = []


def _built_at(out: Path, plan: Plan) -> Path:
    out.parent.mkdir(exist_ok=True)
    build(out, plan, jobs=0)
    assert not (out / BUILDING).exists()
    return out


def _kill_at(patch: pytest.MonkeyPatch, write: int) -> None:
    from zeo.data.sets import writer
    from zeo.tools.files import write_atomically

    count = 0

    def killed(path, content):
        nonlocal count
        count += 1
        if count == write and write % 2:
            raise KeyboardInterrupt
        write_atomically(path, content)
        if count == write:
            raise KeyboardInterrupt

    for module in (writer, gathering, building):
        patch.setattr(module, "write_atomically", killed)


def test_processes_change_nothing(built, folder, tmp_path):
    archive = tmp_path / "cifs.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for file in sorted(folder.rglob("*.cif")):
            tar.add(file, str(file.relative_to(folder)))
    one = build(tmp_path / "one", plan_of(archive), jobs=0)
    two = build(tmp_path / "two", plan_of(archive), jobs=2)
    one_files, two_files = files_of(tmp_path / "one"), files_of(tmp_path / "two")
    for files in (one_files, two_files):
        del files["dataset.json"]  # has the name of the data set
    assert one_files == two_files
    assert evolve(one.description, name="") == evolve(two.description, name="")
    assert sorted(one.names) == sorted(built.names)


def test_a_finished_build_is_left_as_it_is_and_another_one_is_refused(built, folder, monkeypatch):
    out = Path(built.storage.location)
    monkeypatch.setattr(building, "_make", None)
    before = files_of(out)
    build(out, plan_of(folder), jobs=0)
    assert files_of(out) == before
    with pytest.raises(InputError, match=r"made otherwise: seed \(0 -> 1\)"):
        build(out, plan_of(folder, seed=1), jobs=0)


def test_status_says_how_far_a_killed_build_has_come(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(gathering, "CHUNK", 4)
    monkeypatch.setattr(watching, "CHUNK", 4)
    out = tmp_path / "set"
    with pytest.MonkeyPatch.context() as patch:
        _kill_at(patch, 9)
        with pytest.raises(KeyboardInterrupt):
            build(out, plan_of(folder), jobs=0)
    found = zeo.status(out)
    assert (found.unit, found.wanted) == ("items", 10)
    chunks = sorted((out / BUILDING).glob("chunk-*.json"))[: found.done // 4]
    refused = [refusal for chunk in chunks for refusal in json.loads(chunk.read_text())["refusals"]]
    assert found.done in (4, 8)
    assert sum(found.lost.values()) == len(refused)
    assert found.hits["frameworks"] + len(refused) == found.done
    chunks[0].write_text("{")
    with pytest.raises(InputError, match="is damaged"):
        zeo.status(out)


def test_sources_that_change_under_way_are_noticed(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(gathering, "CHUNK", 4)
    cifs = shutil.copytree(folder, tmp_path / "cifs")
    with pytest.MonkeyPatch.context() as patch:
        _kill_at(patch, 6)
        with pytest.raises(KeyboardInterrupt):
            build(tmp_path / "set", plan_of(cifs), jobs=0)
    (cifs / "one_more.cif").write_text("")
    with pytest.raises(InputError, match=r"made otherwise: items \(10 -> 11\)"):
        build(tmp_path / "set", plan_of(cifs), jobs=0)


def test_names_are_unique(folder, tmp_path):
    for number, code in enumerate(("ABW", "CHA")):
        (tmp_path / str(number)).mkdir()
        shutil.copy(folder / f"{code}.cif", tmp_path / str(number) / "x.cif")
    sources = (tmp_path / "0", tmp_path / "1")
    both = build(tmp_path / "set", plan_of(*sources, requirements={"min_kh": 0.0}), jobs=0)
    assert both.names == ["x", "x_2"]
    assert both.column("origin").tolist() == ["0", "1"]


@pytest.fixture(scope="module")
def hypothetical(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of zeo whose numbers are unlike any that would be measured."""
    out = tmp_path_factory.mktemp("hypothetical") / "hypo"
    columns = property_columns(columns_by_name(["methane"], installed_plugins()))
    properties = {column.name: 0.5 for column in columns}
    cell = {
        code: along_axes(smallest_orthogonal_cell(relaxed_structure(code))) for code in MIXED if code != "AFN"
    }
    facts = {"origin": "hypothetical", "lineage": "h9", "generation": 2, "properties": properties}
    entries = [
        Entry(name="h1", structure=cell["ABW"], key="8-1", energy=11.0, **facts),
        Entry(name="h2", structure=cell["CHA"], key="8-2", energy=31.0, verdict=TOO_HIGH, **facts),
        Entry(name="h3", structure=cell["LTA"], key="8-3", verdict="not converged", **facts),
        Entry(name="h4", structure=cell["SOD"], key="8-4", energy=28.0, **facts),
    ]
    description = Description(name="hypo", made_by=Requirements(options=COARSE).as_json(), properties=columns)
    DataSetWriter(out, description).append(entries)
    return out


def test_entries_of_zeo_keep_what_is_known_of_them(hypothetical, tmp_path):
    kept = build(tmp_path / "set", plan_of(hypothetical, requirements={"max_energy": 20.0}), jobs=0)
    (entry,) = kept
    assert (entry.name, entry.key, entry.energy) == ("h1", "8-1", 11.0)
    assert (entry.lineage, entry.generation, entry.verdict) == ("h9", 2, FEASIBLE)
    assert set(entry.properties.values()) == {0.5}
    atoms = [column.name for column in ATOMS]
    assert kept.part(0).select(atoms) == DataSet.open(hypothetical).part(0).slice(0, 1).select(atoms)
    rows = rejected(tmp_path / "set")
    assert rows["h2"]["reason"] == TOO_HIGH
    assert rows["h3"]["reason"] == "not converged"
    assert rows["h4"]["step"] == refusals.ENERGY


def test_properties_measured_with_other_options_are_measured_again(hypothetical, tmp_path):
    plan = plan_of(hypothetical, requirements={"min_kh": 0.0})
    finer = evolve(plan, requirements=evolve(plan.requirements, options={"methane": {"n": "9"}}))
    kept = build(tmp_path / "set", finer, jobs=0)
    assert kept[0].energy == 11.0
    assert kept[0].properties["methane.void_fraction"] != 0.5


def test_what_another_probe_measured_of_the_same_gas_is_not_taken_for_it(tmp_path):
    """A loading is the methane's own, and depends on the options of methane-loading alone."""
    both = ("methane", "methane-loading")
    before = Requirements(probes=both, options=COARSE | {"methane-loading": {"pressure": "5"}})
    entry = Entry(
        name="h1",
        structure=relaxed_structure("SOD"),
        key="6-1",
        origin="hypothetical",
        properties={"methane.kh": 0.5, "methane.loading": 0.7},
    )
    found = Found(structure=entry.structure, entry=entry, options=before.as_json()["options"])

    def kept(probes: tuple[str, ...], **options: Any) -> set[str]:
        requirements = Requirements(probes=probes, options=COARSE | options, min_kh=0.0)
        preparation = prepare(requirements)
        (carried,) = preparation(Listed("h1", "hypo", lambda _: [found]))
        return set(carried.properties)

    assert kept(both, **{"methane-loading": {"pressure": "5"}}) == {"methane.kh", "methane.loading"}
    assert kept(both) == {"methane.kh"}
    assert kept(("methane-loading",), **{"methane-loading": {"pressure": "5"}}) == {"methane.loading"}
    assert kept(("methane",)) == {"methane.kh"}


def test_properties_that_came_with_unknown_options_are_measured_again(hypothetical, tmp_path):
    """A default may have been another one when they were measured."""
    content = json.loads((hypothetical / "dataset.json").read_text())
    content["made_by"]["options"] = {}
    older = tmp_path / "older"
    shutil.copytree(hypothetical, older)
    (older / "dataset.json").write_text(json.dumps(content))
    kept = build(tmp_path / "set", plan_of(older, requirements={"min_kh": 0.0, "options": {}}), jobs=0)
    assert kept[0].properties["methane.void_fraction"] != 0.5


def test_the_relaxed_types_keep_their_energies_however_high(few_types, tmp_path):
    types = build(tmp_path / "set", plan_of("relaxed", requirements={"min_kh": 0.0}), jobs=0)
    assert types.names == few_types
    energies = [relaxed_frameworks()[code].energy for code in few_types]
    np.testing.assert_allclose(types.column("energy"), energies, rtol=1e-6)
    verdicts = dict(zip(few_types, types.column("verdict"), strict=True))
    assert (verdicts["LTA"], verdicts["RWY"]) == (FEASIBLE, TOO_HIGH)


def test_a_choice_covers_what_the_types_cover(few_types, folder, tmp_path):
    """One of the types has a bin of its own, which is filled before others are."""
    both = build(tmp_path / "all", plan_of("relaxed", folder, requirements={"min_kh": 0.0}), jobs=0)
    few = plan_of("relaxed", folder, requirements={"min_kh": 0.0}, size=len(few_types), three_ring_limit=1.0)
    chosen = build(tmp_path / "few", few, jobs=0)
    assert set(chosen.names) == set(few_types) < set(both.names)
    rows = rejected(tmp_path / "few")
    assert set(both.names) - set(few_types) <= {
        name for name, row in rows.items() if row["step"] == refusals.SELECTED
    }


@pytest.fixture
def few_types(monkeypatch) -> list[str]:
    """The relaxed types as if there were no more."""
    few = {code: relaxed_frameworks()[code] for code in ("ABW", "LTA", "RWY")}
    monkeypatch.setattr(sources, "relaxed_frameworks", lambda: few)
    return list(few)


def test_other_sources_are_relaxed_when_asked_for(tmp_path):
    stretched = relaxed_structure("SOD")
    (tmp_path / "s.cif").write_text(
        cif_text(Structure(stretched.lattice * 1.02, stretched.species, stretched.frac_coords), "s")
    )
    plan = plan_of(tmp_path / "s.cif", requirements={"min_kh": 0.0, "relax": True})
    (entry,) = build(tmp_path / "set", plan, jobs=0)
    assert entry.energy == pytest.approx(relaxed_frameworks()["SOD"].energy, abs=0.01)
    assert entry.verdict == FEASIBLE
    assert entry.structure.volume == pytest.approx(
        smallest_orthogonal_cell(relaxed_structure("SOD")).volume, rel=1e-3
    )


def test_a_limit_needs_what_it_limits(folder, tmp_path):
    requirements = Requirements(options={}, probes=("argon",))
    with pytest.raises(ConfigError, match="methane"):
        build(tmp_path / "set", Plan(sources=(str(folder),), requirements=requirements), jobs=0)
    assert not (tmp_path / "set").exists()


def test_the_command(folder, tmp_path):
    arguments = ["data", "build", str(folder), "--out", str(tmp_path / "set"), "--set", "methane.n=8"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1, "one of the files is empty"
    assert "Error: cifs: empty.cif: unreadable (the file is empty)\n" in result.stderr
    assert "orthogonal cell" in result.output
    made_by = json.loads((tmp_path / "set" / "dataset.json").read_text())["made_by"]
    assert made_by["command"] == "zeo data build"
    assert made_by["options"]["methane"].items() >= {"n": 8, "spacing": 0.2, "temperature": 298.0}.items()
    result = CliRunner().invoke(main, ["data", "build", "nowhere", "--out", str(tmp_path / "other")])
    assert result.exit_code == 1
    assert "nowhere: no such file or folder" in result.output


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--set", "methane.temprature=300"), "did you mean 'temperature'"),
        (("--probe", "metane"), "did you mean 'methane'"),
        (("--min-kh", "nan"), "min_kh must be finite, not nan"),
        (("--max-energy", "inf"), "max_energy must be finite, not inf"),
    ],
)
def test_options_that_cannot_work_leave_nothing_behind(folder, tmp_path, options, complaint):
    out = tmp_path / "set"
    result = CliRunner().invoke(main, ["data", "build", str(folder), "--out", str(out), *options])
    assert result.exit_code == 1
    assert complaint in result.stderr
    assert not out.exists()


def test_what_is_left_out_is_told(folder, tmp_path, caplog):
    archive = tmp_path / "cut.tar"
    with tarfile.open(archive, "w") as tar:
        for code in ("CHA", "LTA"):
            tar.add(folder / f"{code}.cif", f"{code}.cif")
    archive.write_bytes(archive.read_bytes()[:8000])
    arguments = ["data", "build", str(archive), str(folder / "empty.cif"), "--out", str(tmp_path / "set")]
    result = CliRunner().invoke(main, [*arguments, "--set", "methane.n=8"])
    assert result.exit_code == 1
    assert result.stderr.count("Error: ") == 2
    found = DataSet.open(tmp_path / "set").description.counts[refusals.FOUND]
    left_out = found - len(DataSet.open(tmp_path / "set"))
    assert f"{left_out} left out, with the reasons in {tmp_path / 'set' / REJECTED_FILE}" in result.stderr
    (warning,) = caplog.messages
    assert warning.startswith("Warning: cut.tar: the archive is damaged after")
