import pytest
from zeo_overshoot import zeo_conditioners
from zeo_overshoot.overshoot import Overshoot

from zeo.plugin.conditioning import Known, Span
from zeo.plugin.targets import parse_target
from zeo.testing import check_conditioner

QST = "methane.qst"
KNOWN = Known(inputs=(QST,), spans={QST: Span(least=0.0, low=10.0, high=30.0, most=40.0)})
WANTED = [parse_target("methane.qst=24..26 kJ/mol")]


def test_keeps_the_promises_of_a_conditioner():
    assert check_conditioner(Overshoot(), zeo_conditioners()[0], WANTED, KNOWN) == ""


@pytest.mark.parametrize(("aim", "told"), [(20.0, 20.0), (24.0, 26.0), (16.0, 14.0), (39.0, 40.0)])
def test_the_network_is_told_more_than_what_is_wanted(aim, told):
    conditioner = Overshoot()
    conditioner.prepare(WANTED, KNOWN)
    assert conditioner.embedding({QST: aim})[QST] == pytest.approx(told)
