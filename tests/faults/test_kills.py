"""A few kills of the drill in ``benchmarks/faults.py``."""

import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def _drills(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "drills"]:
        del sys.modules[name]


@pytest.mark.parametrize("name", ["zeodiff", "zeogan", "zeosym"])
@pytest.mark.usefixtures("_drills")
def test_a_training_that_is_killed_goes_on_to_the_same_bytes(name, tmp_path):
    pytest.importorskip("lightning")
    from drills.training import drill

    assert list(drill(name, tmp_path, 2)) == ["same"] * 2


@pytest.mark.parametrize("name", ["run", "build"])
@pytest.mark.usefixtures("_drills")
def test_work_that_is_killed_goes_on_to_the_same_bytes(name, tmp_path):
    from drills.writing import drill

    assert list(drill(name, tmp_path, 4)) == ["same"] * 4
