import gc
import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from zeo_learning.noise import SeededNoise  # noqa: E402
from zeo_learning.symmetric import symmetrised  # noqa: E402
from zeo_zeodiff import edm  # noqa: E402
from zeo_zeodiff.samplers import SAMPLERS, ddim, ddpm, dpm_solver  # noqa: E402

SPREAD = 0.3
SHAPE = (4, 1, 2, 2, 2)


def gaussian(x, sigma):
    """The denoiser of data of standard deviation SPREAD."""
    return x * SPREAD**2 / (SPREAD**2 + sigma[:, None, None, None, None] ** 2)


def no_noise():
    raise AssertionError("a deterministic sampler draws no noise")


def seeded(seed=0, shape=SHAPE):
    stream = torch.Generator().manual_seed(seed)
    return lambda: torch.randn(shape, generator=stream, dtype=torch.float64)


def ideal(levels, noise):
    """Where the flow of one Gaussian leads: down the levels above zero, then to the estimate."""
    width = [math.hypot(SPREAD, level) for level in levels]
    return noise * levels[0] * width[-2] / width[0] * SPREAD**2 / width[-2] ** 2


@pytest.mark.parametrize(("sampler", "order"), [(dpm_solver, 2), (ddim, 1)])
def test_error_falls_with_the_order_of_the_solver(sampler, order):
    noise = torch.ones(1, 1, 1, 1, 1, dtype=torch.float64)
    errors = []
    for steps in (40, 80):
        levels = edm.sampling_levels(steps)
        drawn = sampler(gaussian, noise * levels[0], levels, no_noise)
        errors.append(abs(float(drawn / ideal(levels, noise)) - 1))
    assert errors[0] < 0.1
    assert errors[1] / errors[0] == pytest.approx(0.5**order, rel=0.3)


@given(falling=st.lists(st.floats(0.3, 0.95), min_size=3, max_size=30), start=st.floats(1.0, 50.0))
@settings(max_examples=30, deadline=None)
@pytest.mark.parametrize("name", SAMPLERS)
def test_levels_may_be_any(name, falling, start):
    """A perfect denoiser of a single grid leads to it from any level, however the levels are spaced."""
    levels = [start, *(start * np.cumprod(falling)), 0.0]
    clean = torch.randn(SHAPE, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    sigmas = []

    def denoise(x, sigma):
        sigmas.append(float(sigma[0]))
        return clean.clone()

    drawn = SAMPLERS[name](denoise, clean + levels[0] * seeded(1)(), levels, seeded(3))
    torch.testing.assert_close(drawn, clean)
    assert sigmas == pytest.approx(levels[:-1])


def test_ancestral_samples_have_the_spread_of_the_data_at_every_level():
    """In each step the posterior of one Gaussian is exact, so the spread is right with few steps too."""
    shape = (1, 1, 40, 40, 40)
    levels = [10.0, 4.0, 1.5, 0.6, 0.2, 0.0]
    seen = []

    def denoise(x, sigma):
        seen.append(float(x.std()))
        # of p(clean | x) itself, as in exact ancestral sampling, instead of its mean
        narrow = SPREAD * float(sigma[0]) / math.hypot(SPREAD, float(sigma[0]))
        return gaussian(x, sigma) + narrow * noise()

    noise = seeded(4, shape)
    start = math.hypot(SPREAD, levels[0]) * noise()
    drawn = ddpm(denoise, start, levels, noise)
    assert seen == pytest.approx([math.hypot(SPREAD, level) for level in levels[:-1]], rel=0.02)
    assert float(drawn.std()) == pytest.approx(SPREAD, rel=0.02)


def test_ancestral_step_is_that_of_ddpm():
    """The step of Ho et al. in their own coordinates, x sqrt(abar), gives the same mean and variance."""
    beta, before = 0.02, 0.6  # abar at t - 1
    at = before * (1 - beta)
    sigma, following = math.sqrt((1 - at) / at), math.sqrt((1 - before) / before)
    x, clean = 0.7, 0.2
    theirs = (
        math.sqrt(before) * beta / (1 - at) * clean
        + math.sqrt(1 - beta) * (1 - before) / (1 - at) * math.sqrt(at) * x
    )
    variance = (1 - before) / (1 - at) * beta
    levels = [sigma, following]
    values = torch.full((2, 1, 1, 1, 1), x, dtype=torch.float64)
    unit = torch.tensor([0.0, 1.0], dtype=torch.float64)[:, None, None, None, None]
    zero, one = ddpm(lambda x, s: torch.full_like(x, clean), values, levels, lambda: unit).flatten()
    assert float(zero) * math.sqrt(before) == pytest.approx(theirs)
    assert (float(one - zero) * math.sqrt(before)) ** 2 == pytest.approx(variance)


def test_last_step_of_the_ancestral_sampler_adds_no_noise():
    levels = [1.0, 0.5, 0.0]
    calls = []

    def fresh():
        calls.append(1)
        return torch.ones(SHAPE)

    drawn = ddpm(lambda x, sigma: torch.zeros_like(x), torch.ones(SHAPE), levels, fresh)
    assert len(calls) == 1
    assert not drawn.any()


@pytest.mark.parametrize("name", SAMPLERS)
def test_no_more_than_two_copies_of_a_batch_are_held(name):
    shape = (2, 3, 20, 20, 20)
    held = []

    def denoise(x, sigma):
        alive = {
            tensor.untyped_storage().data_ptr()
            for tensor in gc.get_objects()
            if type(tensor) is torch.Tensor and tensor.shape == shape
        }
        held.append(len(alive))
        return x * 0.5

    labels = torch.arange(20**3).reshape(1, 20, 20, 20).expand(2, -1, -1, -1)
    noise = SeededNoise.from_seeds([0, 1], labels, 3)
    levels = edm.sampling_levels(3)
    SAMPLERS[name](denoise, noise().mul_(levels[0]), levels, noise)
    assert max(held) <= 2


@given(seeds=st.lists(st.integers(0, 2**40), min_size=1, max_size=4, unique=True), calls=st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_noise_is_each_seeds_own_and_symmetric(seeds, calls):
    orbits = torch.stack(
        [torch.from_numpy(np.random.default_rng(seed).integers(0, 9, (4, 4, 4))) for seed in seeds]
    )
    together = SeededNoise.from_seeds(seeds, orbits, 2)
    alone = [SeededNoise.from_seeds([seed], orbits[k : k + 1], 2) for k, seed in enumerate(seeds)]
    earlier = None
    for _ in range(calls):
        drawn = together()
        assert torch.equal(drawn, torch.cat([noise() for noise in alone]))
        torch.testing.assert_close(symmetrised(drawn, orbits), drawn)
        assert earlier is None or not torch.equal(drawn, earlier)
        earlier = drawn
