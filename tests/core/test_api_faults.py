"""What is wrong with a call of the API is told in one line that names the argument, before all work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zeo
from zeo.api import arguments
from zeo.crystal.cif import cif_text
from zeo.data.known.relaxed import relaxed_structure

SOD = relaxed_structure("SOD")

NONSENSE = [
    None,
    True,
    2.5,
    -1,
    0,
    b"bytes",
    object(),
    [],
    [None],
    {},
    {1: 2},
    "",
    "no such thing",
    "a\0b",
    float("nan"),
    10**400,
    np.zeros(3),
]

CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "run": (zeo.run, {"generator": "nowhere", "repair": "nowhere"}),
    "interpolate": (zeo.interpolate, {"first": "LTA", "second": "SOD", "generator": "nowhere"}),
    "resume_run": (zeo.resume_run, {"path": "nowhere"}),
    "Run.open": (zeo.Run.open, {"path": "nowhere"}),
    "identify": (zeo.identify, {"x": "nowhere"}),
    "relax": (zeo.relax, {"x": "nowhere"}),
    "convert": (zeo.convert, {"x": "nowhere", "to": "cif"}),
    "read": (zeo.read, {"x": "nowhere"}),
    "train": (zeo.train, {"generator": "nowhere", "out": "weights"}),
    "make_data": (zeo.make_data, {"out": "set", "generator": "nowhere"}),
    "export_data": (zeo.export_data, {"source": "nowhere", "out": "cifs"}),
    "plot_data": (zeo.plot_data, {"source": "nowhere"}),
}
"""Calls each of which fails as it is; with a nonsensical argument it fails all the more."""

ARGUMENTS = {
    "run": "generator probes n targets options config reference grid_size out jobs on_record seed checkpoint"
    " filters repair conditioner batch_size device screen preset between steps",
    "interpolate": "first second steps paths mix generator probes options out jobs on_record seed checkpoint",
    "resume_run": "path checkpoint jobs on_record",
    "Run.open": "path",
    "identify": "x reference match",
    "relax": "x relaxer jobs device",
    "convert": "x to energy grid_size options",
    "read": "x",
    "train": "generator data out start targets conditioner options",
    "make_data": "out n generator probes relax seed options jobs",
    "export_data": "source out where",
    "plot_data": "source form",
}
PAIRS = [(function, argument) for function, names in ARGUMENTS.items() for argument in names.split()]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("nonsense", NONSENSE, ids=lambda value: repr(value)[:12])
@pytest.mark.parametrize(("function", "argument"), PAIRS)
def test_nonsense_for_any_argument_costs_one_line(function: str, argument: str, nonsense: Any) -> None:
    call, others = CALLS[function]
    if argument == "x" and isinstance(nonsense, (list, dict, np.ndarray)):
        assert not len(call(**(others | {"x": nonsense})))  # each that cannot be used is told
        return
    with pytest.raises((zeo.ZeoError, TypeError), match=r"\A.+\Z"):
        call(**(others | {argument: nonsense}))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: zeo.run(n=2.5), "run.n: 2.5 is not a valid integer"),
        (lambda: zeo.run(n=True), "run.n: True is not a valid integer"),
        (lambda: zeo.run(n=-1), "run.n must be at least 1, not -1"),
        (lambda: zeo.run(smaples=3), "run has no option 'smaples'"),
        (lambda: zeo.run("serach"), "did you mean 'search'"),
        (lambda: zeo.run(targets=""), "targets: an empty text"),
        (lambda: zeo.run(probes=None, targets="qst=3", jobs=0), "jobs: 0 is below 1"),
        (lambda: zeo.run(jobs=True), "jobs: give a whole number, 1 or more, not True"),
        (lambda: zeo.run(on_record=3), "on_record: give a function, not 3"),
        (lambda: zeo.run(grid_size=3), "grid_size: 3 is below 4"),
        (lambda: zeo.run(options=["n"]), "options: write them by plugin and name"),
        (lambda: zeo.run(identify=None, reference="cifs"), "leave out the reference"),
        (lambda: zeo.evaluate(), "name a run or more"),
        (
            lambda: zeo.probe(["LTA", "MFI"], ["methane", "pores"]),
            "one by one, 'methane', 'pores', not in a list",
        ),
        (lambda: zeo.quantities(["methane"]), "probes: give them one by one, 'methane', not in a list"),
        (
            lambda: zeo.design([]),
            'say what is wanted: a target such as "energy<20 kJ/mol", or what to maximise',
        ),
        (lambda: zeo.evaluate(None), "runs: give a path, not None"),
        (lambda: zeo.evaluate(["a", "b"]), "runs: give a path, not list"),
        (lambda: zeo.Run.open(None), "path: give a path, not None"),
        (lambda: zeo.resume_run([]), "path: give a path, not list"),
        (lambda: zeo.identify(None), "NoneType holds no structure"),
        (lambda: zeo.identify("SOD", match="name"), "match: give key or coordination-sequence, not 'name'"),
        (lambda: zeo.read(None), "NoneType holds no structure"),
        (lambda: zeo.read(b"SOD"), "bytes holds no structure"),
        (lambda: zeo.relax("SOD", jobs=0), "jobs: 0 is below 1"),
        (lambda: zeo.relax("SOD", relaxer=None), "relaxer: give a text, not None"),
        (lambda: zeo.probe("SOD"), "name a probe"),
        (lambda: zeo.probe("SOD", None), "probes: give a text, not None"),
        (lambda: zeo.probe("SOD", "methane", grid_size=1), "grid_size: 1 is below 4"),
        (
            lambda: zeo.convert("SOD", "xyz"),
            "to: give npz or griday or cube or cif or cssr or gulp or lammps or poscar or extxyz, not 'xyz'",
        ),
        (lambda: zeo.build_data(out="set"), "name a source"),
        (lambda: zeo.interpolate("LTA", "SOD", steps=1), "steps: 1 is below 2"),
    ],
)
def test_a_fault_is_told_by_its_argument(call: Callable[[], Any], told: str) -> None:
    with pytest.raises(zeo.ZeoError) as error:
        call()
    assert told in str(error.value)
    assert not list(Path().iterdir())


@pytest.fixture
def folder() -> Path:
    folder = Path("cifs")
    folder.mkdir()
    for name in ("a", "c"):
        (folder / f"{name}.cif").write_text(cif_text(SOD, name))
    return folder


@pytest.mark.parametrize(
    "call",
    [
        zeo.identify,
        lambda x: zeo.relax(x),
        lambda x: zeo.probe(x, "methane", grid_size=8),
        lambda x: zeo.convert(x, "cif"),
    ],
    ids=["identify", "relax", "probe", "convert"],
)
def test_lists_work_and_one_fault_does_not_stop_the_others(call: Callable[[Any], Any]) -> None:
    found = call(["SOD", SOD, None, "nowhere", 3, relaxed_structure("LTA").to_ase()])
    assert len(found) == 3
    assert len(found.failures) == 3
    assert len(found.table()) == 3
    none = call([None, "nowhere"])
    assert list(none.table().columns) == list(found.table().columns)
    assert len(none.table()) == 0
    assert list(call([]).table().columns) == list(found.table().columns)


def test_lists_are_read(folder: Path) -> None:
    read = zeo.read(["SOD", folder / "a.cif", "nowhere"])
    assert read.names == ("SOD", str(folder / "a.cif"))
    assert list(read.failures) == ["nowhere"]


def test_a_quantity_that_was_not_measured_is_told_once() -> None:
    measured = zeo.probe("SOD", "methane", grid_size=8)
    assert measured["methane.qst"].unit == "kJ/mol"
    for name in ("qst", "methane.qts", "argon.qst", ""):
        with pytest.raises(KeyError, match=r"was not measured, but methane\.kh") as error:
            measured[name]
        assert error.value.__cause__ is None
        assert error.value.__context__ is None


def test_a_run_without_survivors_keeps_the_columns_of_its_table() -> None:
    scrambled = {"dataset": {"scramble": True}}
    lost = zeo.run("dataset", "methane", n=1, options=scrambled, relax=None, grid_size=8, out="lost")
    kept = zeo.run("dataset", "methane", n=1, relax=None, grid_size=16, out="kept")
    assert len(lost.table()) == 0
    assert list(lost.table().columns) == list(kept.table().columns)
    assert zeo.resume_run(lost).path == lost.path
    assert zeo.Run.open(str(lost.path)).n == 1


def test_numbers_of_numpy_are_numbers() -> None:
    assert arguments.whole_number(np.int64(3), "n", 1) == 3
    assert arguments.grid_points(np.int32(8)) == 8
    assert arguments.number(np.float32(0.5), "minutes") == 0.5
    with pytest.raises(zeo.ConfigError, match="give a whole number"):
        arguments.whole_number(np.float64(3.0), "n", 1)


def test_reference_and_grid_size_are_arguments() -> None:
    Path("names").mkdir()
    Path("names/mine.cif").write_text(cif_text(relaxed_structure("SOD"), "mine"))
    run = zeo.run("dataset", "methane", n=1, relax=None, grid_size=12, reference="names", out="run")
    assert run.plan.options["voxel"]["n"] == run.plan.options["methane"]["n"] == 12
    assert Path(run.plan.options["identify"]["reference"]) == Path("names").resolve()
    finer = {"voxel": {"n": 16}}
    own = zeo.run("dataset", "methane", n=1, relax=None, grid_size=12, options=finer, out="own")
    assert (own.plan.options["voxel"]["n"], own.plan.options["methane"]["n"]) == (16, 12)


def test_a_configuration_file_is_an_argument_and_gives_way_to_the_others() -> None:
    Path("run.toml").write_text('generator = "dataset"\nn = 3\nprobes = ["pores"]\nrelax = "none"\n')
    run = zeo.run(config="run.toml", n=1, out="run")
    assert (run.plan.generator, run.n, run.plan.probes) == ("dataset", 1, ("pores",))
    assert run.plan.plugin_of("relax") is None
