"""The reference's diffusion against the equations of its paper."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from zeo.errors import ConfigError  # noqa: E402
from zeo_zeodiff import ddpm  # noqa: E402
from zeo_zeodiff.edm import column  # noqa: E402
from zeo_zeodiff.samplers import SAMPLERS  # noqa: E402

TIMES = st.integers(0, ddpm.STEPS - 1)


def noisy(times, seed=0):
    stream = torch.Generator().manual_seed(seed)
    clean, noise = torch.randn(2, len(times), 2, 4, 4, 4, generator=stream, dtype=torch.float64)
    sigma = torch.tensor(ddpm.SIGMAS[times])
    return clean, noise, sigma


def test_schedule_is_linear_and_ends_in_noise():
    assert (ddpm.BETAS[0], ddpm.BETAS[-1], len(ddpm.BETAS)) == (1e-4, 0.02, 1500)
    np.testing.assert_allclose(np.diff(ddpm.BETAS), np.diff(ddpm.BETAS)[0])
    assert ddpm.ABAR[-1] < 1e-6
    assert ddpm.SIGMAS[750] == pytest.approx(6.7, abs=0.05)


@settings(deadline=None, max_examples=30)
@given(st.lists(TIMES, min_size=1, max_size=8))
def test_time_of_a_level_is_the_time_it_belongs_to(times):
    found = ddpm.times_of(torch.tensor(ddpm.SIGMAS[times], dtype=torch.float32))
    np.testing.assert_allclose(found.numpy(), times, atol=0.01)


@settings(deadline=None, max_examples=30)
@given(st.floats(-8.0, 9.0), st.floats(-8.0, 9.0))
def test_time_rises_with_the_level_and_stays_within_the_schedule(one, other):
    low, high = ddpm.times_of(torch.tensor([min(one, other), max(one, other)]).exp()).tolist()
    assert 0 <= low <= high <= ddpm.STEPS - 1


@settings(deadline=None, max_examples=30)
@given(st.lists(TIMES, min_size=1, max_size=4))
def test_network_that_knows_the_noise_gives_the_clean_grid(times):
    """It sees sqrt(abar_t) clean + sqrt(1 - abar_t) noise and t."""
    clean, noise, sigma = noisy(times)
    abar = column(torch.tensor(ddpm.ABAR[times]))

    def predict(x, time):
        torch.testing.assert_close(x, abar.sqrt() * clean + (1 - abar).sqrt() * noise, atol=1e-9, rtol=1e-6)
        np.testing.assert_allclose(time.numpy(), times, atol=0.01)
        return noise

    estimate = ddpm.predicting_noise(predict)(clean + column(sigma) * noise, sigma)
    torch.testing.assert_close(estimate.float(), clean.float(), atol=2e-3, rtol=1e-4)


def test_levels_in_training_are_those_of_all_times_alike():
    drawn = ddpm.training_levels((torch.arange(ddpm.STEPS) + 0.5) / ddpm.STEPS)
    np.testing.assert_allclose(drawn.numpy(), ddpm.SIGMAS, rtol=1e-6)


def test_levels_in_sampling_fall_from_the_last_time_to_the_first_then_to_zero():
    assert ddpm.sampling_levels(ddpm.STEPS) == [*ddpm.SIGMAS[::-1], 0.0]
    few = ddpm.sampling_levels(25)
    assert len(few) == 26
    assert few == sorted(few, reverse=True)
    assert (few[0], few[-2]) == (ddpm.SIGMAS[-1], ddpm.SIGMAS[0])
    with pytest.raises(ConfigError, match="1500 noise levels"):
        ddpm.sampling_levels(1501)


@pytest.mark.parametrize("t", [1, 2, 300, 1499])
def test_ancestral_step_has_the_mean_and_the_variance_of_the_paper(t):
    """Eqs. 3 and 4 and Ho et al.'s Eq. 7, in x_t; the sampler works on x_t / sqrt(abar_t)."""
    abar, before, beta = ddpm.ABAR[t], ddpm.ABAR[t - 1], ddpm.BETAS[t]
    clean, noise, sigma = noisy([t])
    x = clean + column(sigma) * noise
    fresh = torch.randn_like(clean)
    levels = [float(ddpm.SIGMAS[t]), float(ddpm.SIGMAS[t - 1])]
    ours = SAMPLERS["ddpm"](lambda _x, _sigma: clean, x.clone(), levels, lambda: fresh)
    x_t = np.sqrt(abar) * x
    mean = np.sqrt(before) * beta / (1 - abar) * clean + np.sqrt(1 - beta) * (1 - before) / (1 - abar) * x_t
    theirs = mean + np.sqrt(ddpm.posterior_variances()[t]) * fresh
    torch.testing.assert_close(np.sqrt(before) * ours, theirs, rtol=1e-9, atol=1e-12)


def test_last_step_adds_no_noise():
    assert ddpm.posterior_variances()[0] == 0.0
    clean, noise, sigma = noisy([0])

    def fresh():
        raise AssertionError("no noise at t = 0")

    levels = [float(ddpm.SIGMAS[0]), 0.0]
    drawn = SAMPLERS["ddpm"](lambda _x, _sigma: clean, clean + column(sigma) * noise, levels, fresh)
    assert torch.equal(drawn, clean)


@pytest.mark.parametrize("t", [0, 1, 700, 1499])
@pytest.mark.parametrize("loss", [ddpm.huber, ddpm.weighted_error])
def test_losses_measure_the_error_of_the_predicted_noise(loss, t):
    clean, _, sigma = noisy([t])
    error = torch.full_like(clean, 0.4)
    error[:, 1] = 3.0
    found = loss(clean, clean - column(sigma) * error, sigma)
    variance, alpha, abar = ddpm.posterior_variances()[max(t, 1)], 1 - ddpm.BETAS[t], ddpm.ABAR[t]
    weight = ddpm.BETAS[t] ** 2 / (2 * variance * alpha * (1 - abar))
    expected = [[0.5 * 0.4**2, 3.0 - 0.5]] if loss is ddpm.huber else [[0.16 * weight, 9.0 * weight]]
    torch.testing.assert_close(found, torch.tensor(expected, dtype=found.dtype), rtol=1e-4, atol=0)
