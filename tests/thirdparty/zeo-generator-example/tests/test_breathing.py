import numpy as np
from zeo_breathing import zeo_generators
from zeo_breathing.generator import Breathing

from zeo.testing import check_generator, few_frameworks


def test_keeps_the_promises_of_a_generator():
    assert check_generator(Breathing(), zeo_generators()[0], frameworks=few_frameworks()) == ""


def test_densities_follow_the_training_set(tmp_path):
    generator, frameworks = Breathing(), few_frameworks()
    generator.load(generator.train(frameworks, tmp_path, lambda *_: None), "cpu")
    drawn = [sample.structure.framework_density for sample in generator.sample(range(400))]
    learned = [framework.structure.framework_density for framework in frameworks]
    assert np.isclose(np.mean(drawn), np.mean(learned), atol=4 * np.std(learned) / np.sqrt(400))
    assert np.isclose(np.std(drawn), np.std(learned), rtol=0.15)
