import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

torch = pytest.importorskip("torch")

from zeo.errors import ConfigError  # noqa: E402
from zeo_zeogan.scaling import Scaling  # noqa: E402

CHANNELS = ("energy:methane", "si", "o")


@given(arrays(np.float32, (3, 2, 2, 2), elements=st.floats(-1e4, 1e6, width=32)))
def test_grids_come_back_with_their_energies_clipped(values):
    scaling = Scaling.of(CHANNELS)
    scaled = scaling.to_network(values)
    assert scaled[0].min() >= 0
    assert scaled[0].max() <= 1
    back = scaling.to_physical(scaled)
    np.testing.assert_allclose(back[0], np.clip(values[0], -4000, 5000), atol=1e-2)
    np.testing.assert_array_equal(back[1:], values[1:])
    for name in CHANNELS:
        channel = scaling.physical_channel(torch.from_numpy(scaled)[None], name)[0]
        np.testing.assert_allclose(channel, back[CHANNELS.index(name)], atol=1e-2)


def test_what_attracts_is_one():
    values = np.array([-5000.0, -4000.0, 5000.0, 1e9], dtype=np.float32).reshape(1, 4, 1, 1)
    scaled = Scaling(channels=("energy:methane",)).to_network(values)
    assert scaled.ravel().tolist() == [1.0, 1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("channels", "message"),
    [(("energy:methane", "si"), "without o no atoms"), ((*CHANNELS, "boltzmann:methane"), "not boltzmann")],
)
def test_channels_that_cannot_be_drawn_are_refused(channels, message):
    with pytest.raises(ConfigError, match=message):
        Scaling.of(channels)
