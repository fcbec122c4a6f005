"""In cells that have collapsed or are badly skewed, a search over periodic images ends, in little memory."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo.crystal.lattice import shortening
from zeo.crystal.neighbours import pairs_within
from zeo.crystal.structure import cell_vectors
from zeo.errors import InputError

SEARCHES = """
import resource
import sys

import numpy as np

from zeo.crystal.net import Net
from zeo.crystal.neighbours import close_pairs
from zeo.crystal.orthogonal import smallest_orthogonal_cell
from zeo.crystal.structure import Structure
from zeo.errors import ZeoError
from zeo.grids.gaussians import gaussian_density
from zeo_probes.electrostatics import framework_potential
from zeo_probes.lattice_sum import images_near_cell
from zeo_probes.pore_network import pore_network
from zeo_zeosym.pairs import near_pairs

resource.setrlimit(resource.RLIMIT_AS, (6_000_000_000, -1))
stream = np.random.default_rng(int(sys.argv[1]))
SHAPE = (16, 16, 16)
ended = {"found": 0, "refused": 0}
for _ in range(40):
    turn = np.linalg.qr(stream.normal(size=(3, 3)))[0]
    lattice = 10 ** stream.uniform(-6, 5, 3)[:, None] * turn
    lattice[2] += lattice[:2].T @ 10 ** stream.uniform(-3, 9, 2)
    si, o = stream.random((24, 3)), stream.random((48, 3))
    coords, charges = np.concatenate([si, o]), np.repeat([2.0, -1.0], [24, 48])
    searches = (
        lambda: close_pairs(lattice, coords, 2.5),
        lambda: near_pairs(lattice, si, o, 3.5),
        lambda: gaussian_density(lattice, coords, SHAPE),
        lambda: gaussian_density(np.diag(np.linalg.norm(lattice, axis=1)), coords, SHAPE),
        lambda: framework_potential(lattice, coords, charges),
        lambda: images_near_cell(coords, lattice, 12.0),
        lambda: pore_network(lattice, coords),
        lambda: smallest_orthogonal_cell(Structure.from_si_o(lattice, si, o)),
        lambda: Net.from_structure(Structure.from_si_o(lattice, si, o)),
    )
    for search in searches:
        try:
            search()
            ended["found"] += 1
        except ZeoError as error:
            assert "\\n" not in str(error)
            ended["refused"] += 1
assert min(ended.values()) > 10, ended
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited by setrlimit")
def test_every_search_is_bounded():
    done = subprocess.run([sys.executable, "-c", SEARCHES, "0"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@given(st.floats(-12, 8), st.floats(0.0, 12))
@settings(deadline=None, max_examples=50)
def test_pairs_are_found_or_refused_with_one_line(height, skew):
    lattice = np.diag([5.0, 5.0, 10.0**height])
    lattice[2, 0] = 10.0**skew
    try:
        i, _, _, distances = pairs_within(lattice, np.zeros((1, 3)), np.zeros((1, 3)), 3.0)
    except InputError as error:
        assert "collapsed or is badly skewed" in str(error)  # noqa: PT017 (a cell may be fine)
        assert height < 0 or skew > 1
    else:
        assert (i == 0).all()
        assert (distances < 3.0).all()


@pytest.mark.parametrize("lattice", [np.zeros((3, 3)), np.full((3, 3), np.nan), np.diag([1.0, 1.0, 0.0])])
def test_what_spans_no_cell_is_refused(lattice):
    for search in (
        lambda: shortening(lattice @ lattice.T),
        lambda: pairs_within(lattice, [[0] * 3], [[0] * 3], 1),
    ):
        with pytest.raises(InputError, match="collapsed"):
            search()


def test_points_in_one_place_are_refused_before_their_pairs_are_listed():
    with pytest.raises(InputError, match="periodic images near each other"):
        pairs_within(cell_vectors((9, 9, 9)), np.zeros((4000, 3)), np.zeros((4000, 3)), 1.0)
