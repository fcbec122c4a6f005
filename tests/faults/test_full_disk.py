"""A disk that takes no more: one line, nothing lost, and the same command or --resume goes on."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from command_line import done, limited

RUN = ("run", "--generator", "search", "--relax", "none", "-n", "2", "--top", "0")


def error_of(ended: subprocess.CompletedProcess[str]) -> str:
    assert ended.returncode == 1
    (line,) = [line for line in ended.stderr.splitlines() if not line.startswith("zeo ")]
    return line


def test_a_run_that_cannot_begin_takes_no_number(tmp_path: Path) -> None:
    assert "cannot write in runs/search-001" in error_of(limited(100, *RUN, cwd=tmp_path))
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_run_goes_on_when_there_is_space(tmp_path: Path) -> None:
    done(*RUN, "--out", tmp_path / "whole")
    enough = (tmp_path / "whole" / "run.json").stat().st_size
    line = error_of(limited(enough, *RUN, "--out", "run", cwd=tmp_path))
    assert line.endswith("continue with: zeo run --resume run")
    done("run", "--resume", tmp_path / "run")
    for file in (tmp_path / "whole").rglob("*"):
        if file.is_file() and file.name != "log.txt":
            assert (tmp_path / "run" / file.relative_to(tmp_path / "whole")).read_bytes() == file.read_bytes()
    assert not list((tmp_path / "run").rglob(".zeo-*"))


@pytest.mark.parametrize("noun", ["relax", "convert"])
def test_results_that_do_not_fit_are_one_line(tmp_path: Path, noun: str) -> None:
    arguments = {"relax": ("relax", "ABW", "--out", "out"), "convert": ("convert", "ABW", "--to", "cif")}
    assert "File too large" in error_of(limited(100, *arguments[noun], cwd=tmp_path))
    assert not list(tmp_path.rglob(".zeo-*"))
