import numpy as np
import pytest

torch = pytest.importorskip("torch")

from attrs import evolve  # noqa: E402
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from zeo.crystal.structure import Structure  # noqa: E402
from zeo.data.known.relaxed import relaxed_structure  # noqa: E402
from zeo_zeosym.batch import GEOMETRY, batch_of  # noqa: E402
from zeo_zeosym.collection import Crystals  # noqa: E402
from zeo_zeosym.crystal import Crystal, crystal_of  # noqa: E402
from zeo_zeosym.layers import Shape  # noqa: E402
from zeo_zeosym.network import Network  # noqa: E402
from zeo_zeosym.noise import displaced, with_noise  # noqa: E402
from zeo_zeosym.operations import primitive_operations  # noqa: E402
from zeo_zeosym.sites import site_of  # noqa: E402
from zeo_zeosym.strain import stretched, tensor_of  # noqa: E402


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    made = Network(Shape(width=16, turning=4, shown=3, layers=3, scalars=GEOMETRY + 2))
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.15)  # no part is silent
    return made.eval()


@torch.no_grad()
def predicted(network, crystals, coords=None, lattice=None, sigma=0.3):
    collected = crystals if isinstance(crystals, Crystals) else Crystals.of(crystals)
    coords = collected.coords if coords is None else coords
    lattice = collected.lattice if lattice is None else lattice
    told = np.ones((len(collected), 2), dtype=np.float32)
    batch = batch_of(collected, coords, lattice, np.full(len(collected), sigma), told)
    forces, strains = network(batch)
    return forces.numpy(), strains.numpy()


def sizes(network, crystal):
    """Of forces and of the principal strains, sorted: what no description of a crystal may change."""
    forces, strains = predicted(network, [crystal])
    return np.sort(np.linalg.norm(forces, axis=1)), np.linalg.eigvalsh(tensor_of(strains[0]))


@given(
    code=st.sampled_from(["ABW", "CAN", "CHA", "GIS", "HEU"]),
    shift=st.tuples(*[st.floats(0, 1, exclude_max=True)] * 3),
    doubled=st.sampled_from([None, 0, 1, 2]),
    seed=st.integers(0, 99),
)
@settings(max_examples=12, deadline=None)
def test_predictions_do_not_depend_on_cell_origin_order_and_orientation(network, code, shift, doubled, seed):
    structure = relaxed_structure(code)
    stream = np.random.default_rng(seed)
    repeat = np.array([2 if axis == doubled else 1 for axis in range(3)])
    cells = np.array(
        [(i, j, k) for i in range(repeat[0]) for j in range(repeat[1]) for k in range(repeat[2])]
    )
    coords = ((structure.frac_coords[:, None] + cells) / repeat).reshape(-1, 3) + shift
    rotation = np.linalg.qr(stream.normal(size=(3, 3)))[0]
    order = stream.permutation(len(coords))
    species = np.repeat(structure.species, len(cells))[order].tolist()
    lattice = structure.lattice * repeat[:, None] @ rotation
    other = crystal_of(Structure(lattice, species, coords[order] % 1.0))
    for one, two in zip(sizes(network, crystal_of(structure)), sizes(network, other), strict=True):
        np.testing.assert_allclose(one, two, rtol=2e-3, atol=2e-3 * np.abs(one).max())


@pytest.mark.parametrize("code", ["CAN", "HEU", "MEL", "PTY"])
def test_any_image_may_stand_for_its_orbit(network, code, stream):
    crystal = crystal_of(relaxed_structure(code))
    collected = Crystals.of([crystal])
    unit = (collected.projection @ stream.normal(size=(len(collected.coords), 3, 1)))[:, :, 0]
    moved = displaced(collected, collected.coords, collected.lattice, np.array([0.05]), unit)
    operations = primitive_operations(crystal.group)
    chosen = [site.images[stream.integers(len(site.images))] for site in crystal.sites]
    there = operations.images(moved)[chosen, np.arange(len(moved))]
    sites = [
        site_of(operations.images(x)[k], crystal.lattice, crystal.group, 0.05)
        for x, k in zip(crystal.coords, chosen, strict=True)
    ]
    other = Crystal(crystal.group, crystal.lattice, sites, there)
    here_forces, here_strain = predicted(network, collected, moved)
    there_forces, there_strain = predicted(network, [other])
    turned = (crystal.turns[chosen] @ here_forces[:, :, None])[:, :, 0]
    np.testing.assert_allclose(there_forces, turned, atol=2e-4 * np.abs(turned).max())
    np.testing.assert_allclose(there_strain, here_strain, atol=2e-4 * np.abs(here_strain).max())


def test_predictions_stay_on_the_sites_and_in_the_crystal_class(network, crystals):
    collected = Crystals.of(crystals)
    forces, strains = predicted(network, crystals)
    np.testing.assert_allclose((collected.projection @ forces[:, :, None])[:, :, 0], forces, atol=1e-4)
    np.testing.assert_allclose((collected.allowed @ strains[:, :, None])[:, :, 0], strains, atol=1e-4)
    assert np.abs(forces).max() > 0.1
    assert np.abs(strains).max() > 0.1


def test_crystals_of_a_batch_do_not_see_each_other(network, crystals):
    forces, strains = predicted(network, crystals)
    collected = Crystals.of(crystals)
    for b, crystal in enumerate(crystals):
        own_forces, own_strains = predicted(network, [crystal])
        part = slice(collected.first_unique[b], collected.first_unique[b + 1])
        np.testing.assert_allclose(forces[part], own_forces, atol=1e-4)
        np.testing.assert_allclose(strains[b], own_strains[0], atol=1e-4)


def test_noise_level_shape_and_what_is_told_matter(network, crystals):
    forces, strains = predicted(network, crystals)
    assert not np.allclose(predicted(network, crystals, sigma=1.0)[0], forces, atol=1e-2)
    collected = Crystals.of(crystals)
    wider = stretched(collected.lattice, np.tile([0.1, 0.1, 0.1, 0, 0, 0], (len(crystals), 1)))
    assert not np.allclose(predicted(network, crystals, lattice=wider)[1], strains, atol=1e-2)


def test_predictions_change_smoothly(network, crystals):
    collected = Crystals.of(crystals)
    stream = np.random.default_rng(3)
    unit, strain = stream.normal(size=collected.coords.shape), stream.normal(size=(len(crystals), 6))
    before = predicted(network, crystals)
    noise = with_noise(collected, np.full(len(crystals), 1e-4), unit, strain)
    after = predicted(network, evolve(collected, coords=noise.coords, lattice=noise.lattice))
    for one, two in zip(before, after, strict=True):
        assert np.abs(one - two).max() < 0.02 * np.abs(one).max()
