"""What is asked for is what is learned from, and what is left out is said."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")

from attrs import evolve  # noqa: E402

from zeo.data.known.frameworks import open_frameworks  # noqa: E402
from zeo.plugin.registry import installed_plugins  # noqa: E402

MIX = evolve(open_frameworks("relaxed"), names=("SOD", "CHA", "ATO"), source="mix")


def split_of(name, **options):
    plugins = installed_plugins().configured({name: options})
    return plugins.create("generator", name).plan(None).split(MIX)


@pytest.mark.parametrize("name", ["zeodiff", "zeogan"])
def test_frameworks_are_brought_into_their_smallest_orthogonal_cells(name):
    split = split_of(name)
    assert [framework.source.name for framework in split.train] == ["SOD", "CHA"]
    assert all(framework.structure.is_orthogonal for framework in split.train)
    assert split.train[1].structure.count("Si") == 72
    assert str(split) == "learning from 2 of 3 frameworks; left out 1 with an edge beyond max_edge=28 A"


def test_zeosym_learns_from_ones_own_frameworks_alone():
    assert str(split_of("zeosym")) == "learning from 3 frameworks"
    assert len(split_of("zeosym", skewed_types=True).train) > 20
