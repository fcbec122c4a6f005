"""Sources of frameworks."""

import importlib.util
import logging

import numpy as np
import pytest

from zeo.crystal.cells import permuted, translated
from zeo.crystal.cif import cif_text
from zeo.crystal.neighbours import close_pairs
from zeo.data.known.frameworks import is_silica, open_frameworks
from zeo.data.known.iza import iza_structure
from zeo.errors import InputError, ZeoError

INTERRUPTED = set(
    "CHI CLO EWT IFT IFU IRY ITN ITV LIT PAR RON SSO SVR SVY SYT WEN".split()  # noqa: SIM905
)


def test_the_iza_types_and_those_that_can_be_drawn():
    frameworks = open_frameworks("iza")
    assert len(frameworks) == 253
    assert list(frameworks.names) == sorted(frameworks.names)
    silica = frameworks.where(is_silica)
    assert set(frameworks.names) - set(silica.names) == INTERRUPTED
    assert len(silica.where(lambda s: s.is_orthogonal)) == 140


def test_one_framework_by_index_and_by_code():
    frameworks = open_frameworks("iza")
    item = frameworks[frameworks.names.index("LTA")]
    assert item.name == "LTA"
    np.testing.assert_allclose(item.structure.lengths, 11.919)
    assert (item.structure.count("Si"), item.structure.count("O")) == (24, 48)
    with pytest.raises(InputError, match="no IZA framework type 'XYZ'"):
        iza_structure("XYZ")


def test_without_the_package_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ZeoError, match="pip install --no-deps zeose"):
        open_frameworks("iza")


def test_a_folder_is_a_source_and_a_bad_file_in_it_is_left_out(tmp_path, caplog):
    (tmp_path / "good.cif").write_text(cif_text(iza_structure("ABW"), "ABW"))
    (tmp_path / "bad.cif").write_text("")
    frameworks = open_frameworks(str(tmp_path))
    assert len(frameworks) == 2
    with caplog.at_level(logging.WARNING, "zeo"):
        assert frameworks.where(is_silica).names == (str(tmp_path / "good.cif"),)
    assert "bad.cif: the file is empty" in caplog.text


def test_an_empty_folder_is_no_source(tmp_path):
    with pytest.raises(InputError, match="no structure file"):
        open_frameworks(str(tmp_path))


def test_moving_and_turning_change_no_distance():
    structure = iza_structure("ABW")
    changed = permuted(translated(structure, [0.3, 0.7, 0.11]), [2, 0, 1])
    _, before = close_pairs(structure.lattice, structure.frac_coords, 4.0)
    _, after = close_pairs(changed.lattice, changed.frac_coords, 4.0)
    np.testing.assert_allclose(np.sort(after), np.sort(before), atol=1e-9)
