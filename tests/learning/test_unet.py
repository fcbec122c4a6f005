import pytest

torch = pytest.importorskip("torch")

from zeo_learning.unet import NetworkOptions, UNet, depth_to_space, space_to_depth  # noqa: E402


def small_network(channels=2, scalars=3):
    torch.manual_seed(0)
    network = UNet(channels, scalars, NetworkOptions(width=8, blocks=1, middle=2, embedding=16, features=4))
    for parameter in network.parameters():  # those that start as zero would hide what is before them
        torch.nn.init.normal_(parameter, std=0.1)
    return network


def test_depth_and_space_are_inverse():
    x = torch.randn(2, 3, 8, 4, 6)
    assert torch.equal(depth_to_space(space_to_depth(x)), x)


def test_network_commutes_with_translation_by_whole_blocks():
    network = small_network()
    x, level, scalars = torch.randn(2, 2, 16, 16, 16), torch.randn(2), torch.randn(2, 3)
    moved = network(x.roll((4, 8, -4), (2, 3, 4)), level, scalars)
    torch.testing.assert_close(
        moved, network(x, level, scalars).roll((4, 8, -4), (2, 3, 4)), atol=1e-5, rtol=1e-4
    )


def test_samples_of_a_batch_do_not_see_each_other():
    network = small_network()
    x, level, scalars = torch.randn(3, 2, 8, 8, 8), torch.randn(3), torch.randn(3, 3)
    together = network(x, level, scalars)
    alone = torch.cat([network(x[k : k + 1], level[k : k + 1], scalars[k : k + 1]) for k in range(3)])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)
