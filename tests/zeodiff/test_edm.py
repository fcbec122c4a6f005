import pytest

torch = pytest.importorskip("torch")

from zeo_zeodiff import edm  # noqa: E402


def column(sigma):
    return sigma[:, None, None, None, None]


def test_levels_fall_from_largest_to_zero():
    levels = edm.sampling_levels(10)
    assert levels[0] == pytest.approx(edm.SIGMA_MAX)
    assert levels[-2] == pytest.approx(edm.SIGMA_MIN)
    assert levels[-1] == 0.0
    assert sorted(levels, reverse=True) == levels


def test_perfect_network_gives_perfect_estimate():
    """Solving the preconditioning for the raw output and putting it in gives back the clean grid."""
    clean = torch.randn(3, 1, 2, 2, 2)
    sigma = torch.tensor([0.1, 1.0, 10.0])
    noisy = clean + column(sigma) * torch.randn_like(clean)
    total = (column(sigma) ** 2 + edm.SIGMA_DATA**2).sqrt()
    raw = (clean - edm.SIGMA_DATA**2 / total**2 * noisy) * total / (column(sigma) * edm.SIGMA_DATA)
    estimate = edm.precondition(lambda x, level: raw)(noisy, sigma)
    torch.testing.assert_close(estimate, clean, atol=1e-5, rtol=1e-4)
    assert edm.weighted_error(clean, estimate, sigma).max() < 1e-6


def test_untrained_network_has_an_error_of_one_at_every_level():
    stream = torch.Generator().manual_seed(1)
    clean = edm.SIGMA_DATA * torch.randn(3, 1, 16, 16, 16, generator=stream)
    sigma = torch.tensor([0.05, 1.0, 20.0])
    noisy = clean + column(sigma) * torch.randn(clean.shape, generator=stream)
    estimate = edm.precondition(lambda x, level: torch.zeros_like(x))(noisy, sigma)
    torch.testing.assert_close(
        edm.weighted_error(clean, estimate, sigma), torch.ones(3, 1), atol=0.08, rtol=0
    )
