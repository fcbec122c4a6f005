import numpy as np
import pytest
from zeo_largest_sphere import zeo_probes
from zeo_largest_sphere.probe import LargestSphere

from zeo.testing import check_probe, sodalite


def test_keeps_the_promises_of_a_probe():
    check_probe(LargestSphere(), zeo_probes()[0])


def test_the_largest_sphere_of_sodalite_sits_in_the_centre_of_its_cage():
    framework = sodalite()
    from_centre = (framework.coords_of("O") + 0.5) % 1.0 - 0.5  # the centre is the origin of the cell
    nearest = np.linalg.norm(from_centre @ framework.lattice, axis=1).min()
    assert LargestSphere().properties(framework)["diameter"].value == pytest.approx(2 * (nearest - 1.35))
