"""CIFs in a space group; those in P1 are tested with the reader, in test_io.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from zeo.crystal.cif import symmetric_cif_text
from zeo.crystal.io import read_structure
from zeo.crystal.net import Net
from zeo.crystal.symmetry import crystal_of
from zeo.data.known.relaxed import relaxed_structure
from zeo_cleanup.key import topology_of


@pytest.mark.parametrize("code", ["LTA", "CHA", "MTW", "VET", "SFE"])
def test_a_cif_in_the_space_group_holds_the_whole_framework(tmp_path: Path, code: str) -> None:
    structure = relaxed_structure(code)
    crystal = crystal_of(structure)
    assert crystal is not None
    (tmp_path / "a.cif").write_text(symmetric_cif_text(crystal, code))
    read = read_structure(tmp_path / "a.cif")
    assert len(read) == sum(crystal.multiplicities)
    assert read.framework_density == pytest.approx(structure.framework_density)
    assert topology_of(Net.from_structure(read)).key == topology_of(Net.from_structure(structure)).key
    written = (tmp_path / "a.cif").read_text()
    assert written.count("\nSi") == crystal.unique_t
    assert f"_space_group_IT_number             {crystal.number}\n" in written
