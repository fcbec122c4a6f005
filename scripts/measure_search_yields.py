"""Measure how many frameworks random search finds in each space group, and store that as package data.

    python scripts/measure_search_yields.py 300       # CPU seconds; all groups alike

Counted are distinct accepted nets like those of zeolites: without three-rings, below 19.5 T per 1000 A3.
One process.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

import zeo_search
from zeo.tools.files import write_atomically
from zeo_search.choices import YIELDS_FILE, Choice, draw_sites
from zeo_search.finishing import Finished, Limits, finish
from zeo_search.options import SearchOptions
from zeo_search.random_search import walk
from zeo_search.settings import FIRST_GROUP, LAST_GROUP
from zeo_search.sites import t_sites

DATA = Path(zeo_search.__file__).parent / YIELDS_FILE
UNIQUE_T = range(2, 7)
LARGEST_DENSITY = 19.5


def main() -> int:
    stream = np.random.default_rng(0)
    options, limits = SearchOptions(), Limits()
    seconds: Counter[tuple[int, int]] = Counter()
    found: Counter[tuple[int, int]] = Counter()
    known: set[str] = set()
    groups = list(range(FIRST_GROUP, LAST_GROUP + 1))
    for number in groups:  # compile and fill the caches outside the measurement
        t_sites(number)
    walk(Choice(FIRST_GROUP, t_sites(FIRST_GROUP)[:1]), stream, options)
    while sum(seconds.values()) < float(sys.argv[1]):
        number, unique_t = int(stream.choice(groups)), int(stream.choice(UNIQUE_T))
        sites = draw_sites(number, unique_t, options.t_atoms, stream)
        if not sites:
            continue
        start = time.process_time()
        drafts, _ = walk(Choice(number, sites), stream, options)
        seconds[number, unique_t] += time.process_time() - start
        for draft in drafts:
            result = finish(draft, limits, known)
            if result.quick_key:
                known.add(result.quick_key)
            found[number, unique_t] += isinstance(result, Finished) and is_zeolitic(result)
    rows = [
        f"{number},{sum(seconds[number, k] for k in UNIQUE_T):.2f},{sum(found[number, k] for k in UNIQUE_T)}"
        for number in groups
    ]
    write_atomically(DATA, "\n".join(["space_group,seconds,frameworks", *rows, ""]).encode())
    for k in UNIQUE_T:
        spent, many = (sum(part[number, k] for number in groups) for part in (seconds, found))
        print(f"{k} unique T: {spent:6.1f} s, {many:5d} frameworks, {3600 * many / spent:7.0f} an hour")
    print(f"{sum(found.values())} frameworks in {sum(seconds.values()):.0f} s: {DATA}")
    return 0


def is_zeolitic(framework: Finished) -> bool:
    return framework.three_ring_share == 0.0 and framework.density < LARGEST_DENSITY


if __name__ == "__main__":
    sys.exit(main())
