import numpy as np
import pytest

from zeo_zeosym.collection import Crystals
from zeo_zeosym.noise import STRAIN, with_noise
from zeo_zeosym.operations import primitive_operations


def noisy(crystals, sigma, seed=0):
    collected = Crystals.of(crystals)
    stream = np.random.default_rng(seed)
    unit = stream.normal(size=collected.coords.shape)
    strain = stream.normal(size=(len(collected), 6))
    return collected, with_noise(collected, np.full(len(collected), sigma), unit, strain)


@pytest.mark.parametrize("sigma", [0.05, 0.5, 4.0])
def test_noise_keeps_the_space_group(crystals, sigma):
    collected, noise = noisy(crystals, sigma)
    atoms = collected.atoms_at(noise.coords)
    for b, crystal in enumerate(crystals):
        operations = primitive_operations(crystal.group)
        metric = noise.lattice[b] @ noise.lattice[b].T
        turned = operations.rotations.transpose(0, 2, 1) @ metric @ operations.rotations
        np.testing.assert_allclose(turned, np.broadcast_to(metric, turned.shape), rtol=1e-7, atol=1e-7)
        own = atoms[collected.first_atom[b] : collected.first_atom[b + 1]]
        for rotation, translation in zip(operations.rotations, operations.translations, strict=True):
            apart = (own @ rotation.T + translation)[:, None] - own
            assert np.abs(apart - np.round(apart)).max(axis=2).min(axis=1).max() < 1e-6


def test_small_noise_moves_t_atoms_by_as_much_as_it_says(crystals):
    collected, noise = noisy(crystals, 0.05)
    moves = (noise.coords - collected.coords)[:, None] @ noise.lattice[collected.crystal_of_unique]
    np.testing.assert_allclose(moves[:, 0], 0.05 * noise.noise, atol=1e-12)
    free = np.trace(collected.projection, axis1=1, axis2=2)
    assert (noise.noise**2).sum() / free.sum() == pytest.approx(1.0, rel=0.4)
    volumes = np.linalg.det(noise.lattice) / np.linalg.det(collected.lattice)
    np.testing.assert_allclose(np.log(volumes), STRAIN * 0.05 * noise.strain_noise[:, :3].sum(axis=1))


@pytest.mark.parametrize("sigma", [0.8, 2.0, 5.0])
def test_what_is_to_be_predicted_is_the_score_of_the_wrapped_noise(crystals, sigma):
    # of the density of all images of the noise, by finite differences
    some = [crystals[k] for k in (2, 4, 7)]
    collected = Crystals.of(some)
    stream = np.random.default_rng(1)
    unit = stream.normal(size=collected.coords.shape)
    flat = np.zeros((len(collected), 6))
    noise = with_noise(collected, np.full(len(collected), sigma), unit, flat)
    cells = np.array(np.meshgrid(*[np.arange(-9, 10)] * 3)).reshape(3, -1).T
    for u in range(len(collected.coords)):
        lattice = noise.lattice[collected.crystal_of_unique[u]]
        projection = collected.projection[u]
        vectors = cells @ lattice
        vectors = vectors[np.abs(vectors @ projection - vectors).max(axis=1) < 1e-6]

        def log_density(at, vectors=vectors):
            return np.logaddexp.reduce(-0.5 * ((at + vectors) ** 2).sum(axis=1) / sigma**2)

        here = sigma * projection @ unit[u]
        step = 1e-4
        slope = [(log_density(here + d) - log_density(here - d)) / (2 * step) for d in step * np.eye(3)]
        np.testing.assert_allclose(noise.noise[u], -sigma * projection @ slope, atol=2e-3)
