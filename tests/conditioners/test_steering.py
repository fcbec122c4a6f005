"""Conditioners on problems whose answer is known."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from zeo.errors import ConfigError  # noqa: E402
from zeo.plugin.conditioning import Denoising, Known, Span  # noqa: E402
from zeo.plugin.registry import installed_plugins  # noqa: E402
from zeo.plugin.targets import parse_target  # noqa: E402
from zeo.testing import check_conditioner  # noqa: E402
from zeo_conditioners.guide import moved  # noqa: E402
from zeo_learning.adsorption import heat, log_henry, void_fraction  # noqa: E402
from zeo_zeodiff.samplers import dpm_solver  # noqa: E402

T = 298.0
PLUGINS = installed_plugins()
SPANS = {"methane.void_fraction": Span(least=0.0, low=0.01, high=0.3, most=0.5)}
KNOWN = Known(
    inputs=("methane.void_fraction", "methane.qst"), spans=SPANS, channels=("energy:methane", "si", "o")
)


def conditioner(name, **options):
    return PLUGINS.configured({name: options}).create("conditioner", name)


def targets(*texts):
    return [parse_target(text) for text in texts]


@pytest.mark.parametrize("name", ["cfg", "concat", "guide"])
def test_they_keep_their_promises(name):
    spec = PLUGINS.find("conditioner", name).spec
    wanted = targets("methane.void_fraction=0.2", "methane.qst=18..22 kJ/mol")
    assert check_conditioner(conditioner(name), spec, wanted, KNOWN) == ""


def test_cfg_and_concat_know_what_the_network_was_told():
    for name in ("cfg", "concat"):
        with pytest.raises(ConfigError, match=r"methane\.void_fraction, methane\.qst, not by .*methane\.kh"):
            conditioner(name).prepare(targets("methane.kh=40"), KNOWN)
        with pytest.raises(ConfigError, match=r"lies outside .* \(0 to 0\.5\)"):
            conditioner(name).prepare(targets("methane.void_fraction=0.8"), KNOWN)


def test_guide_knows_what_follows_from_the_energies_that_are_drawn():
    (target,) = conditioner("guide").prepare(targets("methane.kh=40"), KNOWN)
    assert target.low == 40.0
    with pytest.raises(ConfigError, match=r"methane\.void_fraction, not by the target argon\.kh"):
        conditioner("guide").prepare(targets("argon.kh=40"), KNOWN)
    with pytest.raises(ConfigError, match="steered by nothing"):
        conditioner("guide").prepare(targets("methane.kh=40"), Known(channels=("si", "o")))


def denoising(conditional, unconditional, values=({},)):
    return Denoising(
        conditional=conditional, unconditional=unconditional, channel=lambda x, name: x[:, 0], values=values
    )


@pytest.mark.parametrize("scale", [0.0, 1.0, 2.5])
def test_cfg_extrapolates(scale):
    x, sigma = torch.randn(2, 1, 2, 2, 2), torch.ones(2)
    guided = conditioner("cfg", scale=scale).guide(denoising(lambda x, s: 3 * x, lambda x, s: x + 1))
    torch.testing.assert_close(guided(x, sigma), x + 1 + scale * (3 * x - x - 1))


def uniform(x, sigma):
    """The denoiser of grids that are the same everywhere: one normal number each."""
    s = sigma[:, None, None, None, None]
    points = x[0].numel()
    return (x.mean(dim=(1, 2, 3, 4), keepdim=True) * points / (points + s**2)).expand_as(x)


def energy(mean, spread):
    """In kelvin, of the points of a framework that the number of a grid makes larger or smaller."""
    own = torch.randn(8, 8, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return lambda estimate, _name: mean + spread * own - 500.0 * estimate[:, 0]


OPEN, ADSORBING = energy(4000.0, 600.0), energy(-500.0, 300.0)
CASES = [
    (OPEN, {"methane.void_fraction": 0.85}),
    (ADSORBING, {"methane.qst": 11.0}),
    (ADSORBING, {"methane.kh": 40.0}),
    (ADSORBING, {"methane.qst": 11.0, "methane.kh": 17.1}),  # what both are where the number is 0.4
]
MEASURED = {
    "methane.void_fraction": lambda e: void_fraction(e, T, 200.0),
    "methane.qst": lambda e: heat(e, T),
    "methane.kh": lambda e: log_henry(e, T).exp(),
}
CLOSE = {"methane.void_fraction": 0.01, "methane.qst": 0.1, "methane.kh": 0.3}
LEVELS = [*np.geomspace(40.0, 0.05, 20).tolist(), 0.0]


def noise(count):
    return torch.randn(count, 1, 8, 8, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def guided(channel, values, **options):
    """Grids of the channel, drawn while the guide steers."""
    steered = conditioner("guide", below=30.0, **options).guide(
        Denoising(conditional=uniform, unconditional=uniform, channel=channel, values=values)
    )
    return channel(dpm_solver(steered, noise(len(values)) * LEVELS[0], LEVELS, noise), "")


def misses(drawn, wanted):
    """Of each sample, summed over the targets, in units of what is close."""
    return sum((MEASURED[name](drawn) - value).abs() / CLOSE[name] for name, value in wanted.items())


@pytest.mark.parametrize(("channel", "wanted"), CASES)
def test_guide_reaches_targets(channel, wanted):
    """The gradient through the network keeps to what the network deems possible, the other leaves it."""
    free = misses(channel(dpm_solver(uniform, noise(3) * LEVELS[0], LEVELS, noise), ""), wanted)
    assert (free > 10.0).any()
    assert (misses(guided(channel, [wanted] * 3), wanted) < 1.0).all()
    by_estimate = misses(guided(channel, [wanted] * 3, through="estimate"), wanted)
    assert (by_estimate < free).all()
    assert (by_estimate > 1.0).any()


def test_guide_heeds_the_boltzmann_factors_of_a_model_that_draws_them():
    """Energies that repel nearly everywhere say that nothing adsorbs; the Boltzmann factors know better."""
    wanted = {"methane.kh": 50.0}
    factors = {
        "energy:methane": lambda x: x[:, 0] + 5000.0,
        "boltzmann:methane": lambda x: (x[:, 0] + 3.0).exp(),
    }
    steered = conditioner("guide", below=30.0).guide(
        Denoising(
            conditional=uniform,
            unconditional=uniform,
            channel=lambda x, name: factors[name](x),
            values=[wanted],
            channels=tuple(factors),
        )
    )
    drawn = dpm_solver(steered, noise(1) * LEVELS[0], LEVELS, noise)
    assert factors["boltzmann:methane"](drawn).mean().item() == pytest.approx(50.0, rel=0.1)


def test_guided_samples_do_not_see_each_other():
    wanted = [{"methane.void_fraction": 0.85}, {"methane.void_fraction": 0.7}]
    torch.testing.assert_close(guided(OPEN, wanted)[:1], guided(OPEN, wanted[:1]))


def test_guide_leaves_high_noise_alone():
    wanted = [{"methane.qst": 30.0}]
    steered = conditioner("guide", below=1.0).guide(
        Denoising(conditional=uniform, unconditional=uniform, channel=ADSORBING, values=wanted)
    )
    x = noise(1)
    for level in (1.1, 0.9):
        sigma = torch.tensor([level], dtype=torch.float64)
        assert torch.equal(steered(x, sigma), uniform(x, sigma)) == (level > 1.0)


def linear(slopes, aims):
    """What properties that are linear in the estimate lack."""
    return lambda estimate: aims - torch.einsum("kn,bn->bk", slopes, estimate.flatten(1))


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 3), st.integers(0, 1000), st.floats(0.1, 2.0))
def test_one_step_is_exact_where_everything_is_linear(count, seed, sigma):
    """The mean of a normal distribution, given the values of linear functions, has a closed form."""
    stream = torch.Generator().manual_seed(seed)
    slopes = torch.randn(count, 8, generator=stream, dtype=torch.float64)
    root = torch.randn(8, 8, generator=stream, dtype=torch.float64)
    covariance = root @ root.T + torch.eye(8, dtype=torch.float64)
    source = sigma**2 * torch.randn(2, 1, 2, 2, 2, generator=stream, dtype=torch.float64)
    source = source.requires_grad_()
    estimate = (source.flatten(1) @ covariance / sigma**2).reshape(source.shape)
    lacking = linear(1e-3 * slopes, 1e-3)
    sigmas = torch.full((2,), sigma, dtype=torch.float64)
    changed = moved(source, estimate, sigmas, lacking, reach=1e9)
    gain = covariance @ slopes.T @ torch.linalg.inv(slopes @ covariance @ slopes.T)
    expected = estimate.flatten(1) + 1e3 * lacking(estimate) @ gain.T
    torch.testing.assert_close(changed.flatten(1), expected.detach(), rtol=1e-5, atol=1e-6)


def half_of_a_cube(aims, count=1):
    """Eight points at 0 with a variance of 2, and what their mean lacks, so often."""
    source = torch.zeros(1, 1, 2, 2, 2, dtype=torch.float64).requires_grad_()
    slopes = torch.ones(count, 8, dtype=torch.float64) / 8
    return source, 0.5 * source, torch.tensor([2.0], dtype=torch.float64), linear(slopes, aims)


@pytest.mark.parametrize(("reach", "expected"), [(1.0, math.sqrt(2.0 / 8)), (100.0, 3.0)])
def test_no_change_goes_further_than_the_reach(reach, expected):
    assert float(moved(*half_of_a_cube(3.0), reach).mean()) == pytest.approx(expected)


def test_properties_that_move_together_are_solved_together():
    assert float(moved(*half_of_a_cube(0.3, count=2), 100.0).mean()) == pytest.approx(0.3)
