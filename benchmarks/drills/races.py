"""Two processes that begin the same work at the same instant: each folder is one's own or the other's.

Both processes live through all races, so that it is the work that is raced, not the imports. What either
makes alone is compared with what is there after a race, byte by byte.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

WANDERER = Path(__file__).parents[2] / "tests" / "core" / "data" / "wanderer"
"""Where the generator is that finds without searching."""

HEAD_START = 0.05
"""Seconds from the order to the start of a race."""

LATER = 0.004
"""Seconds by which the second process is later, on average."""

RIGHT = ("one wins", "each its own", "one after the other")

NOT_COMPARED = ("log.txt", ".lock")

RACER = """
import json, os, sys, time
from click.testing import CliRunner
from zeo.cli import main

for line in sys.stdin:
    task = json.loads(line)
    os.chdir(task["folder"])
    while time.time() < task["instant"]:
        pass
    done = CliRunner().invoke(main, task["arguments"])
    print(json.dumps([done.exit_code, done.stderr]), flush=True)
"""

INPUTS = """
import sys
from pathlib import Path
from zeo.crystal.cif import cif_text
from zeo.data.known.relaxed import relaxed_structure

for folder, codes in (("a", ["ABW"]), ("b", ["BIK"])):
    (Path(sys.argv[1]) / folder).mkdir()
    for code in codes:
        (Path(sys.argv[1]) / folder / "one.cif").write_text(cif_text(relaxed_structure(code), code))
"""


@frozen
class Contest:
    """Two commands that want the same place.

    Args:
        first, second: their arguments; ``{inputs}`` is the folder of structures.
        place: what they write.
        may_follow: whether one may write over what the other one has finished.
    """

    first: str
    second: str
    place: str = "out"
    may_follow: bool = False

    @property
    def is_numbered(self) -> bool:
        """Whether each takes a place of its own."""
        return "--out" not in self.first


RUN = "run --generator search --relax none --top 0 -n 2"
CONTESTS = {
    "run": Contest(f"{RUN} --out out", f"{RUN} --seed 1 --out out"),
    "numbered run": Contest(RUN, f"{RUN} --seed 1", place="runs"),
    "convert": Contest(
        "convert {inputs}/a/one.cif --to griday --grid-size 8 --out out",
        "convert {inputs}/b/one.cif --to griday --grid-size 8 --out out",
    ),
    "relax": Contest(
        "relax {inputs}/a/one.cif --out out", "relax {inputs}/b/one.cif --out out", may_follow=True
    ),
    "data make": Contest(
        "data make hypothetical --generator wanderer -n 1 --out out",
        "data make hypothetical --generator wanderer -n 1 --seed 1 --out out",
    ),
    "data build": Contest(
        "data build {inputs}/a --min-kh 0 --out out", "data build {inputs}/b --min-kh 0 --out out"
    ),
}


def race(folder: Path, count: int, names: Sequence[str] = tuple(CONTESTS), seed: int = 0) -> Counter[str]:
    """Hold contests in turn, and count what came of them.

    Args:
        folder: an empty one.
        count: of races.
        names: of the contests.
        seed: of how much later the second process is.

    Returns:
        Those of :data:`RIGHT`; everything else is a fault, in words.
    """
    subprocess.run([sys.executable, "-c", INPUTS, str(folder)], check=True, env=_environment())
    inputs, later = str(folder.resolve()), random.Random(seed)
    outcomes: Counter[str] = Counter()
    with _racer() as first, _racer() as second:
        alone = {}
        for number in range(count):
            name = names[number % len(names)]
            contest = CONTESTS[name]
            commands = [
                [word.format(inputs=inputs) for word in text.split()]
                for text in (contest.first, contest.second)
            ]
            if name not in alone:
                alone[name] = [_alone(first, folder / f"{name} {i}", commands[i], contest) for i in (0, 1)]
            ground = folder / f"race {number}"
            ground.mkdir()
            start = time.time() + HEAD_START
            _order(first, ground, commands[0], start)
            _order(second, ground, commands[1], start + later.expovariate(1 / LATER))
            ends = [_end(first), _end(second)]
            outcome = _outcome(ends, ground / contest.place, alone[name], contest)
            outcomes[outcome if outcome in RIGHT else f"{name}: {outcome}"] += 1
    return outcomes


def contents(folder: Path) -> dict[str, bytes]:
    """All files, by their paths in the folder."""
    files = (file for file in folder.rglob("*") if file.is_file() and file.name not in NOT_COMPARED)
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def _outcome(
    ends: list[tuple[int, str]], place: Path, alone: list[dict[str, bytes]], contest: Contest
) -> str:
    codes = [code for code, _ in ends]
    if contest.may_follow and codes == [0, 0] and contents(place) in alone:
        return "one after the other"
    if contest.is_numbered:
        if codes != [0, 0]:
            return f"failed to take the next number: {ends}"
        found = [contents(one) for one in sorted(place.iterdir())]
        return "each its own" if found in (alone, alone[::-1]) else "mixed"
    if sorted(codes) != [0, 1]:
        return f"exit codes {codes}: {ends}"
    winner, loser = codes.index(0), codes.index(1)
    progress = ("zeo ", "Waiting for ")
    message = [line for line in ends[loser][1].splitlines() if not line.startswith(progress)]
    if [line[:7] for line in message] != ["Error: "]:
        return f"not one line: {message}"
    return "one wins" if contents(place) == alone[winner] else "mixed"


def _alone(
    racer: subprocess.Popen[str], folder: Path, command: list[str], contest: Contest
) -> dict[str, bytes]:
    folder.mkdir()
    _order(racer, folder, command, 0.0)
    code, message = _end(racer)
    assert code == 0, message
    place = folder / contest.place
    return contents(next(place.iterdir()) if contest.is_numbered else place)


def _environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(WANDERER), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path}
    environment.pop("ZEO_PLUGINS", None)
    return environment


def _racer() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RACER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=_environment(),
    )


def _order(racer: subprocess.Popen[str], folder: Path, arguments: list[str], instant: float) -> None:
    assert racer.stdin is not None
    task = {"folder": str(folder), "arguments": arguments, "instant": instant}
    print(json.dumps(task), file=racer.stdin, flush=True)


def _end(racer: subprocess.Popen[str]) -> tuple[int, str]:
    assert racer.stdout is not None
    code, message = json.loads(racer.stdout.readline())
    return code, message
