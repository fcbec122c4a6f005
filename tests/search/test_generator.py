"""The search generator: samples by seed alone, within the limits, from nothing or from parents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zeo.crystal.net import Net
from zeo.data.known.frameworks import FrameworkSet, open_frameworks
from zeo.data.known.relaxed import relaxed_structure
from zeo.errors import ConfigError
from zeo.plugin.registry import installed_plugins
from zeo.testing import check_generator, few_frameworks
from zeo.testing.common import snapshot
from zeo_cleanup.key import topology_of
from zeo_search import zeo_generators
from zeo_search.generator import Search
from zeo_search.parents import as_parent, open_parents

EASY = {"unique_t": "2,2", "space_groups": "65,71,123,139", "t_atoms": "8,48"}
"""Groups and sizes in which random search soon finds something."""


def search(**options: Any) -> Search:
    generator = installed_plugins().configured({"search": options}).create("generator", "search")
    assert isinstance(generator, Search)
    generator.load(None, "cpu")
    return generator


def key(structure: Any) -> str:
    return topology_of(Net.from_structure(structure)).key


@pytest.fixture(scope="module")
def easy() -> Search:
    return search(**EASY)


def test_it_keeps_the_promises_of_a_generator(easy: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zeo_search.generator.EXPLORED_ATTEMPTS", 50)
    monkeypatch.setattr("zeo_search.random_search.DESCENTS", 2000)
    assert check_generator(easy, zeo_generators()[0]) == ""


def test_samples_are_new_four_connected_frameworks(easy: Search) -> None:
    samples = list(easy.sample(range(6)))
    keys = {key(sample.structure) for sample in samples}
    assert len(keys) > 3
    for sample in samples:
        assert sample.structure is not None
        assert sample.structure.is_orthogonal
        assert 10.0 <= sample.structure.framework_density <= 21.0
        assert sample.source["residual"] < 0.02


def test_generations_count_the_mutations() -> None:
    (found,) = search(**EASY, generations=0).sample([1])
    (mutant,) = search(**EASY, generations=3).sample([1])
    assert (found.source["operation"], found.source["generation"]) == ("random search", 0)
    assert mutant.source["generation"] == 3
    assert key(mutant.structure) != key(found.structure)


def test_mutants_of_parents_know_their_parent() -> None:
    for sample in search(parents="GIS,LTA", generations=1).sample(range(4)):
        assert sample.source["parent"] in ("GIS", "LTA")
        assert key(sample.structure) != key(relaxed_structure(sample.source["parent"]))


def test_a_parent_may_be_a_file(tmp_path: Path) -> None:
    from zeo.crystal.cif import cif_text

    file = tmp_path / "mine.cif"
    file.write_text(cif_text(relaxed_structure("SOD"), "mine"))
    (sample,) = search(parents=str(file), generations=1).sample([0])
    assert sample.source["parent"] == str(file)


def test_hexagonal_parents_are_mutated_in_their_orthogonal_cell() -> None:
    (frameworks,) = open_parents(["GME"])
    parent = as_parent(frameworks[0], search().options)
    assert parent is not None
    assert len(parent.coords) == 2 * relaxed_structure("GME").count("Si")


def test_exploration_stays_within_the_limits() -> None:
    generator = search(three_rings=0.0, density="14,18", t_atoms="4,60")
    parents = open_frameworks("relaxed")
    few = FrameworkSet(("ABW", "GIS", "MER", "LOV", "FAU"), parents.read)  # LOV has three-rings, FAU is large
    explored = list(generator.explore(7, few))
    keys = [key(sample.structure) for sample in explored]
    assert len(set(keys)) == len(keys) > 5
    for sample in explored:
        assert sample.source["parent"] in few.names
        assert sample.source["three_ring_share"] == 0.0
        assert sample.structure is not None
        assert sample.structure.count("Si") <= 60
        assert 14.0 <= sample.structure.framework_density <= 18.0


def test_exploration_depends_on_seed_and_parents_alone() -> None:
    first, again, other = (list(search().explore(seed, few_frameworks())) for seed in (1, 1, 2))
    assert list(map(snapshot, first)) == list(map(snapshot, again))
    assert list(map(snapshot, first)) != list(map(snapshot, other))


def test_a_seed_that_finds_nothing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zeo_search.random_search.DESCENTS", 200)
    (sample,) = search(space_groups="16", unique_t="1,1", t_atoms="4,4", density="20.9,21").sample([0])
    assert sample.structure is None
    assert sample.rejection is not None
    assert sample.rejection.reason == "no framework found"
    (sample,) = search(parents="FAU", t_atoms="4,20").sample([0])
    assert sample.rejection is not None
    assert sample.rejection.reason == "no parent within the limits"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"density": "20,15"}, r"search\.density: 20 is above 15"),
        ({"parents": "CHAA"}, "'CHAA' is no four-connected framework type, file or folder; did you mean CHA"),
        ({"space_groups": "2"}, "space group 2"),
        ({"edges": "5"}, "2 values are needed"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        search(**options)


def test_there_are_no_weights_and_no_conditioner(easy: Search) -> None:
    with pytest.raises(ConfigError, match="no weights"):
        easy.load(Path("weights"), "cpu")
    with pytest.raises(ConfigError, match="leave out the conditioner"):
        easy.sample([0], np.zeros((1, 2)))
