"""The frameworks that the resemblance is learned from and tested with, and what they look like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from zeo import DataSet
from zeo.crystal.net import Net
from zeo.crystal.structure import Structure
from zeo.data.known.relaxed import relaxed_frameworks, relaxed_structure
from zeo.data.sets.entry import FEASIBLE
from zeo.data.sets.splits import held_out_codes
from zeo.tools.progress import progress
from zeo_cleanup.key import topology_of
from zeo_probes.framework_features import Rest, at_rest

ROOT = Path(__file__).parents[2]
TRAIN, TEST = "train", "test"
SAMPLES = {
    "standard": (500, 400),
    "datasets/open-1": (150, 100),
    "datasets/open-2": (150, 100),
    "datasets/open-3": (150, 100),
    "datasets/open-4": (150, 100),
}
"""Hypothetical frameworks of each data set, for training and for testing."""

Example = tuple[str, str, str, Structure]
"""Of which set, its name, its split, its atoms."""


def iza_types() -> Iterator[Example]:
    """All four-connected ones, relaxed."""
    held_out = held_out_codes()
    for code in relaxed_frameworks():
        yield "iza", code, TEST if code in held_out else TRAIN, relaxed_structure(code)


def hypothetical(source: str, train: int, test: int, seed: int) -> Iterator[Example]:
    """Feasible frameworks of a data set whose nets are no IZA types, drawn at random."""
    data = DataSet.open(source if source == "standard" else ROOT / source)
    data = data.where(
        (data.column("verdict") == FEASIBLE) & np.array([c is None for c in data.column("code")])
    )
    names, splits = data.column("name"), data.column("split")
    stream = np.random.default_rng(seed)
    for split, number in ((TRAIN, train), (TEST, test)):
        some = np.flatnonzero((splits == TRAIN) if split == TRAIN else (splits != TRAIN))
        for index in stream.permutation(some)[:number]:
            yield source, str(names[index]), split, data.structure(int(index))


def drawn(run: Path) -> Iterator[Example]:
    """The distinct feasible nets of a run that are no IZA types."""
    data = DataSet.open(run)
    for index, code in enumerate(data.column("code")):
        if code is None:
            yield run.name, str(data.column("name")[index]), TEST, data.structure(index)


def row_of(example: Example, rest: Rest) -> dict[str, Any]:
    source, name, split, structure = example
    topology = topology_of(Net.from_structure(structure))
    facts = {"set": source, "name": name, "split": split, "unique_t": len(topology.sites)}
    return {**facts, "t_atoms": structure.count("Si"), **rest.numbers}


def measure(out: Path, runs: list[Path]) -> None:
    examples = [*iza_types()]
    for seed, (source, (train, test)) in enumerate(SAMPLES.items()):
        examples += hypothetical(source, train, test, seed)
    for run in runs:
        examples += drawn(run)
    rows = rows_of(examples)
    rows.to_parquet(out)
    print(f"{len(rows)} of {len(examples)} frameworks: {out}")


def rows_of(examples: Sequence[Example]) -> pd.DataFrame:
    """What frameworks look like once they are relaxed; those that cannot be are told of and left out."""
    rows = []
    with progress("relaxing", len(examples)) as advance:
        for example in examples:
            rest = at_rest(example[3])
            advance(example[1])
            if isinstance(rest, Rest):
                rows.append(row_of(example, rest))
            else:
                print(f"{example[0]} {example[1]}: {rest}")
    return pd.DataFrame(rows)
