import numpy as np
import pytest

from zeo.data.known.relaxed import relaxed_structure
from zeo_zeosym.crystal import crystal_of


@pytest.fixture(scope="session")
def crystals():
    """Of cubic, hexagonal, tetragonal, orthorhombic, monoclinic and triclinic types, centred ones too."""
    codes = ("SOD", "FAU", "CAN", "GIS", "ABW", "CHA", "MEL", "HEU", "AEN", "PTY")
    return [crystal_of(relaxed_structure(code)) for code in codes]


@pytest.fixture
def stream():
    return np.random.default_rng(0)
