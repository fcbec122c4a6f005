"""``zeo run --generator search``, end to end."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from command_line import done
from kept import files_of, forget, records_of

SETTINGS = ["--set", "search.parents=SOD,GIS,EDI", "--set", "search.rounds=4", "--grid-size", "16"]
STEERED = ["--generator", "search", "--probe", "methane", "--target", "void_fraction=0.1..0.2", *SETTINGS]


def contents(run: Path) -> dict[str, bytes]:
    files = [*files_of(run), run / "summary.csv", run / "report.json"]
    return {str(file.relative_to(run)): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    done("run", *STEERED, "-n", 4, "--out", folder / "whole")
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
    done("run", "--resume", stopped)
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
    command = ("run", "--generator", "search", "-n", 1, "--out", tmp_path / "run")
    told = done(*command, *arguments, exit_code=1).stderr
    assert message in told
    assert "Traceback" not in told
    assert not list(tmp_path.rglob("run.json"))
