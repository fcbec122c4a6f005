"""What the networks learn from."""

import numpy as np
import pytest

pytest.importorskip("torch")

from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import FrameworkSet
from zeo.data.known.relaxed import relaxed_structure
from zeo.plugin.registry import installed_plugins
from zeo_learning.frameworks import split_grids
from zeo_zeogan import examples as module
from zeo_zeogan.examples import Examples
from zeo_zeogan.options import ZeoGANOptions
from zeo_zeogan.scaling import Scaling

N = 8
VOXEL = installed_plugins().configured({"voxel": {"n": N}}).create("representation", "voxel")
FRAMEWORKS = split_grids(FrameworkSet(("ABW", "LTA"), relaxed_structure), ZeoGANOptions(), N).train


def examples(templated=True, seed=0):
    return Examples(FRAMEWORKS, VOXEL, Scaling.of(VOXEL.channels), templated, seed)


@pytest.mark.parametrize("templated", [False, True])
def test_an_example_is_its_number_and_the_seed(templated):
    made = examples(templated)
    for number in (0, 7):
        for name, values in made[number].items():
            np.testing.assert_array_equal(values, examples(templated)[number][name])
    assert not np.array_equal(made[0]["grid"], examples(templated, seed=1)[0]["grid"])
    assert ("labels" in made[0]) == ("scalars" in made[0]) == templated


def test_labels_are_the_orbits_of_the_grid_that_comes_with_them():
    for number in range(6):
        example = examples()[number]
        labels = example["labels"].ravel()
        for channel in example["grid"].reshape(3, -1).astype(float):
            means = np.bincount(labels, channel) / np.bincount(labels)
            np.testing.assert_allclose(means[labels], channel, atol=2e-3)


def test_edges_follow_their_axes():
    """Every order of the axes of ABW comes; moving the origin changes no amplitude of a wave."""
    structure, scaling = FRAMEWORKS[0].structure, Scaling.of(VOXEL.channels)
    seen = set()
    for number in range(40):
        example = examples(templated=False)[number]
        axes = [int(np.abs(structure.lengths - edge).argmin()) for edge in example["lengths"]]
        if not np.allclose(structure.lengths[axes], example["lengths"]):
            continue  # LTA
        turned = Structure(
            np.diag(structure.lengths[axes]), structure.species, structure.frac_coords[:, axes]
        )
        expected = scaling.to_network(VOXEL.encode(turned).values)
        waves = [np.abs(np.fft.fftn(grid, axes=(1, 2, 3))) for grid in (example["grid"], expected)]
        np.testing.assert_allclose(*waves, atol=0.1)
        seen.add(tuple(axes))
    assert len(seen) == 6


def test_grids_are_kept_as_far_as_there_is_room(monkeypatch):
    monkeypatch.setattr(module, "MOST_KEPT", 1)
    made = examples()
    grids = [made[number]["grid"] for number in range(8)]
    assert len(made.grids) == 1
    for number, grid in enumerate(grids):
        np.testing.assert_array_equal(made[number]["grid"], grid)
