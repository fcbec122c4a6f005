import numpy as np
import pytest

from zeo.crystal.neighbours import pairs_within
from zeo.data.known.iza import iza_structure
from zeo.errors import ConfigError
from zeo_search import random_search
from zeo_search.choices import draw_choice, measured_yields
from zeo_search.finishing import Finished, Limits, finish
from zeo_search.options import SearchOptions
from zeo_search.random_search import search
from zeo_search.t_net import TNet


@pytest.fixture(autouse=True)
def short_effort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random_search, "DESCENTS", 2000)


def drafts_of(seed: int, **options):
    return list(search(np.random.default_rng(seed), SearchOptions(**options)))


def test_every_t_atom_has_four_neighbours_and_no_fifth() -> None:
    drafts = drafts_of(0)
    assert len(drafts) > 20
    for draft in drafts:
        i, _, _, distances = pairs_within(np.diag(draft.lengths), draft.coords, draft.coords, 3.6)
        bonded = distances > 1e-3
        assert (np.bincount(i[bonded], minlength=len(draft)) == 4).all()
        assert distances[bonded].min() > 2.7
        assert distances[bonded].max() < 3.45


def test_the_same_stream_gives_the_same_drafts() -> None:
    first, second, other = drafts_of(1), drafts_of(1), drafts_of(2)
    assert len(first) == len(second)
    for one, two in zip(first, second, strict=True):
        assert np.array_equal(one.coords, two.coords)
        assert np.array_equal(one.lengths, two.lengths)
    assert [len(draft) for draft in first] != [len(draft) for draft in other]


def test_options_bound_what_is_drawn() -> None:
    drafts = drafts_of(3, space_groups=(65, 139), t_atoms=(20, 40))
    assert drafts
    assert {draft.space_group for draft in drafts} <= {65, 139}
    assert all(20 <= len(draft) <= 40 for draft in drafts)
    assert {draft.operation for draft in drafts} == {"random search"}


def test_sodalite_is_found_among_the_frameworks_of_its_group() -> None:
    sodalite = iza_structure("SOD")
    wanted = TNet.from_distances(sodalite.lengths, sodalite.coords_of("Si") % 1.0)
    drafts = drafts_of(0, space_groups=(229,), unique_t=(1, 1))
    results = [finish(draft, Limits()) for draft in drafts]
    assert wanted.quick_key in {one.quick_key for one in results if isinstance(one, Finished)}


def test_options_that_leave_nothing_are_refused() -> None:
    with pytest.raises(ConfigError, match="widen"):
        drafts_of(0, space_groups=(227,), unique_t=(4, 4), t_atoms=(4, 6))
    with pytest.raises(ConfigError, match="space group 2 "):
        drafts_of(0, space_groups=(2,))


def test_productive_groups_are_drawn_more_often() -> None:
    stream = np.random.default_rng(0)
    drawn = [draw_choice(stream, SearchOptions()).space_group for _ in range(2000)]
    assert drawn.count(65) > 3 * drawn.count(230)
    assert set(measured_yields()) == set(range(16, 231))
