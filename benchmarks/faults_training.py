"""Kills a training at file operations, one after the other, goes on, and compares what comes out.

    python benchmarks/faults_training.py --kills 100

A training of each generator on two frameworks writes its folder by way of some dozens of file operations. Each of
them in turn becomes the last: the process kills itself by SIGKILL in the place of it. The same training goes on
then, and its weights are to be those of a training that nobody disturbed, byte for byte.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

STEPS = 4
WEIGHTS = "weights.safetensors"

SETTINGS = {
    "zeodiff": {"width": 8},
    "zeogan": {"width": 8, "critic_updates": 1},
    "zeosym": {"width": 8, "layers": 1, "skewed_types": False},
}

TRAINING = """
import os
import signal
import sys
from pathlib import Path

from attrs import evolve

from zeo.data.known.frameworks import open_frameworks
from zeo.plugin.registry import installed_plugins

name, out, last, settings = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), eval(sys.argv[4])
seen = 0


def counted(function, concerns):
    def call(*arguments, **named):
        global seen
        if concerns(*arguments):
            seen += 1
            if seen == last:
                os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **named)

    return call


def there(*arguments):
    return any(str(out) in os.fsdecode(a) for a in arguments if isinstance(a, str | bytes | os.PathLike))


def written(path, flags=0, *_):
    return there(path) and bool(flags & (os.O_WRONLY | os.O_RDWR))


for operation in ("replace", "unlink", "mkdir", "chmod"):
    setattr(os, operation, counted(getattr(os, operation), there))
os.open = counted(os.open, written)
os.fsync = counted(os.fsync, lambda *_: True)
common = {"precision": "32-true", "accelerator": "cpu", "draw_every": 0, "check_every": 2, "batch": 2}
plugins = installed_plugins().configured({"voxel": {"n": 8}, name: common | settings})
frameworks = evolve(open_frameworks("relaxed"), names=("SOD", "LTA"), source="two")
plugins.create("generator", name).train(frameworks, out, lambda *_: None)
print(seen)
"""


def train(name: str, out: Path, last: int, save_every: float) -> subprocess.CompletedProcess[str]:
    """Train, killed in the place of file operation ``last``; 0 for never."""
    settings = SETTINGS[name] | {"steps": STEPS, "save_every": save_every}
    command = [sys.executable, "-c", TRAINING, name, str(out), str(last), repr(settings)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def drill(name: str, folder: Path, kills: int) -> Iterator[str]:
    """What became of each of some kills, spread over all file operations: ``same``, ``different`` or ``lost``."""
    undisturbed = train(name, folder / "undisturbed", 0, 1e-9)
    assert undisturbed.returncode == 0, undisturbed.stderr
    operations = int(undisturbed.stdout)
    expected = (folder / "undisturbed" / WEIGHTS).read_bytes()
    kills = min(kills, operations)
    for number in range(kills):
        last = 1 + number * operations // kills
        out = folder / str(last)
        killed = train(name, out, last, 1e-9)
        assert killed.returncode == -9, killed.stderr
        again = train(name, out, 0, 120.0)
        if again.returncode:
            print(f"{name}, operation {last} of {operations}: {again.stderr.splitlines()[-1]}", flush=True)
            yield "lost"
        else:
            yield "same" if (out / WEIGHTS).read_bytes() == expected else "different"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=100, help="over the three trainings (default: 100)")
    kills = parser.parse_args().kills
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    found: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for place, name in enumerate(SETTINGS):
            share = kills // len(SETTINGS) + (place < kills % len(SETTINGS))
            of_name = list(drill(name, Path(folder) / name, share))
            print(f"{name}: {len(of_name)} kills", flush=True)
            found += of_name
    print(f"{len(found)} kills, {found.count('lost')} lost, {found.count('different')} different")
    sys.exit(found.count("same") != len(found))


if __name__ == "__main__":
    main()
