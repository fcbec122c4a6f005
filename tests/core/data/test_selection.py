"""The choice of frameworks: even over the bins of the IZA types, few three-rings, many lineages."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo.data.making.selection import Pool, bins_of, select


def pool_of(n: int, seed: int = 0, three_rings: float = 0.3) -> Pool:
    rng = np.random.default_rng(seed)
    return Pool(
        names=[f"h{i}" for i in range(n)],
        lineages=[f"root{i % 7}" for i in range(n)],
        density=rng.normal(18.0, 1.0, n),
        t_atoms=rng.choice([24, 48, 64, 96], n, p=[0.1, 0.2, 0.3, 0.4]),
        void_fraction=rng.gamma(2.0, 0.04, n),
        three_rings=rng.random(n) < three_rings,
    )


def names(pool: Pool, chosen) -> set[str]:
    return {pool.names[i] for i in chosen}


def test_covered_bins_are_filled_first_and_evenly():
    pool = pool_of(2000, three_rings=0.0)
    contents = Counter(pool.bins)
    covered = [place for place, count in contents.most_common() if count >= 20][:10]
    chosen = Counter(pool.bins[i] for i in select(pool, 150, covered, 0.0, seed=1))
    assert chosen == dict.fromkeys(covered, 15)


def test_a_poor_bin_gives_all_it_has_and_others_fill_the_rest():
    pool = pool_of(2000, three_rings=0.0)
    rare, common = Counter(pool.bins).most_common()[-1], Counter(pool.bins).most_common()[0]
    size = rare[1] + common[1] + 300
    chosen = Counter(pool.bins[i] for i in select(pool, size, {rare[0], common[0]}, 0.0, seed=1))
    assert chosen[rare[0]] == rare[1]
    assert chosen[common[0]] == common[1]
    assert sum(chosen.values()) == size


@settings(max_examples=30, deadline=None)
@given(size=st.integers(1, 400), limit=st.floats(0.0, 1.0), share=st.floats(0.0, 1.0), seed=st.integers(0, 9))
def test_three_rings_are_held_to_their_share(size, limit, share, seed):
    pool = pool_of(300, seed, share)
    chosen = select(pool, size, set(pool.bins[:20]), limit, seed)
    with_rings = int((pool.three_rings[chosen] > 0).sum())
    assert with_rings <= limit * len(chosen) + 1e-9
    assert len(chosen) == len(set(chosen.tolist())) <= size
    without = int((pool.three_rings == 0).sum())
    if size <= without:
        assert len(chosen) == size


def test_a_bin_takes_from_as_many_lineages_as_it_can():
    n = 100
    pool = Pool(
        names=[f"h{i}" for i in range(n)],
        lineages=["large"] * 90 + [f"small{i}" for i in range(10)],
        density=np.full(n, 18.0),
        t_atoms=np.full(n, 48),
        void_fraction=np.full(n, 0.1),
        three_rings=np.zeros(n),
    )
    chosen = select(pool, 11, set(), 0.0, seed=3)
    assert len({pool.lineages[i] for i in chosen}) == 11


def test_the_choice_depends_on_the_seed_and_not_on_the_order():
    pool = pool_of(500)
    first = names(pool, select(pool, 60, set(pool.bins[:9]), 0.1, seed=5))
    order = np.random.default_rng(2).permutation(500)
    shuffled = Pool(
        names=[pool.names[i] for i in order],
        lineages=[pool.lineages[i] for i in order],
        density=pool.density[order],
        t_atoms=pool.t_atoms[order],
        void_fraction=pool.void_fraction[order],
        three_rings=pool.three_rings[order],
    )
    assert names(shuffled, select(shuffled, 60, set(pool.bins[:9]), 0.1, seed=5)) == first
    assert names(pool, select(pool, 60, set(pool.bins[:9]), 0.1, seed=6)) != first


@pytest.mark.parametrize("size", [500, 10_000])
def test_all_are_chosen_where_there_are_no_more(size):
    pool = pool_of(500, three_rings=0.0)
    assert select(pool, size, set(), 0.05, seed=0).tolist() == list(range(500))


def test_what_lies_beyond_the_bounds_is_in_the_outermost_bins():
    assert bins_of([5.0, 40.0], [1, 5000], [0.0, 0.9]) == bins_of([10.9, 21.5], [8, 192], [0.005, 0.5])
