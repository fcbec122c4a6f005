"""Templates near a target are drawn more often."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from zeo_learning.orbits import GridSymmetry  # noqa: E402
from zeo_learning.templates import AT_LEAST, EDGE_JITTER, Template, Templates  # noqa: E402

NOTHING = GridSymmetry(np.eye(3, dtype=np.int8)[None], np.zeros((1, 3), dtype=np.int16))


def templates(void=None, kh=None, kh_called="methane.kh"):
    known = {"methane.void_fraction": void, kh_called: kh}
    columns = {name: values for name, values in known.items() if values is not None}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return Templates.of([Template(np.full(3, 10.0), 12, NOTHING, row) for row in rows])


SPREAD = templates(void=np.linspace(0.0, 0.5, 1000).tolist())


@settings(deadline=None)
@given(st.floats(0.0, 0.5))
def test_mean_of_what_is_drawn_is_near_the_target(value):
    chances = SPREAD.chances({"methane.void_fraction": value})
    assert chances.sum() == pytest.approx(1.0)
    assert chances.min() >= 0.0
    assert float(chances @ SPREAD.properties["methane.void_fraction"]) == pytest.approx(value, abs=0.03)
    assert 1.0 / np.square(chances).sum() >= AT_LEAST  # no single framework takes it all


def test_rare_values_get_the_nearest_templates():
    void = np.concatenate([np.linspace(0.0, 0.1, 988), np.linspace(0.3, 0.4, 12)])
    chances = templates(void=void.tolist()).chances({"methane.void_fraction": 0.4})
    assert chances[-12:].sum() > 0.8


def test_templates_that_are_likely_to_hit_come_before_those_as_near():
    """Heats in narrow pores change most from a template to what is drawn from it."""
    void, qst = [0.0, 0.2] * 500, [15.0, 15.0, 17.0, 17.0] * 250
    chances = Templates.of(
        [
            Template(np.full(3, 10.0), 12, NOTHING, {"methane.void_fraction": v, "methane.qst": q})
            for v, q in zip(void, qst, strict=True)
        ]
    ).chances({"methane.qst": 15.0})
    narrow, wide, narrow_away, wide_away = chances.reshape(250, 4).sum(axis=0)
    assert wide > 10 * narrow
    assert wide > wide_away
    assert narrow > narrow_away


def test_several_targets_count_together():
    both = templates(void=[0.1, 0.1, 0.3, 0.3] * 50, kh=[10.0, 100.0, 10.0, 100.0] * 50)
    chances = both.chances({"methane.void_fraction": 0.3, "methane.kh": 100.0}).reshape(50, 4).sum(axis=0)
    assert np.argmax(chances) == 3
    assert chances[3] > 0.9


def turned_about(*axes):
    """The symmetry of a cell whose axes come in turn: none is another's, or two, or all three."""
    turns = [np.roll(np.eye(3)[list(axes)], k, axis=0) for k in range(len(axes))]
    rotations = np.stack([np.eye(3)] * len(axes))
    rotations[:, list(axes)] = np.stack(turns)
    return GridSymmetry(rotations.astype(np.int8), np.zeros((len(axes), 3), dtype=np.int16))


@pytest.mark.parametrize("alike", [(0,), (0, 1), (1, 2), (0, 2), (0, 1, 2)])
def test_cells_are_as_large_as_those_they_come_from_on_the_average(alike):
    """However many edges are one: tetragonal and cubic cells too."""
    template = Template(np.full(3, 10.0), 12, turned_about(*alike))
    streams = map(np.random.default_rng, range(2000))
    changes = np.log([template.jittered(stream).lengths / 10.0 for stream in streams])
    assert np.ptp(changes[:, list(alike)], axis=1).max() == 0.0
    assert np.abs(changes.mean(axis=0)).max() < 4 * EDGE_JITTER / 2000**0.5
    np.testing.assert_allclose(changes.std(axis=0), EDGE_JITTER, rtol=0.1)
    different = [k for k in range(3) if k not in alike]
    assert all((changes[:, k] != changes[:, alike[0]]).all() for k in different)


@pytest.mark.parametrize("name", ["methane.kh[T=350 K]", "methane.kh[T=298.15 K]"])
def test_conditions_change_no_scale(name):
    void, kh = [0.01, 0.1, 0.2, 0.3] * 50, [0.0, 10.0, 100.0, 1000.0] * 50
    plain, other = (templates(void, kh, called).chances({called: 50.0}) for called in ("methane.kh", name))
    assert plain.tolist() == other.tolist()


def test_unknown_properties_do_not_count():
    some = templates(void=[0.1, None, 0.2])
    assert some.chances({"methane.void_fraction": 0.2})[1] == 0.0
    assert some.chances({"methane.qst": 20.0}) is None
    assert some.chances({}) is None
    assert templates(void=[None, None]).chances({"methane.void_fraction": 0.2}) is None


def test_equal_properties_are_equally_likely():
    np.testing.assert_allclose(templates(void=[0.1] * 4).chances({"methane.void_fraction": 0.3}), 0.25)


def test_spans_are_those_of_the_training_set():
    span = SPREAD.spans()["methane.void_fraction"]
    assert (span.least, span.most) == (0.0, 0.5)
    assert 0.0 < span.low < 0.01
    assert 0.49 < span.high < 0.5
    assert templates(kh=[1e-40, 50.0]).spans()["methane.kh"].least == 0.01
    assert templates(kh=[None, None]).spans() == {}


def test_properties_survive_a_checkpoint():
    some = templates(void=[0.1, None, 0.2])
    read = Templates.from_tensors(some.tensors())
    values = [each.properties["methane.void_fraction"] for each in (read, some)]
    np.testing.assert_allclose(*values, rtol=2.0**-8)  # as the weights, in bfloat16
    assert read[1].properties == {"methane.void_fraction": None}
    assert read[2].properties["methane.void_fraction"] == pytest.approx(0.2, rel=0.004)
