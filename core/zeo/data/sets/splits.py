"""Which frameworks a model may learn from, and which it is judged on: the same for every generator.

A third of the IZA types is held out by name, together with every other framework of the same net. Of the
rest, frameworks of one lineage stay together: descendants share slabs and cages with their ancestors, so that
a random split would test on what was nearly seen in training.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import chain

import numpy as np

from zeo.data.sets.entry import Entry

HELD_OUT_FILE = "held_out.txt"

TRAINING_PERCENT = 90
VALIDATION_PERCENT = 5


def held_out_codes() -> frozenset[str]:
    """The IZA types that no model of zeo learns from.

    Chosen once by ``scripts/choose_held_out.py``: one of every three types of like size and density.
    """
    return frozenset(code for code, _ in _held_out_types())


@cache
def _held_out_types() -> tuple[tuple[str, str], ...]:
    """The codes of these types, and the keys of their nets."""
    lines = files("zeo.data").joinpath(HELD_OUT_FILE).read_text().splitlines()
    pairs = (line.split() for line in lines if not line.startswith("#"))
    return tuple((code, key) for code, key in pairs)


@cache
def _held_out_names() -> frozenset[str]:
    """What these types go by: a lineage is named by the code of the first ancestor, or by its net."""
    return frozenset(chain.from_iterable(_held_out_types()))


def assign(entry: Entry) -> str:
    """The split of a framework: ``"train"``, ``"validation"`` or ``"test"``; see :func:`split_of`."""
    return split_of(entry.key, entry.code, entry.lineage)


def split_of(key: str, code: str | None, lineage: str | None) -> str:
    """The split of a net.

    Test when it, or that of its first ancestor, is held out; otherwise by chance, 90 : 5 : 5, the same for
    all of one lineage and in every data set. A framework without ancestors is known by its net.

    Args:
        key: of the net.
        code: of the IZA type with this net, if there is one.
        lineage: the first ancestor, if there is one: a name, a code, or the key of its net.
    """
    if not _held_out_names().isdisjoint({key, code, lineage}):
        return "test"
    root = lineage or key
    percentile = int.from_bytes(hashlib.blake2b(root.encode(), digest_size=8).digest(), "big") % 100
    if percentile < TRAINING_PERCENT:
        return "train"
    return "validation" if percentile < TRAINING_PERCENT + VALIDATION_PERCENT else "test"


def random_half(count: int, seed: int = 0) -> list[str]:
    """The split of the reference papers: one half at random for training, the other for testing.

    Nets, lineages and held-out types are not looked at; it serves for comparison only.
    (Kim, Lee & Kim, Sci. Adv. 2020, 6, eaax9324; Park et al., J. Mater. Chem. A 2024, 12, 6507.)

    Returns:
        a split for each of ``count`` frameworks; training has the larger half.
    """
    order = np.random.default_rng(seed).permutation(count)
    return ["train" if rank < (count + 1) // 2 else "test" for rank in np.argsort(order)]


def choose_held_out(
    codes: Sequence[str], t_atoms: Sequence[int | None], densities: Sequence[float], seed: int = 0
) -> list[str]:
    """A third of some framework types, stratified by size and density.

    Types are ranked by the size of their smallest orthogonal cell (up to 48 T atoms, up to 100, larger,
    none), within a size by density; of every three that follow each other, one is drawn.

    Args:
        codes: of the types.
        t_atoms: in the smallest orthogonal cell of each; None where there is none.
        densities: T atoms per 1000 A3.
        seed: of the draw.
    """
    sizes = [3 if t is None else int(t > 48) + int(t > 100) for t in t_atoms]
    ranked = [code for _, _, code in sorted(zip(sizes, densities, codes, strict=True))]
    stream = np.random.default_rng(seed)
    triples = [ranked[start : start + 3] for start in range(0, len(ranked) - 2, 3)]
    return sorted(triple[stream.integers(3)] for triple in triples)
