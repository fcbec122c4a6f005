"""How far work has come, read beside it."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from kept import forget

import zeo
from zeo.api.watching import Status, rate_of
from zeo.cli import main
from zeo.cli.status import lines
from zeo_learning.curve import Curve

RUN = ["run", "--generator", "search", "--target", "methane.void_fraction=0.05..0.4", "--relax", "none"]
RUN += ["--grid-size", "12", "-n", "12", "--batch-size", "4", "--no-report"]


def told(path: Path) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["status", str(path), "--json"])
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def refused(path: Path) -> str:
    result = CliRunner().invoke(main, ["status", str(path)])
    assert result.exit_code == 1
    return result.stderr


def contents(path: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("status") / "run"
    result = CliRunner().invoke(main, [*RUN, "--out", str(out)])
    assert result.exit_code == 0, result.output
    return out


def test_a_run_tells_what_its_report_tells(run: Path) -> None:
    before = contents(run)
    found, report = told(run), json.loads((run / "report.json").read_text())
    assert contents(run) == before
    assert (found["kind"], found["done"], found["wanted"]) == ("run", 12, 12)
    assert found["seconds_left"] == 0
    assert found["rate"] > 0
    assert found["hits"]["survivors"] == report["survivors"]
    assert found["hits"]["on target"] == report["on_target"]
    assert sum(found["lost"].values()) == 12 - report["survivors"]


def test_a_run_under_way(run: Path, tmp_path: Path) -> None:
    part = Path(shutil.copytree(run, tmp_path / "part"))
    forget(part, 3, 4, 11)
    with zeo.Run.open(part).directory.session():
        found = told(part)
    assert (found["done"], found["wanted"]) == (9, 12)
    assert found["seconds_left"] > 0
    text = CliRunner().invoke(main, ["status", str(part)]).stdout
    assert "done       9 of 12 samples" in text
    assert "time left" in text
    assert "finished   no" in text


def test_what_is_finished_has_no_time_left(run: Path) -> None:
    text = CliRunner().invoke(main, ["status", str(run)]).stdout
    assert "wanted     methane.void_fraction" in text
    assert "finished   yes" in text
    assert "time left" not in text
    assert "rate" not in text


def test_a_rate_is_a_plain_number() -> None:
    status = Status(kind="data set", path=Path("hypo"), unit="items", done=3, rate=21210.4)
    assert "rate       21,210 an hour" in list(lines(status))


def test_a_pause_is_not_work() -> None:
    times = [*np.arange(6.0), *(8 * 3600 + np.arange(6.0))]
    assert rate_of(times, [1] * len(times)) == pytest.approx(3600.0)


def test_a_data_set() -> None:
    data = zeo.DataSet.open("standard")
    found = zeo.status(Path(data.storage.path("")))
    assert (found.kind, found.done, found.wanted) == ("data set", len(data), None)
    assert found.hits == dict(data.description.counts)


def test_a_training(tmp_path: Path) -> None:
    shutil.copytree(str(files("zeo_zeosym") / "weights"), tmp_path / "weights")
    steps = json.loads((tmp_path / "weights" / "model.json").read_text())["training"]["steps"]
    assert told(tmp_path / "weights")["done"] == steps
    curve = Curve(tmp_path / "weights")
    curve.add(steps + 100, {"hours": 10.0, "loss": 0.5})
    curve.add(steps + 300, {"hours": 10.5, "loss": 0.25})
    found = told(tmp_path / "weights")
    assert (found["kind"], found["done"], found["rate"]) == ("training", steps + 300, 400.0)
    assert found["hits"]["loss"] == 0.25
    (tmp_path / "weights" / "model.json").write_text("{")
    result = CliRunner().invoke(main, ["status", str(tmp_path / "weights")])
    assert result.exit_code == 1
    assert "is damaged" in result.stderr


def test_what_has_not_begun_is_said_to_be_so(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing"):
        assert "whatever is to go there has not begun" in refused(path)
    (tmp_path / ".training").touch()  # of a training that was killed before its first step
    assert (told(tmp_path)["kind"], told(tmp_path)["done"]) == ("training", 0)


def test_what_is_none_of_these_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    assert "is no run, no data set and no training" in refused(tmp_path)


def test_damage_is_an_error_that_says_what_to_do(run: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "copy"))
    part = copy / "records" / "part-000000.parquet"
    for damaged in (part.read_bytes()[:100], b""):
        part.write_bytes(damaged)
        assert "part-000000.parquet is damaged" in refused(copy)
        assert "delete it and resume the run" in refused(copy)
    part.unlink()
    part.with_suffix(".jsonl").write_bytes(b"{}\n")
    assert "part-000000.jsonl is damaged" in refused(copy)
