"""How far ``zeo design`` gets with objectives in so many CPU seconds.

    python benchmarks/objectives.py --seconds 60 --seeds 3

Prints the mean of the best twenty confirmed frameworks in one objective, and for two the area between the
Pareto front and a corner. CPU seconds of the whole command, start-up included; kernels are compiled before.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from design import measured

from zeo.wishes.full_name import FullName

GOALS = {
    "void fraction": (
        ["--maximise", "void_fraction", "--target", "energy<20.5"],
        ["void_fraction"],
        [1],
        [0.1],
    ),
    "light and stable": (
        ["--minimise", "density", "--minimise", "energy", "--target", "void_fraction>0.05"],
        ["density", "energy"],
        [-1, -1],
        [-20.0, -24.0],
    ),
}
"""Of each: words of the command, names of the objectives, their signs, and the corner, as merits."""

BEST = 20


def area(merits: np.ndarray, corner: Sequence[float]) -> float:
    """Between the front of some points [n, 2] and a corner below them."""
    total, height = 0.0, corner[1]
    for first, second in sorted(merits.tolist(), reverse=True):
        if first > corner[0] and second > height:
            total += (first - corner[0]) * (second - height)
            height = second
    return total


def reached(out: Path, names: Sequence[str], signs: Sequence[int], corner: Sequence[float]) -> str:
    rounds = [json.loads(file.read_text()) for file in sorted((out / "rounds").iterdir())]
    hits = [each["after"] for one in rounds for each in one["considered"] if each["hit"]]
    of = [
        {FullName.of(name).quantity.removesuffix("_accessible"): value for name, value in hit.items()}
        for hit in hits
    ]
    merits = np.array([[sign * hit[name] for name, sign in zip(names, signs, strict=True)] for hit in of])
    relaxed = sum(each["name"] is not None for one in rounds for each in one["considered"])
    told = f"{len(hits)} hits of {relaxed} relaxed in {len(rounds)} rounds"
    if len(names) == 2:
        return f"area {area(merits, corner):.2f}, {told}"
    best = np.sort(merits[:, 0])[-BEST:]
    return f"mean of the best {len(best)} {signs[0] * best.mean():.4f}, {told}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=GOALS, default=list(GOALS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=60.0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for goal in chosen.only:
            words, *what = GOALS[goal]
            for seed in range(chosen.seeds):
                out = Path(folder) / f"{goal}-{seed}"
                command = ["design", *words, "--generator", "search", "--seed", str(seed), "--minutes", "600"]
                seconds, _ = measured([*command, "--out", str(out)], chosen.seconds)
                print(f"{goal} seed {seed}: {reached(out, *what)}, {seconds:.0f} CPU-s", flush=True)


if __name__ == "__main__":
    main()
