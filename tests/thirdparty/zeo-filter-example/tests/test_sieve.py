import pytest
from zeo_sieve import zeo_postprocessors
from zeo_sieve.sieve import Sieve

from zeo.plugin.candidate import Candidate
from zeo.plugin.quantity import Quantity
from zeo.testing import check_postprocessor, sodalite


def measured(diameter):
    return {"pores": {"free_sphere": Quantity(diameter, "A")}}


@pytest.mark.parametrize("diameter", [2.5, 5.0])
def test_keeps_the_promises_of_a_filter(diameter):
    assert check_postprocessor(Sieve(), zeo_postprocessors()[0], properties=measured(diameter)) == ""


@pytest.mark.parametrize(("diameter", "passes"), [(2.5, False), (3.8, True), (None, False)])
def test_passes_what_methane_can_move_through(diameter, passes):
    candidate = Candidate(index=0, seed=0, structure=sodalite(), properties=measured(diameter))
    assert (Sieve().apply(candidate).rejection is None) is passes
