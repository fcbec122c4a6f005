"""A few damaged files of every kind; ``benchmarks/faults_fuzz.py`` tries as many as are asked for."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from fuzzing import costly, subjects, tried

EACH = 6


@pytest.mark.slow
def test_no_damage_is_unexpected(tmp_path: Path) -> None:
    (tmp_path / "sound").mkdir()
    found = []
    for subject in subjects(tmp_path / "sound"):
        rng = random.Random(f"{subject.name} 1")
        for _ in range(EACH):
            found += tried(subject, rng, tmp_path / "damaged")
    for subject in costly(tmp_path / "sound"):
        found += tried(subject, random.Random(f"{subject.name} 1"), tmp_path / "damaged")
    assert not found
