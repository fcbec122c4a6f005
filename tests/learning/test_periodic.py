from contextlib import nullcontext

import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional  # noqa: E402

from zeo_learning.periodic import PeriodicConv3d, of_fields_alone, periodic_pad  # noqa: E402


@pytest.mark.parametrize(("before", "after"), [(1, 1), (2, 2), (2, 1)])
def test_padding_and_its_gradient_are_those_of_circular_padding(before, after):
    x = torch.randn(2, 3, 4, 6, 5, dtype=torch.float64, requires_grad=True)
    ours, theirs = periodic_pad(x, before, after), functional.pad(x, (before, after) * 3, mode="circular")
    assert torch.equal(ours, theirs)
    weight = torch.randn_like(theirs)
    (one,) = torch.autograd.grad((ours * weight).sum(), x)
    (other,) = torch.autograd.grad((theirs * weight).sum(), x)
    torch.testing.assert_close(one, other)


def test_gradient_penalty_is_that_of_circular_padding():
    """The gradient of a function of the gradient, through two layers that are not linear."""
    torch.manual_seed(0)
    layers = [PeriodicConv3d(2, 3, 5, 2).double(), PeriodicConv3d(3, 1).double()]

    def penalty(pad):
        x = torch.linspace(-1, 1, 2 * 2 * 8 * 8 * 8, dtype=torch.float64).reshape(2, 2, 8, 8, 8).sin()
        x = h = x.requires_grad_()
        for layer in layers:
            padded = pad(h, layer.before, layer.after)
            h = functional.conv3d(padded, layer.weight, layer.bias, layer.stride).tanh()
        (gradient,) = torch.autograd.grad(h.sum(), x, create_graph=True)
        return torch.autograd.grad(gradient.square().sum(), [layer.weight for layer in layers])

    ours = penalty(periodic_pad)
    theirs = penalty(lambda x, before, after: functional.pad(x, (before, after) * 3, mode="circular"))
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("alone", [False, True])
def test_second_derivatives_of_a_convolution_are_those_of_torch(alone):
    """Of the gradient of the field, with respect to all that it depends on."""
    convolve = PeriodicConv3d(2, 3, 5, 2).double()
    x = torch.randn(2, 2, 8, 8, 8, dtype=torch.float64, requires_grad=True)

    def derivatives(y, context):
        sought = (y * torch.linspace(-1, 1, y.numel(), dtype=torch.float64).reshape(y.shape).cos()).square()
        with context:
            (gradient,) = torch.autograd.grad(sought.sum(), x, create_graph=True)
        return torch.autograd.grad(gradient.sin().sum(), [x, convolve.weight, convolve.bias])

    padded = functional.pad(x, (2, 1) * 3, mode="circular")
    theirs = functional.conv3d(padded, convolve.weight, convolve.bias, 2)
    ours = derivatives(convolve(x), of_fields_alone() if alone else nullcontext())
    for one, other in zip(ours, derivatives(theirs, nullcontext()), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("needed", ["weight", "bias", "field"])
def test_first_derivatives_are_those_of_torch_whichever_are_needed(needed):
    convolve = PeriodicConv3d(2, 3).requires_grad_(requires_grad=False)
    x = torch.randn(2, 2, 4, 4, 4)
    leaf = {"weight": convolve.weight, "bias": convolve.bias, "field": x}[needed].requires_grad_()
    (ours,) = torch.autograd.grad(convolve(x).sin().sum(), leaf)
    padded = functional.pad(x, (1, 1) * 3, mode="circular")
    theirs = functional.conv3d(padded, convolve.weight, convolve.bias)
    torch.testing.assert_close(ours, *torch.autograd.grad(theirs.sin().sum(), leaf))


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (5, 1), (5, 2)])
def test_convolution_commutes_with_translation(kernel, stride):
    convolve = PeriodicConv3d(2, 3, kernel, stride)
    x = torch.randn(1, 2, 8, 8, 8)
    steps = (1, 2, 3)
    moved = convolve(x.roll([stride * step for step in steps], (2, 3, 4)))
    assert moved.shape[2:] == (8 // stride,) * 3
    torch.testing.assert_close(moved, convolve(x).roll(steps, (2, 3, 4)))
