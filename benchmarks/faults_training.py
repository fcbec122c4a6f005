"""Kills a training at file operations, one after the other, goes on, and compares what comes out.

    python benchmarks/faults_training.py --kills 100

A training of each generator on two frameworks writes its folder by way of some dozens of file operations.
Each of them in turn becomes the last: the process kills itself by SIGKILL in its place. The same training
goes on then, and its weights are to be those of a training that nobody disturbed, byte for byte.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from attrs import evolve

from zeo.data.known.frameworks import open_frameworks
from zeo.plugin.registry import installed_plugins

SETTINGS: dict[str, dict[str, Any]] = {
    "zeodiff": {"width": 8},
    "zeogan": {"width": 8, "critic_updates": 1},
    "zeosym": {"width": 8, "layers": 1},
}
COMMON = {
    "steps": 4,
    "batch": 2,
    "precision": "32-true",
    "accelerator": "cpu",
    "draw_every": 0,
    "check_every": 2,
}
WEIGHTS = "weights.safetensors"


def train(name: str, out: Path, **options: Any) -> None:
    plugins = installed_plugins().configured({"voxel": {"n": 8}, name: COMMON | SETTINGS[name] | options})
    frameworks = evolve(open_frameworks("relaxed"), names=("SOD", "LTA"), source="two")
    plugins.create("generator", name).train(frameworks, out, lambda *_: None)


class FileOperations:
    """Counts what is done to files in a folder, and kills this process in the place of one of them.

    Args:
        folder: to watch.
        last: the operation that is not done; 0 for none.
    """

    def __init__(self, folder: Path, last: int) -> None:
        self.folder, self.last, self.count = str(folder), last, 0
        for name in ("replace", "unlink", "mkdir", "chmod"):
            self._interpose(name, lambda *arguments: any(map(self._is_there, arguments)))
        self._interpose(
            "open", lambda path, flags, *_: self._is_there(path) and bool(flags & (os.O_WRONLY | os.O_RDWR))
        )
        self._interpose("fsync", lambda *_: True)

    def _is_there(self, argument: Any) -> bool:
        return isinstance(argument, str | os.PathLike) and os.fspath(argument).startswith(self.folder)

    def _interpose(self, name: str, concerns: Callable[..., bool]) -> None:
        function = getattr(os, name)

        def interposed(*arguments: Any, **named: Any) -> Any:
            if concerns(*arguments):
                self.count += 1
                if self.count == self.last:
                    os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **named)

        setattr(os, name, interposed)


def in_child(work: Callable[[], Any]) -> int:
    """The exit code of a process that was forked for some work, negative where a signal ended it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def operations_of(name: str, out: Path) -> int:
    """How many file operations an undisturbed training takes, which saves after every step."""
    counted = out.with_suffix(".count")

    def work() -> None:
        operations = FileOperations(out, 0)
        train(name, out, save_every=1e-9)
        counted.write_text(str(operations.count))

    assert in_child(work) == 0
    return int(counted.read_text())


def drill(name: str, folder: Path, kills: int) -> Iterator[str]:
    """What became of some kills, spread over all file operations: ``same``, ``different`` or ``lost``."""
    installed_plugins().create("generator", name).plan(None)  # imports, for all children, what takes long
    operations = operations_of(name, folder / "undisturbed")
    expected = (folder / "undisturbed" / WEIGHTS).read_bytes()
    kills = min(kills, operations)
    for number in range(kills):
        last = 1 + number * operations // kills
        out = folder / str(last)

        def killed(out: Path = out, last: int = last) -> None:
            FileOperations(out, last)
            train(name, out, save_every=1e-9)

        assert in_child(killed) == -signal.SIGKILL
        if in_child(lambda out=out: train(name, out)):
            yield "lost"
        else:
            yield "same" if (out / WEIGHTS).read_bytes() == expected else "different"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=100, help="over the three trainings (default: 100)")
    kills = parser.parse_args().kills
    found: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for place, name in enumerate(SETTINGS):
            (Path(folder) / name).mkdir()
            share = kills // len(SETTINGS) + (place < kills % len(SETTINGS))
            of_name = list(drill(name, Path(folder) / name, share))
            print(f"{name}: {len(of_name)} kills", flush=True)
            found += of_name
    print(f"{len(found)} kills, {found.count('lost')} lost, {found.count('different')} different")
    sys.exit(found.count("same") != len(found))


if __name__ == "__main__":
    main()
