"""The main job through the installed command, on real frameworks."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import run_zeo
from kept import files_of, recorded, records_of

ZEO = Path(sys.executable).with_name("zeo")


def zeo(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ZEO, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False)


def snapshot(run: Path) -> dict[str, bytes]:
    files = [*files_of(run), run / "summary.csv", run / "report.json"]
    return {str(file.relative_to(run)): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A finished run of eight frameworks, and what it printed."""
    folder = tmp_path_factory.mktemp("runs")
    arguments = ["--generator", "dataset", "--probe", "methane", "-n", "8", "--set", "dataset.max_t=60"]
    done = zeo("run", *arguments, "--target", "qst=18..22 kJ/mol", "--out", "whole", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "whole", done.stdout


def test_frameworks_come_back_named_and_measured(whole_run: tuple[Path, str]) -> None:
    run, _ = whole_run
    rows = list(csv.DictReader((run / "summary.csv").open()))
    sources = {record["id"]: record["source"]["framework"] for record in records_of(run)}
    assert len(sources) == 8
    assert {row["id"].removeprefix("zeo_"): row["name"] for row in rows} == sources
    assert all((run / row["cif"]).is_file() for row in rows)
    for row in rows:
        assert -40 < float(row["methane.qst [kJ/mol]"]) < 40
        assert 0 <= float(row["methane.void_fraction"]) < 0.6
        assert 11 < float(row["density [T/1000 A3]"]) < 23


def test_targets_come_first(whole_run: tuple[Path, str]) -> None:
    run, _ = whole_run
    values = [float(row["methane.qst [kJ/mol]"]) for row in csv.DictReader((run / "summary.csv").open())]
    outside = [max(18 - value, value - 22, 0.0) for value in values]
    assert outside == sorted(outside)


def test_the_report_names_units_and_places(whole_run: tuple[Path, str]) -> None:
    run, printed = whole_run
    assert "kJ/mol" in printed
    assert "came back as drawn" in printed
    assert "summary.csv" in printed
    report = json.loads((run / "report.json").read_text())
    assert report["drawn"] == report["survivors"] == report["returned_as_drawn"] == 8


def test_the_end_names_the_file_that_says_how_to_cite(whole_run: tuple[Path, str]) -> None:
    _, printed = whole_run
    (named,) = re.findall(r"\S+CITATION\.cff", printed)
    assert Path(named).read_text(encoding="utf-8").startswith("cff-version")


def test_survivors_open_in_other_tools(whole_run: tuple[Path, str]) -> None:
    run, _ = whole_run
    cif = next(iter(sorted(run.glob("structures/*.cif"))))
    record = records_of(run)[int(cif.stem)]
    identified = run_zeo("identify", cif, "--json")
    assert identified.exit_code == 0, identified.stderr
    assert record["identity"]["key"] in identified.stdout


def test_a_killed_run_continues_to_the_same_bytes(whole_run: tuple[Path, str], tmp_path: Path) -> None:
    run, _ = whole_run
    arguments = ["--generator", "dataset", "--probe", "methane", "-n", "8", "--set", "dataset.max_t=60"]
    command = [str(ZEO), "run", *arguments, "--target", "qst=18..22 kJ/mol", "--out", "stopped"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not recorded(tmp_path / "stopped"):
        assert process.poll() is None, "the run ended before it wrote a record"
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert 0 < len(recorded(tmp_path / "stopped")) < 8
    resumed = zeo("run", "--resume", "stopped", cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    assert snapshot(tmp_path / "stopped") == snapshot(run)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--generator", "zeodif"], 1, "no generator 'zeodif'"),
        (["--probe", "methan"], 1, "did you mean 'methane'"),
        (["--generator", "dataset", "--set", "dataset.nois=1"], 1, "did you mean 'noise'"),
        (["--generator", "dataset", "--set", "dataset.noise=loud"], 1, "not a valid number"),
        (["--set", "noise=1"], 1, "PLUGIN.OPTION=VALUE"),
        (["--target", "qst=18..22 bar", "--probe", "methane"], 1, "is in kJ/mol"),
        (["--target", "qts=18..22"], 1, "nothing measures 'qts'"),
        (["-n", "0"], 2, "not in the range"),
        (["--no-such-flag"], 2, "No such option"),
        (["--resume", "nowhere"], 1, "not a run directory"),
        (["--resume", "nowhere", "--seed", "3"], 2, "give nothing else"),
        (["--config", "missing.toml"], 1, "cannot read missing.toml"),
        (["--out", "/proc/zeo"], 1, "cannot write in /proc/zeo"),
    ],
)
def test_bad_input_gets_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run_zeo("run", *arguments)
    assert done.exit_code == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith("Error")]) == 1
    assert not list(tmp_path.iterdir())
