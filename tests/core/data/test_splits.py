"""Splits: no leak by net or lineage, and a held-out third that never changes."""

import importlib.util
from collections import Counter
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zeo.data.known.nets import symbols_by_key
from zeo.data.known.relaxed import relaxed_frameworks, relaxed_structure
from zeo.data.sets.entry import Entry
from zeo.data.sets.splits import assign, choose_held_out, held_out_codes, random_half, split_of
from zeo.data.sets.store import DataSet

SODALITE = relaxed_structure("SOD")


def entry(**facts) -> Entry:
    return Entry(**{"name": "x", "structure": SODALITE, "key": "k", "origin": "hypothetical", **facts})


def test_a_third_of_the_types_is_held_out():
    codes = held_out_codes()
    assert len(codes) == len(relaxed_frameworks()) / 3
    assert codes < set(relaxed_frameworks())


@pytest.mark.slow
def test_the_file_is_what_the_script_writes():
    script = Path(__file__).parents[3] / "scripts" / "choose_held_out.py"
    spec = importlib.util.spec_from_file_location("choose_held_out", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    file = Path(importlib.util.find_spec("zeo.data").origin).with_name("held_out.txt")
    assert module.held_out_text() == file.read_text()


def test_held_out_nets_and_their_descendants_are_for_testing():
    code = min(held_out_codes())
    other = min(set(relaxed_frameworks()) - held_out_codes())
    assert assign(entry(code=code, lineage="any")) == "test"
    assert assign(entry(code=None, lineage=code)) == "test"
    (key,) = (key for key, symbol in symbols_by_key().items() if symbol == code)
    assert assign(entry(code=None, lineage=key)) == "test", "a lineage may be named by its net"
    assert assign(entry(code=f"{code}/{other}", key=key)) == "test", "or told by less than its net"
    roots = [f"root-{number}" for number in range(50)]
    assert any(assign(entry(code=other, lineage=root)) == "train" for root in roots)


@given(st.text(min_size=1), st.text(), st.text())
def test_one_lineage_is_never_divided(lineage, name, key):
    one = entry(lineage=lineage)
    assert assign(one) == assign(attrs.evolve(one, name=name, key=key, generation=5))


@given(st.text(min_size=1), st.text())
def test_without_ancestors_the_net_decides(key, name):
    assert assign(entry(key=key)) == assign(entry(key=key, name=name, origin="other"))


def test_shares():
    counts = Counter(assign(entry(lineage=f"root-{number}")) for number in range(4000))
    assert counts["train"] / 4000 == pytest.approx(0.90, abs=0.02)
    assert counts["validation"] / 4000 == pytest.approx(0.05, abs=0.015)
    assert counts["test"] / 4000 == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize("name", ["standard", "open"])
def test_the_shipped_sets_are_split_by_this_rule(name):
    data = DataSet.open(name)
    facts = (data.column(column) for column in ("key", "code", "lineage", "split"))
    for key, code, lineage, split in zip(*facts, strict=True):
        assert split == split_of(key, code, lineage)


@given(st.integers(0, 500), st.integers(0, 5))
def test_the_papers_half(count, seed):
    halves = random_half(count, seed)
    assert halves.count("train") == (count + 1) // 2
    assert len(halves) == count
    assert halves == random_half(count, seed)


def test_the_paper_s_number():
    assert random_half(63_426).count("train") == 31_713


@given(st.lists(st.tuples(st.one_of(st.none(), st.integers(4, 200)), st.floats(10, 22)), max_size=60))
def test_one_of_every_three_of_a_kind_is_chosen(types):
    codes = [f"T{number:02d}" for number in range(len(types))]
    sizes, densities = [size for size, _ in types], [density for _, density in types]
    chosen = choose_held_out(codes, sizes, densities)
    assert len(chosen) == len(codes) // 3
    small = {code for code, size in zip(codes, sizes, strict=True) if size is not None and size <= 48}
    assert abs(len(small & set(chosen)) - len(small) / 3) <= 2
