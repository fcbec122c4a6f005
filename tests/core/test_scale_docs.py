"""The scripts of docs/scale.md do what they say, run as shell."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import zeo

TEXT = (Path(__file__).parents[2] / "docs" / "scale.md").read_text()
BLOCKS = dict(re.findall(r"<!-- (\S+) -->\n```\w+\n(.*?)```\n", TEXT, re.DOTALL))
RUN = "--generator search --probe methane --relax none --grid-size 12 -n 6 --batch-size 2"
COUNT = 3


def shell(script: str, folder: Path, **variables: str) -> None:
    """Run a script where ``zeo`` is this one."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    program = programs / "zeo"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m zeo "$@"\n')
    program.chmod(0o755)
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-euc", script],
        cwd=folder,
        env=os.environ | {"PATH": path} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def snakemake(rule: str) -> str:
    """The shell command of a rule."""
    text = BLOCKS["Snakefile"].partition(f"rule {rule}:")[2].partition("shell:")[2].partition("\nrule ")[0]
    return textwrap.dedent(text.strip().strip('"'))


@pytest.mark.slow
@pytest.mark.parametrize("how", ["array.sh", "Snakefile"])
def test_three_shards_and_their_merge(tmp_path: Path, how: str) -> None:
    for _ in range(2):  # the second time, each goes on where it was: there is nothing left to do
        for number in range(1, COUNT + 1):
            if how == "array.sh":
                task = str(number)
                shell(BLOCKS[how], tmp_path, RUN=RUN, COUNT=str(COUNT), SLURM_ARRAY_TASK_ID=task)
            else:
                (tmp_path / "shards" / str(number)).mkdir(parents=True, exist_ok=True)  # as snakemake does
                command = snakemake("shard").replace("{wildcards.k}", str(number))
                shell(command.replace("{RUN}", RUN).replace("{COUNT}", str(COUNT)), tmp_path)
    if how == "array.sh":
        shell(BLOCKS["merge.sh"], tmp_path)
    else:
        (tmp_path / "runs" / "all").mkdir(parents=True)
        shell(snakemake("merge"), tmp_path)
    run = zeo.Run.open(tmp_path / "runs" / "all")
    assert (run.drawn, run.pending) == (6, 0)
