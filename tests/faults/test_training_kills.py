"""A few kills of the drill in ``benchmarks/faults_training.py``."""

import importlib.util
from pathlib import Path

import pytest

pytest.importorskip("lightning")

DRILL = Path(__file__).parents[2] / "benchmarks" / "faults_training.py"


@pytest.fixture(scope="module")
def drill():
    spec = importlib.util.spec_from_file_location("faults_training", DRILL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.drill


@pytest.mark.parametrize("name", ["zeodiff", "zeogan", "zeosym"])
def test_a_training_that_is_killed_goes_on_to_the_same_bytes(drill, name, tmp_path):
    assert list(drill(name, tmp_path, 2)) == ["same"] * 2
