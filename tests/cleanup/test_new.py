"""The filter that passes what has no name."""

from __future__ import annotations

import pytest

import zeo
from zeo.testing import check_postprocessor
from zeo_cleanup import zeo_postprocessors
from zeo_cleanup.new import New

SPEC = next(spec for spec in zeo_postprocessors() if spec.name == "new")


def test_it_keeps_the_promises_of_a_filter() -> None:
    assert check_postprocessor(New(), SPEC) == ""


def test_known_nets_are_rejected_by_their_names(tmp_path) -> None:
    run = zeo.run("dataset", n=2, filters="new", relax=None, seed=3, out=tmp_path / "run")
    assert len(run.table()) == 0
    for record in run.records():
        assert record.lost_at.stage == "filter"
        assert record.history[-1].detail == record.identity.name


def test_new_nets_pass(tmp_path) -> None:
    run = zeo.run("search", n=4, filters="new", relax=None, out=tmp_path / "run")
    lost = {record.lost_at.stage if record.lost_at else None for record in run.records()}
    assert None in lost
    assert all(record.identity.name is None for record in run.records() if record.survived)


def test_without_names_it_is_refused_before_a_sample_is_drawn(tmp_path) -> None:
    with pytest.raises(zeo.ConfigError, match="identifies none"):
        zeo.run("dataset", n=1, filters="new", identify=None, relax=None, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
