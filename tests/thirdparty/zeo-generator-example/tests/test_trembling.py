import numpy as np
import pytest
from zeo_breathing import zeo_generators, zeo_representations
from zeo_breathing.sites import Sites
from zeo_breathing.trembling import Trembling

from zeo.errors import InputError
from zeo.plugin.registry import installed_plugins
from zeo.testing import check_generator, check_representation, few_frameworks, sodalite


def test_sites_keep_the_promises_of_a_representation():
    assert check_representation(Sites(), zeo_representations()[0]) == ""


def test_a_matrix_has_an_atom_in_each_row():
    matrix = Sites(Sites.Options(rows=40)).encode(sodalite())
    assert matrix.shape == (43, 4)
    assert np.bincount(matrix[3:, 0].astype(int)).tolist() == [4, 12, 24]
    with pytest.raises(InputError, match="36 atoms"):
        Sites(Sites.Options(rows=30)).encode(sodalite())


def test_trembling_keeps_the_promises_of_a_generator():
    assert check_generator(Trembling(), zeo_generators()[1], frameworks=few_frameworks()) == ""


def test_what_is_drawn_is_decoded(tmp_path):
    generator = Trembling()
    generator.load(generator.train(few_frameworks(), tmp_path, lambda *_: None), "cpu")
    sites = installed_plugins().create("representation", "atom-rows")
    for sample in generator.sample(range(5)):
        assert sample.grid is None
        assert sites.decode(sample.encoded).count("Si") == 12
