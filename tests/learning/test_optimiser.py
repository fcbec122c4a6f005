import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from zeo_learning.optimiser import ADAM_SIZE, Muon, orthogonalised  # noqa: E402


@given(rows=st.integers(2, 40), columns=st.integers(2, 40), seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_all_directions_of_an_update_move_alike(rows, columns, seed):
    matrix = torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    update = orthogonalised(matrix)
    along = torch.diagonal(left.T @ update @ right.T)
    # directions that the matrix nearly lacks stay behind: five steps do not reach them
    large = torch.linalg.svdvals(matrix) > 0.05 * torch.linalg.matrix_norm(matrix)
    assert along[large].min() > 0.3
    assert along[large].max() < 1.4


def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.Linear(8, 6))


def test_updates_have_the_size_of_those_of_adam():
    model = network()
    before = model[0].weight.detach().clone()
    optimiser = Muon(model, 1e-2)
    model(torch.randn(16, 6)).square().mean().backward()
    optimiser.step()
    change = (model[0].weight.detach() - before * (1 - 1e-4)).square().mean().sqrt()
    assert float(change) == pytest.approx(1e-2 * ADAM_SIZE, rel=0.5)


def test_learns_a_linear_map():
    model = network()
    optimiser = Muon(model, 1e-2)
    x = torch.randn(256, 6, generator=torch.Generator().manual_seed(1))
    wanted = x @ torch.randn(6, 6, generator=torch.Generator().manual_seed(2))
    losses = []
    for _ in range(600):
        optimiser.zero_grad()
        loss = (model(x) - wanted).square().mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.05 * losses[0]
