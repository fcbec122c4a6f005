"""What can be differentiated is what the probe measures."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import zeo_probes.adsorption  # noqa: E402
from zeo.data.known.relaxed import relaxed_structure  # noqa: E402
from zeo.plugin.registry import installed_plugins  # noqa: E402
from zeo_learning.adsorption import heat, log_henry, sharpened, void_fraction  # noqa: E402

T = 298.0
CODES = ("LTA", "MFI", "SOD", "RWY", "ABW")


@pytest.fixture(scope="module")
def energies():
    probe = installed_plugins().create("probe", "methane")
    return torch.from_numpy(
        np.stack([probe.channel("energy:methane", relaxed_structure(code), (16,) * 3) for code in CODES])
    )


def measured(energies):
    """By the probe, on a grid with these energies."""
    from zeo.grids.grid import Grid

    probe = installed_plugins().create("probe", "methane")
    grids = [Grid(energy[None], ("energy:methane",), 10 * np.eye(3)) for energy in energies.numpy()]
    return [{name: q.value for name, q in probe.properties(grid).items()} for grid in grids]


def test_values_are_those_of_the_probe(energies):
    expected = measured(energies)
    henry, qst = log_henry(energies, T).exp().numpy(), heat(energies, T).numpy()
    void = void_fraction(energies, T, 200.0).numpy()
    for k in range(len(CODES)):
        assert henry[k] == pytest.approx(expected[k]["kh"], rel=1e-5)
        assert qst[k] == pytest.approx(expected[k]["qst"], rel=1e-5)
        assert void[k] == pytest.approx(expected[k]["void_fraction"], rel=1e-5)


def test_values_stay_finite_where_the_exponential_does_not():
    energies = torch.full((1, 4, 4, 4), -4000.0)
    energies[0, 0] = 5000.0
    cold = 10.0
    assert float(log_henry(energies, cold)) == pytest.approx(400.0 + np.log(0.75))
    assert float(heat(energies, cold)) == pytest.approx(8.314462618e-3 * 4010.0)


@pytest.mark.parametrize("function", [log_henry, heat])
def test_gradients_are_those_of_finite_differences(energies, function):
    energy = energies[:1].double().clamp(-4000.0, 5000.0)[:, :4, :4, :4].contiguous().requires_grad_()
    assert torch.autograd.gradcheck(lambda e: function(e, T), energy, eps=1e-2, atol=1e-8, rtol=1e-4)


def test_void_fraction_has_the_gradient_of_a_soft_threshold(energies):
    energy = energies[:1].double().requires_grad_()
    width = 150.0
    (gradient,) = torch.autograd.grad(void_fraction(energy, T, width).sum(), energy)
    soft = torch.sigmoid((15 * T - energy.detach()) / width)
    torch.testing.assert_close(gradient, -soft * (1 - soft) / width / energy.numel())
    step = 1.0
    moved = [torch.sigmoid((15 * T - energy.detach() + way) / width).mean() for way in (step, -step)]
    assert float(gradient.sum()) == pytest.approx(float(moved[1] - moved[0]) / (2 * step), rel=1e-4)


def test_energies_that_a_grid_holds_twice_are_combined_as_in_the_probe(energies):
    noisy = energies + 500.0 * torch.randn(energies.shape, generator=torch.Generator().manual_seed(0))
    boltzmann = (-energies / T).exp()
    expected = zeo_probes.adsorption.sharpened(noisy.numpy(), boltzmann.numpy(), T)
    np.testing.assert_allclose(sharpened(noisy, boltzmann, T).numpy(), expected, rtol=1e-5, atol=1e-3)
