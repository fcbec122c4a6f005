"""Two processes that want one folder: one gets all of it. Those that take the next number get one each."""

from pathlib import Path

import pytest
from drills.races import RIGHT, race


@pytest.mark.slow
def test_a_folder_is_one_process_s_own(tmp_path: Path) -> None:
    outcomes = race(tmp_path, 6, ("run", "numbered run", "convert"))
    assert set(outcomes) <= set(RIGHT)
    assert outcomes["each its own"] == 2
