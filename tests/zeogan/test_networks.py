import math

import pytest

torch = pytest.importorskip("torch")

from zeo_learning.noise import SeededNoise  # noqa: E402
from zeo_learning.orbits import GridSymmetry  # noqa: E402
from zeo_learning.symmetric import symmetrised  # noqa: E402
from zeo_zeogan.field_networks import (  # noqa: E402
    BACK,
    FAINTEST,
    SECOND,
    STRONGEST,
    FieldCritic,
    FieldGenerator,
)
from zeo_zeogan.lattice import cross_entropy, in_angstrom  # noqa: E402
from zeo_zeogan.networks import Given  # noqa: E402
from zeo_zeogan.paper_networks import SPREAD, PaperCritic, PaperGenerator  # noqa: E402

N, B = 16, 3
INVERSION = GridSymmetry(
    torch.stack([torch.eye(3), -torch.eye(3)]).numpy().astype("int8"),
    torch.zeros(2, 3).numpy().astype("int16"),
)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def given():
    labels = torch.from_numpy(INVERSION.labels(N)).expand(B, N, N, N)
    return Given(scalars=torch.randn(B, 5), labels=labels)


def shaken(network):
    """With no weight left at zero, which would hide what is before it."""
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return network.eval()


@pytest.mark.parametrize("networks", [(PaperGenerator, PaperCritic), (FieldGenerator, FieldCritic)])
def test_generators_draw_what_critics_judge(networks):
    generator, critic = (network(3, 5, N, 8) for network in networks)
    drawn = generator(generator.begin(torch.rand(B, 3, N, N, N), given()), given())
    assert drawn.grid.shape == (B, 3, N, N, N)
    assert drawn.grid.min() >= 0
    assert drawn.grid.max() <= 1
    scored = critic(drawn.grid, given())
    assert scored.score.shape == (B,)
    edges = critic.edges(scored)
    assert (edges is None) == (drawn.edges is None)
    assert edges is None or edges.shape == drawn.edges.shape == (B, 3)


def test_networks_of_the_reference_have_its_sizes():
    """Table S1 and Fig. S1, at 32 points."""
    generator, critic = PaperGenerator(3, 0, 32, 32), PaperCritic(3, 0, 32, 32)
    shapes = [tuple(layer[0].weight.shape) for layer in generator.layers]
    assert shapes == [(256, 128, 5, 5, 5), (128, 64, 5, 5, 5), (64, 32, 5, 5, 5)]
    assert generator.dense.weight.shape == (256 * 4**3, 1024)
    assert [layer[0].out_channels for layer in critic.layers] == [64, 128, 256]
    assert critic.outward.in_features == 256 * 4**3
    assert float(critic.layers[1][0].weight.std()) == pytest.approx(SPREAD, rel=0.01)


def test_cell_does_not_depend_on_the_neighbours_in_half_precision():
    generator = shaken(PaperGenerator(3, 0, N, 8))
    with torch.autocast("cpu", torch.bfloat16):
        together, alone = generator.draw([1, 2, 3], None, 1), generator.draw([2], None, 1)
    torch.testing.assert_close(together.edges[1:2], alone.edges, atol=1e-5, rtol=1e-5)


def test_drawn_fields_have_the_symmetry_that_they_are_given():
    generator = shaken(FieldGenerator(3, 5, N, 8))
    told = given()
    grid = generator.draw([1, 2, 3], told, 3).grid.detach()
    torch.testing.assert_close(symmetrised(grid, told.labels), grid)
    assert float(grid.std()) > 1e-3
    alone = generator.draw([2], Given(scalars=told.scalars[1:2], labels=told.labels[:1]), 3).grid
    torch.testing.assert_close(grid[1:2], alone)


def test_a_restart_passes_through_the_fainter_noise_and_keeps_the_symmetry():
    generator, told = shaken(FieldGenerator(3, 5, N, 8)), given()
    grid = generator.draw([1, 2, 3], told, 12).grid
    starts = []
    generator.register_forward_pre_hook(lambda _, arguments: starts.append(arguments[0]))
    noise = SeededNoise.from_seeds([1, 2, 3], told.labels, 3, 2)
    again = generator.again(grid, noise, told, 12).detach()
    through = [float(start.angle[0].tan()) for start in starts]
    assert through[0] == pytest.approx(BACK)
    assert through[-1] == pytest.approx(FAINTEST)
    assert through == sorted(through, reverse=True)
    assert len(through) < 12
    torch.testing.assert_close(symmetrised(again, told.labels), again)
    some = told.of([1])
    alone = generator.again(grid[1:2], SeededNoise.from_seeds([2], some.labels, 3, 2), some, 12)
    torch.testing.assert_close(again[1:2], alone)


def test_every_pass_draws_from_the_last_grid_under_new_noise():
    generator, told = FieldGenerator(3, 5, N, 8), given()
    generator.begin_at([0.05, 0.1, 0.2], [0.1, 0.2, 0.3])
    starts = []
    generator.register_forward_pre_hook(lambda _, arguments: starts.append(arguments[0]))
    generator.draw([1, 2, 3], told, 3)
    assert [float(start.angle[0].tan()) for start in starts[1:]] == pytest.approx([SECOND, FAINTEST])
    for start in starts:  # what an untrained generator draws has no structure: noise is all there is
        assert float(start.field.std()) == pytest.approx(float(start.angle[0].sin()), rel=0.05)
    assert not torch.equal(starts[1].field, starts[2].field)


def test_trainings_begin_with_noise_alone_or_with_real_grids_under_noise():
    torch.manual_seed(0)
    generator = FieldGenerator(3, 5, N, 8)
    mean, spread = [0.05, 0.1, 0.2], [0.1, 0.2, 0.3]
    generator.begin_at(mean, spread)
    labels = torch.from_numpy(INVERSION.labels(N)).expand(64, N, N, N)
    told = Given(scalars=torch.randn(64, 5), labels=labels)
    normal = symmetrised(torch.randn(64, 3, N, N, N), labels)
    channels = (torch.tensor(x).view(1, 3, 1, 1, 1) for x in (spread, mean))
    start = generator.begin(next(channels) * normal + next(channels), told)
    torch.testing.assert_close(symmetrised(start.field, labels), start.field)
    share = (start.field * normal).flatten(1).mean(dim=1) / normal.square().flatten(1).mean(dim=1)
    torch.testing.assert_close(share, start.angle.cos(), atol=0.1, rtol=0.0)
    alone = start.angle > math.atan(STRONGEST) + 1e-6
    assert 0.2 < float(alone.float().mean()) < 0.6
    assert float(start.angle.min().tan()) >= FAINTEST


def test_critic_of_fields_does_not_see_the_origin():
    critic, told = shaken(FieldCritic(3, 5, N, 8)), given()
    grid = torch.rand(B, 3, N, N, N)
    moved = critic(grid.roll((8, 0, -8), (2, 3, 4)), told).score
    torch.testing.assert_close(moved, critic(grid, told).score)
    other = Given(scalars=told.scalars.flip(0), labels=told.labels)
    assert not torch.allclose(critic(grid, other).score, critic(grid, told).score)


def test_lattice_loss_is_least_where_the_edges_are_right():
    lengths = torch.tensor([[12.0, 20.0, 8.0]])
    edges = torch.logit(lengths / 150.0).requires_grad_()
    torch.testing.assert_close(in_angstrom(edges), lengths)
    (gradient,) = torch.autograd.grad(cross_entropy(edges, lengths / 150.0), edges)
    torch.testing.assert_close(gradient, torch.zeros(1, 3))
    assert in_angstrom(torch.tensor([[0.0, -20.0, 20.0]])).tolist() == [[40.0, 2.0, 40.0]]


def test_fields_begin_near_the_means_of_the_channels():
    generator = FieldGenerator(3, 5, N, 8)
    means = [0.05, 0.1, 0.2]
    generator.begin_at(means, [0.1, 0.2, 0.3])
    drawn = generator.draw([1, 2, 3], given(), 3).grid
    assert drawn.mean(dim=(0, 2, 3, 4)).tolist() == pytest.approx(means)
