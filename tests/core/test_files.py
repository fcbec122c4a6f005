"""Files that are written to, and folders that are held, by one process at a time."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from zeo.errors import BusyError, ZeoError
from zeo.tools.files import LOCK_FILE, held, made_whole, make_folder, open_to_append, write_atomically

HOLDER = """
import sys
from pathlib import Path
from zeo.tools.files import held

with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

KILLED_WRITER = """
import os, signal, sys
from pathlib import Path
from zeo.tools import files

os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1].endswith("folder"):
    with files.made_whole(Path(sys.argv[1])) as folder:
        folder.mkdir()
        files.write_atomically(folder / "a.txt", "new")
files.write_atomically(Path(sys.argv[1]), "new")
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
            assert (tmp_path / LOCK_FILE).exists()
        assert list(tmp_path.iterdir()) == []


def test_what_killed_writers_left_goes_when_a_folder_is_held(tmp_path: Path) -> None:
    for name in ("a.txt", "a folder", "below/a.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        subprocess.run([sys.executable, "-c", KILLED_WRITER, str(tmp_path / name)], check=False)
    kept = [tmp_path / ".hidden.tmp", tmp_path / ".zeo-notes.tmp", tmp_path / "below"]
    for file in kept[:2]:
        file.touch()
    left = [path for path in tmp_path.rglob("*") if path not in kept]
    assert {path.relative_to(tmp_path).parts[0] for path in left} > {"below"}
    assert any(path.is_dir() for path in left)
    with held(tmp_path):
        make_folder(tmp_path / "below")
    assert sorted(tmp_path.rglob("*")) == kept


def test_a_lock_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target.txt"
    target.write_text("precious")
    run = tmp_path / "run"
    run.mkdir()
    (run / LOCK_FILE).symlink_to("../target.txt")
    with pytest.raises(ZeoError, match=r"is a link to \.\./target.txt"), held(run):
        pass
    assert target.read_text() == "precious"


def test_nothing_is_added_to_a_file_of_two_names(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("precious")
    os.link(tmp_path / "precious.txt", tmp_path / "log.txt")
    with pytest.raises(ZeoError, match="has another name elsewhere"):
        open_to_append(tmp_path / "log.txt")
    write_atomically(tmp_path / "log.txt", "new")
    assert (tmp_path / "precious.txt").read_text() == "precious"


def test_devices_are_not_replaced() -> None:
    with pytest.raises(ZeoError, match="/dev/null is a pipe, a device or the like"):
        write_atomically(Path("/dev/null"), "gone")


def test_what_is_new_replaces_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(FileExistsError) as caught:
        write_atomically(tmp_path / "a.txt", "new", overwrite=False)
    assert caught.value.filename == str(tmp_path / "a.txt")
    with pytest.raises(FileExistsError), made_whole(tmp_path / "a.txt") as place:
        place.write_text("new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_disk_without_locks_is_used_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*_: object) -> None:
        raise OSError(errno.ENOSYS, "no locks here")

    monkeypatch.setattr("fcntl.flock", flock)
    for _ in range(2):
        with held(tmp_path):
            write_atomically(tmp_path / "a.txt", "done")
    assert (tmp_path / "a.txt").read_text() == "done"
