"""Four packages of strangers, really installed, through the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from kept import records_of

from zeo.crystal.cif import cif_text
from zeo.testing import few_frameworks

PACKAGES = [
    Path(__file__).parents[1] / "thirdparty" / f"zeo-{kind}-example"
    for kind in ("probe", "generator", "conditioner", "filter")
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the packages are installed."""
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, *offline, "--target", target, *PACKAGES], check=True)
    return target


def python(site: Path, *arguments: str | Path, cwd: Path) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ZEO_")}
    path = [str(site), os.environ.get("PYTHONPATH")]
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env={**environment, "PYTHONPATH": os.pathsep.join(filter(None, path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def zeo(site: Path, *arguments: str | Path, cwd: Path) -> str:
    return python(site, "-m", "zeo", *arguments, cwd=cwd)


def test_they_are_listed_with_their_distributions(site: Path, tmp_path: Path) -> None:
    listed = json.loads(zeo(site, "plugins", "list", "--json", cwd=tmp_path))
    found = {(plugin["kind"], plugin["name"]): plugin["distribution"] for plugin in listed["plugins"]}
    assert found["probe", "largest-sphere"] == "zeo-probe-example"
    assert found["generator", "breathing"] == "zeo-generator-example"
    assert found["probe", "methane"] == "zeo-framework"
    assert listed["failures"] == []


def test_the_probe_is_described_and_checked(site: Path, tmp_path: Path) -> None:
    text = zeo(site, "plugins", "show", "largest-sphere", cwd=tmp_path)
    assert "zeo-probe-example 0.1.0" in text
    assert "radius of an oxygen atom" in text
    assert zeo(site, "plugins", "check", "zeo-probe-example/largest-sphere", cwd=tmp_path).startswith("ok")


def test_their_own_tests_pass(site: Path, tmp_path: Path) -> None:
    tests = [package / "tests" for package in PACKAGES]
    alone = ["-c", os.devnull, "-p", "no:cacheprovider", "--confcutdir", PACKAGES[0].parent]
    told = python(site, "-m", "pytest", *alone, *tests, "-v", cwd=tmp_path)
    for folder in tests:
        assert f"{folder.parent.name}/tests" in told


def test_a_generator_of_matrices_is_trained_and_run(site: Path, tmp_path: Path) -> None:
    folder = tmp_path / "known"
    folder.mkdir()
    for framework in few_frameworks():
        (folder / f"{framework.name}.cif").write_text(cif_text(framework.structure, framework.name))
    zeo(site, "train", "trembling", "--data", folder, "--out", tmp_path / "trained", cwd=tmp_path)
    chosen = ["--generator", "trembling", "--checkpoint", tmp_path / "trained" / "trembling.npz"]
    printed = zeo(site, "run", *chosen, "--probe", "methane", "-n", "3", "--out", "out", cwd=tmp_path)
    assert "SOD" in printed
    record = records_of(tmp_path / "out")[0]
    assert record["survived"]
    assert record["grid_properties"] == {}, "a matrix is no grid to measure"
    decoded = next(step for step in record["history"] if step["stage"] == "decode")
    assert (decoded["plugin"], decoded["notes"]) == ("atom-rows", {"si": 12, "o": 24})


def test_a_filter_rejects_by_what_was_measured(site: Path, tmp_path: Path) -> None:
    chosen = ["--generator", "dataset", "--probe", "pores", "--relax", "none", "--filter", "sieve"]
    zeo(site, "run", *chosen, "-n", "6", "--out", "out", cwd=tmp_path)
    records = records_of(tmp_path / "out")
    assert {record["survived"] for record in records} == {True, False}
    for record in records:
        last, free = record["history"][-1], record["properties"]["pores"]["free_sphere"]["value"]
        assert (last["stage"], last["plugin"]) == ("filter", "sieve")
        assert record["survived"] == (free >= 3.8)
        assert last["reason"] == ("" if record["survived"] else "pores too narrow")


def test_train_then_run_then_measure(site: Path, tmp_path: Path) -> None:
    folder = tmp_path / "known"
    folder.mkdir()
    for framework in few_frameworks():
        (folder / f"{framework.name}.cif").write_text(cif_text(framework.structure, framework.name))
    printed = zeo(site, "train", "breathing", "--data", folder, "--out", tmp_path / "trained", cwd=tmp_path)
    checkpoint = tmp_path / "trained" / "breathing.json"
    assert f"Checkpoint: {checkpoint}" in printed
    chosen = ["--generator", "breathing", "--checkpoint", checkpoint, "--probe", "largest-sphere"]
    table = zeo(site, "run", *chosen, "-n", "3", "--out", tmp_path / "out", cwd=tmp_path)
    assert "SOD" in table
    rows = (tmp_path / "out" / "summary.csv").read_text().splitlines()
    assert len(rows) == 1 + 3
    assert "diameter" in rows[0]


def test_a_conditioner_steers_a_generator_of_zeo(site: Path, tmp_path: Path) -> None:
    chosen = ["--target", "methane.qst=24..26", "--conditioner", "overshoot", "--relax", "none", "-n", "2"]
    zeo(site, "run", "--generator", "zeosym", *chosen, "--out", "out", cwd=tmp_path)
    plan = json.loads((tmp_path / "out" / "run.json").read_text())["plan"]
    assert (plan["conditioner"], plan["options"]["overshoot"]) == ("overshoot", {"by": 0.5})
