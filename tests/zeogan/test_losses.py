"""The losses on critics whose answer is known."""

import math

import pytest

torch = pytest.importorskip("torch")

from zeo_learning.adsorption import log_henry  # noqa: E402
from zeo_zeogan.losses import Relativistic, Wasserstein, feature_matching, infidelity  # noqa: E402
from zeo_zeogan.networks import Scored  # noqa: E402
from zeo_zeogan.paper_networks import PaperCritic  # noqa: E402
from zeo_zeogan.scaling import Scaling  # noqa: E402

SHAPE = (4, 3, 8, 8, 8)
SCALING = Scaling.of(("energy:methane", "si", "o"))


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def linear(weight):
    return lambda grids: Scored(score=(grids * weight).flatten(1).sum(1), features=grids.flatten(1))


def test_wasserstein_of_a_linear_critic():
    """Its gradient is its weight everywhere, so the penalty is 10 (|w| - 1)^2."""
    real, drawn, weight = torch.rand(SHAPE), torch.rand(SHAPE), torch.randn(SHAPE[1:], requires_grad=True)
    critic = linear(weight)
    loss, _, distance = Wasserstein(10.0).critic(critic, real, drawn, 0)
    expected = critic(real).score.mean() - critic(drawn).score.mean()
    assert float(distance) == pytest.approx(float(expected), rel=1e-5)
    norm = weight.norm()
    assert float(loss) == pytest.approx(float(10 * (norm - 1) ** 2 - expected), rel=1e-5)
    (gradient,) = torch.autograd.grad(loss, weight)
    difference = real.mean(0) - drawn.mean(0)
    torch.testing.assert_close(gradient, 20 * (norm - 1) * weight / norm - difference, rtol=1e-4, atol=1e-4)
    assert float(Wasserstein(10.0).generator(critic, real, critic(drawn))) == pytest.approx(
        -float(critic(drawn).score.mean())
    )


def test_gradient_of_the_penalty_is_that_of_finite_differences():
    critic = PaperCritic(1, 0, 8, 8).double().eval()  # without dropout; the penalty is drawn at one place
    for parameter in critic.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    real, drawn = (torch.rand(2, 1, 8, 8, 8, dtype=torch.float64) for _ in range(2))
    weight = critic.layers[0][0].weight

    def loss():
        torch.manual_seed(1)
        return Wasserstein(10.0).critic(critic, real, drawn, 0)[0]

    (gradient,) = torch.autograd.grad(loss(), weight)
    place, step = (1, 2, 3, 2, 1), 1e-5
    found = []
    for way in (step, -step):
        with torch.no_grad():
            weight[place] += way
        found.append(float(loss()))
        with torch.no_grad():
            weight[place] -= way
    assert float(gradient[place]) == pytest.approx((found[0] - found[1]) / (2 * step), rel=1e-5)


def test_relativistic_penalises_slopes_now_and_then():
    real, drawn, weight = torch.rand(SHAPE), torch.rand(SHAPE), 0.01 * torch.randn(SHAPE[1:])
    weight.requires_grad_()
    critic, game = linear(weight), Relativistic(penalty=0.5, every=4)
    plain, penalised = (float(game.critic(critic, real, drawn, number)[0]) for number in (3, 4))
    assert penalised - plain == pytest.approx(4 * 0.5 * 2 * float(weight.square().sum()), rel=1e-4)
    gap = critic(real).score - critic(drawn).score
    assert plain == pytest.approx(float(torch.log1p(torch.exp(-gap)).mean()), rel=1e-4)
    other = game.generator(critic, real, critic(drawn))
    assert float(other) == pytest.approx(float(torch.log1p(torch.exp(gap)).mean()), rel=1e-4)


def test_feature_of_a_constant_is_its_exponent():
    values = torch.full((2, 4, 4, 4), -894.0)
    torch.testing.assert_close(log_henry(values, 298.0), torch.full((2,), 3.0))
    values[0, 0, 0, 0] = 1e4
    assert float(log_henry(values, 298.0)[0]) == pytest.approx(3.0 + math.log(63 / 64))


def test_infidelity_counts_where_the_noise_was_faint():
    real, drawn = torch.zeros(3, 1, 4, 4, 4), torch.full((3, 1, 4, 4, 4), 0.5)
    angles = torch.tensor([math.pi / 2, math.atan(2.0), math.atan(0.5)])
    assert float(infidelity(real, drawn, angles)) == pytest.approx(0.25 * (0 + 1 / 4 + 4) / 3)


def test_features_match_where_the_grids_are_the_same_in_another_order():
    grids = torch.rand(SHAPE)
    assert float(feature_matching(SCALING, grids, grids.flip(0).roll(3, 2))) == pytest.approx(0.0, abs=1e-4)
    warmer = grids.clone()
    warmer[:, 0] -= 0.1  # 900 K less attractive, all alike: the mean feature alone changes
    assert float(feature_matching(SCALING, grids, warmer)) == pytest.approx(900.0 / 298.0, rel=1e-3)


def test_features_of_equal_grids_have_a_gradient():
    drawn = torch.full(SHAPE, 0.5, requires_grad=True)
    feature_matching(SCALING, torch.rand(SHAPE), drawn).backward()
    assert drawn.grad.isfinite().all()
