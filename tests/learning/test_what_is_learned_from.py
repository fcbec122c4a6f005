"""What is asked for is what is learned from, and what is left out is said."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")

from attrs import evolve  # noqa: E402

from zeo.crystal.orthogonal import primitive_cell  # noqa: E402
from zeo.data.known.frameworks import open_frameworks, training_frameworks  # noqa: E402
from zeo.data.known.relaxed import relaxed_structure  # noqa: E402
from zeo.data.sets.description import Description  # noqa: E402
from zeo.data.sets.entry import Entry  # noqa: E402
from zeo.data.sets.writer import DataSetWriter  # noqa: E402
from zeo.plugin.registry import installed_plugins  # noqa: E402

MIX = evolve(open_frameworks("relaxed"), names=("SOD", "CHA", "ATO"), sources=("mix",))


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


@pytest.fixture(scope="module")
def primitive(tmp_path_factory):
    """Primitive cells of SOD and CHA, which have orthogonal ones, and of YUG, which has none."""
    out = tmp_path_factory.mktemp("sets") / "primitive"
    entries = [
        Entry(
            name=code, structure=primitive_cell(relaxed_structure(code)), key=code, origin="x", split="train"
        )
        for code in ("SOD", "CHA", "YUG")
    ]
    DataSetWriter(out, Description(name="primitive", made_by={})).append(entries)
    return out


def learned(name, source, **options):
    plugins = installed_plugins().configured({name: options})
    return plugins.create("generator", name).plan(None).split(training_frameworks(source))


def test_grids_are_made_of_what_has_an_orthogonal_cell_however_it_is_stored(primitive):
    split = learned("zeodiff", primitive)
    assert [each.structure.count("Si") for each in split.train] == [12, 72]
    assert str(split) == "learning from 2 of 3 frameworks; left out 1 without an orthogonal cell"


def test_crystals_are_learned_from_in_any_cell_each_once(primitive):
    assert [net.source.name for net in learned("zeosym", primitive).train] == ["SOD", "CHA", "YUG"]
    names = [net.source.name for net in learned("zeosym", primitive, skewed_types=True).train]
    assert names.count("YUG") == 1
    assert len(names) > 20
