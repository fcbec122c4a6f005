"""``zeo run --generator search`` through the installed command."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from kept import files_of, forget, records_of

ZEO = Path(sys.executable).with_name("zeo")
SETTINGS = ["--set", "search.parents=SOD,GIS,EDI", "--set", "search.rounds=4", "--grid-size", "16"]
STEERED = ["--generator", "search", "--probe", "methane", "--target", "void_fraction=0.1..0.2", *SETTINGS]


def zeo(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ZEO, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False)


def contents(run: Path) -> dict[str, bytes]:
    files = [*files_of(run), run / "summary.csv", run / "report.json"]
    return {str(file.relative_to(run)): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    done = zeo("run", *STEERED, "-n", "4", "--out", "whole", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "whole"


def test_samples_go_down_the_whole_pipeline(run: Path) -> None:
    rows = list(csv.DictReader((run / "summary.csv").open()))
    assert len(rows) == 4
    for row in rows:
        assert (run / row["cif"]).is_file()
        assert float(row["energy [kJ/mol Si]"]) < 40.0
    record = records_of(run)[0]
    stages = ["generate", "repair", "identify", "probe unrelaxed", "relax", "probe"]
    assert [step["stage"] for step in record["history"]] == stages
    assert record["source"]["parent"] in ("SOD", "GIS", "EDI")


def test_a_resumed_run_is_byte_identical(run: Path, tmp_path: Path) -> None:
    stopped = tmp_path / "stopped"
    shutil.copytree(run, stopped)
    forget(stopped, 1, 3)
    resumed = zeo("run", "--resume", "stopped", cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    assert contents(stopped) == contents(run)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--target", "qts=18..22 kJ/mol"], "nothing measures 'qts'"),
        (["--set", "search.parents=SODA"], "did you mean SOD"),
        (["--set", "search.space_groups=1"], "choose from 16 to 230"),
    ],
)
def test_bad_input_gets_one_line(tmp_path: Path, arguments: list[str], message: str) -> None:
    done = zeo("run", "--generator", "search", "-n", "1", *arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.rglob("run.json"))
