import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from zeo.crystal.cells import translated  # noqa: E402
from zeo.crystal.orthogonal import smallest_orthogonal_cell  # noqa: E402
from zeo.data.known.relaxed import relaxed_structure  # noqa: E402
from zeo.plugin.registry import installed_plugins  # noqa: E402
from zeo_learning.orbits import grid_symmetry  # noqa: E402
from zeo_learning.symmetric import symmetric_noise, symmetrised  # noqa: E402
from zeo_learning.views import half_step_labels, turned  # noqa: E402

N = 16


@pytest.fixture(scope="module")
def voxel():
    return (
        installed_plugins()
        .configured({"voxel": {"n": N, "channels": ("si", "o")}})
        .create("representation", "voxel")
    )


# the orders are those of Pm-3m, Pnma, Cmcm as part of P6_122 in orthogonal axes, I4_1/amd and Fd-3m
@pytest.mark.parametrize(("code", "order"), [("SOD", 96), ("MFI", 8), ("GIS", 32)])
def test_operations_leave_the_grid_of_the_framework_alone(voxel, code, order):
    structure = smallest_orthogonal_cell(relaxed_structure(code))
    origin, symmetry = grid_symmetry(structure, N)
    assert len(symmetry) == order
    for shift, labels in (
        (0.0, symmetry.labels(N)),
        (1 / (2 * N), half_step_labels(symmetry, N)),
    ):
        grid = torch.from_numpy(voxel.encode(translated(structure, shift - origin)).values)[None]
        mean = symmetrised(grid, torch.from_numpy(labels)[None])
        torch.testing.assert_close(mean, grid, atol=1e-4, rtol=0)


def test_symmetry_takes_the_origin_into_account(voxel):
    """At an arbitrary origin the orbits are not those of the grid: the test above can fail."""
    structure = smallest_orthogonal_cell(relaxed_structure("MFI"))
    origin, symmetry = grid_symmetry(structure, N)
    grid = torch.from_numpy(voxel.encode(translated(structure, 0.1 - origin)).values)[None]
    mean = symmetrised(grid, torch.from_numpy(symmetry.labels(N))[None])
    assert (mean - grid).abs().max() > 0.1


@given(shift=st.tuples(*[st.floats(0.0, 1.0)] * 3))
@settings(max_examples=10, deadline=None)
@pytest.mark.parametrize(("code", "order"), [("SOD", 96), ("LTA", 48), ("MFI", 8), ("ABW", 16)])
def test_all_operations_are_found_wherever_the_origin_is(code, order, shift):
    _, symmetry = grid_symmetry(translated(relaxed_structure(code), shift), N)
    assert len(symmetry) == order


def test_turning_a_grid_keeps_its_orbits(voxel):
    structure = smallest_orthogonal_cell(relaxed_structure("MFI"))
    origin, symmetry = grid_symmetry(structure, N)
    values = voxel.encode(translated(structure, -origin)).values
    how = (np.array([2, 0, 1]), np.array([1]), np.array([3, 0, 7]))
    labels = turned(symmetry.labels(N)[None], *how)[0]
    grid = torch.from_numpy(turned(values, *how))[None]
    torch.testing.assert_close(symmetrised(grid, torch.from_numpy(labels)[None]), grid, atol=1e-4, rtol=0)


def test_symmetric_noise_has_unit_variance_and_the_symmetry():
    structure = smallest_orthogonal_cell(relaxed_structure("MFI"))
    _, symmetry = grid_symmetry(structure, N)
    labels = torch.from_numpy(symmetry.labels(N))[None]
    noise = symmetric_noise(torch.randn(1, 8, N, N, N, generator=torch.Generator().manual_seed(0)), labels)
    torch.testing.assert_close(symmetrised(noise, labels), noise, atol=1e-5, rtol=0)
    assert float(noise.std()) == pytest.approx(1.0, abs=0.03)
