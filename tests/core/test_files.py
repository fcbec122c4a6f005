"""Files that are written to, and folders that are held, by one process at a time."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from zeo.errors import BusyError, ZeoError
from zeo.tools.files import LOCK_FILE, held, write_atomically

HOLDER = """
import sys
from pathlib import Path
from zeo.tools.files import held

with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with pytest.raises(BusyError, match="another process is working in"), held(tmp_path):
        pass
    process.kill()
    process.communicate()
    for _ in range(2):
        with held(tmp_path):
            pass


def test_a_lock_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target.txt"
    target.write_text("precious")
    run = tmp_path / "run"
    run.mkdir()
    (run / LOCK_FILE).symlink_to("../target.txt")
    with pytest.raises(ZeoError, match=r"is a link to \.\./target.txt"), held(run):
        pass
    assert target.read_text() == "precious"


def test_a_disk_without_locks_is_used_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*_: object) -> None:
        raise OSError(errno.ENOSYS, "no locks here")

    monkeypatch.setattr("fcntl.flock", flock)
    for _ in range(2):
        with held(tmp_path):
            write_atomically(tmp_path / "a.txt", "done")
    assert (tmp_path / "a.txt").read_text() == "done"
