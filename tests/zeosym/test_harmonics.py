import pytest

torch = pytest.importorskip("torch")

from zeo_zeosym.harmonics import DEGREES, harmonics, strain_of_degree_two  # noqa: E402


def units(n, seed):
    x = torch.randn(n, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return x / x.norm(dim=1, keepdim=True)


def test_harmonics_add_up_to_legendre_polynomials_of_the_angle_between():
    one, two = units(50, 0), units(50, 1)
    cosine = (one * two).sum(dim=1)
    products = (harmonics(one) * harmonics(two)).split(DEGREES, dim=1)
    legendre = (cosine, (3 * cosine**2 - 1) / 2, (5 * cosine**3 - 3 * cosine) / 2)
    for degree, (product, polynomial) in enumerate(zip(products, legendre, strict=True), start=1):
        torch.testing.assert_close(product.sum(dim=1), (2 * degree + 1) * polynomial)
    assert harmonics(one).shape == (50, sum(DEGREES))


def test_degree_two_is_the_traceless_strain_along_the_direction():
    x = units(20, 2)
    wanted = 7.5**0.5 * (x[:, :, None] * x[:, None] - torch.eye(3, dtype=x.dtype) / 3)
    found = strain_of_degree_two(harmonics(x)[:, 3:8])
    pairs = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
    for k, (i, j) in enumerate(pairs):
        factor = 1.0 if i == j else 2**0.5
        torch.testing.assert_close(found[:, k], factor * wanted[:, i, j])
