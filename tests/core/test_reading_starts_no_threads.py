"""Arrow's threads outlive the work and may abort Python as it ends ("terminate called without ...")."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

READ = """
import os, sys
from zeo.data.sets.store import DataSet

def named():
    tasks = os.listdir("/proc/self/task")
    return len([task for task in tasks if "jemalloc" not in open(f"/proc/self/task/{task}/comm").read()])

before = named()
DataSet.open(sys.argv[1]).names
print(named() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("is_run", [False, True])
def test_a_data_set_and_a_run_are_read_on_the_thread_that_asks(is_run: bool, tmp_path: Path) -> None:
    source = "standard"
    if is_run:
        source = str(tmp_path / "run")
        words = ["run", "--generator", "search", "-n", "2", "--no-report", "--out", source]
        subprocess.run([sys.executable, "-m", "zeo", *words], check=True)
        assert list((tmp_path / "run" / "records").glob("*.parquet"))
    done = subprocess.run([sys.executable, "-c", READ, source], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0"]
