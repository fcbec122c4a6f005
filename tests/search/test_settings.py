import numpy as np
import pytest

from zeo.errors import ConfigError
from zeo_search.settings import FIRST_GROUP, LAST_GROUP, CellClass, setting


@pytest.mark.parametrize("number", [16, 43, 70, 98, 122, 142, 155, 166, 178, 194, 206, 220, 230])
def test_operations_form_a_group_modulo_the_lattice(number: int) -> None:
    group = setting(number)
    known = {_code(r, t) for r, t in zip(group.rotations, group.translations, strict=True)}
    assert len(known) == len(group.rotations)
    for r, t in zip(group.rotations[:6], group.translations[:6], strict=True):
        for s, u in zip(group.rotations, group.translations, strict=True):
            assert _code(r @ s, r @ u + t) in known


@pytest.mark.parametrize("number", range(FIRST_GROUP, LAST_GROUP + 1, 7))
def test_operations_keep_lengths_in_the_orthogonal_cell(number: int) -> None:
    group = setting(number)
    proportions = group.cell_class.proportions
    cartesian = group.rotations * proportions[:, None] / proportions[None, :]
    assert np.allclose(cartesian @ cartesian.transpose(0, 2, 1), np.eye(3))


def test_hexagonal_groups_double() -> None:
    # P6/mmm has 24 operations; the orthohexagonal cell is C-centred
    assert len(setting(191).rotations) == 48
    assert setting(191).cell_class is CellClass.ORTHOHEXAGONAL
    assert len(setting(47).rotations) == 8


@pytest.mark.parametrize("number", [0, 15, 231])
def test_other_groups_are_refused(number: int) -> None:
    with pytest.raises(ConfigError, match=f"space group {number} "):
        setting(number)


def _code(rotation: np.ndarray, translation: np.ndarray) -> tuple[float, ...]:
    return (*np.round(rotation, 4).ravel() + 0.0, *np.round(np.round(translation, 4) % 1.0, 4))
