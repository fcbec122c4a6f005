import numpy as np
import pytest

torch = pytest.importorskip("torch")

from zeo_zeosym.blueprint import Blueprints  # noqa: E402
from zeo_zeosym.collection import Crystals  # noqa: E402
from zeo_zeosym.operations import primitive_operations  # noqa: E402


@pytest.fixture(scope="module")
def blueprints(crystals):
    known = [{"energy": float(k), "methane.qst": None if k else 20.0} for k in range(len(crystals))]
    return Blueprints.of(crystals, known, ("energy", "methane.qst"))


def test_blueprints_say_what_they_were_made_of(blueprints, crystals):
    assert len(blueprints) == len(crystals)
    for k, crystal in enumerate(crystals):
        blueprint = blueprints[k]
        assert blueprint.group == crystal.group
        assert [site.key for site in blueprint.sites] == [site.key for site in crystal.sites]
        assert blueprint.t_atoms == len(crystal.image)
        assert blueprint.density == pytest.approx(crystal.density)
        assert blueprint.properties == {"energy": k, "methane.qst": None if k else 20.0}


def test_blueprints_survive_as_tensors(blueprints):
    tensors = blueprints.tensors()
    again = Blueprints.from_tensors(tensors)
    assert all(
        torch.equal(value, again.tensors()[name]) or name.startswith("property")
        for name, value in tensors.items()
    )
    for k in range(len(blueprints)):
        assert [site.key for site in again[k].sites] == [site.key for site in blueprints[k].sites]
        assert again[k].properties == blueprints[k].properties


def test_a_cell_made_for_a_blueprint_has_its_group_and_density_but_not_its_shape(
    blueprints, crystals, stream
):
    for k, crystal in enumerate(crystals):
        made = blueprints[k].crystal(stream.random((len(crystal.sites), 3)))
        assert made.density == pytest.approx(crystal.density, rel=1e-5)
        operations = primitive_operations(made.group)
        metric = made.lattice @ made.lattice.T
        turned = operations.rotations.transpose(0, 2, 1) @ metric @ operations.rotations
        np.testing.assert_allclose(turned, np.broadcast_to(metric, turned.shape), atol=1e-8)
        assert len(np.unique(np.round(made.t_coords % 1.0, 6) % 1.0, axis=0)) == len(crystal.image)
        one, two = (Crystals.of([each]) for each in (made, crystal))
        np.testing.assert_array_equal(one.multiplicity, two.multiplicity)
        np.testing.assert_allclose(np.trace(one.allowed[0]), np.trace(two.allowed[0]), atol=1e-9)
